// SPDX-License-Identifier: MIT
#include "profile/answer.hpp"

#include <algorithm>
#include <cmath>

namespace narrows::profile {
namespace {

/// The distribution function of Student's t (A. Cornish and R. Fisher's expansion is not needed:
/// with 20 slices and more the normal one of the shrunk quantile is right to a thousandth).
/// Source: D. Wallace, Bounds on normal approximations to Student's distribution (1959).
double probability(double t, double freedom) {
  if (std::isnan(t)) return 0.5;
  if (std::isinf(t)) return t > 0 ? 1 : 0;
  const double size =
      std::sqrt(freedom * std::log1p(t * t / freedom)) * (8 * freedom + 1) / (8 * freedom + 3);
  return 0.5 * std::erfc((t > 0 ? -size : size) / std::sqrt(2.0));
}

/// That the differences' mean is above 0.
double certainty(std::span<const std::array<double, kStages>> slices, std::size_t a,
                 std::size_t b) {
  const auto count = static_cast<double>(slices.size());
  const auto difference = [&](const std::array<double, kStages>& slice) {
    return slice[a] - slice[b] - kMargin * slice[a];
  };
  double sum = 0;
  for (const auto& slice : slices) sum += difference(slice);
  const double mean = sum / count;
  double squares = 0;
  for (const auto& slice : slices) {
    const double off = difference(slice) - mean;
    squares += off * off;
  }
  const double error = std::sqrt(squares / (count - 1) / count);
  if (error <= 0) return mean > 0 ? 1 : 0;
  return probability(mean / error, count - 1);
}

}  // namespace

Answer largest_of(std::span<const std::array<double, kStages>> slices) {
  Answer answer;
  std::array<double, kStages> sums{};
  for (const auto& slice : slices) {
    for (std::size_t i = 0; i < kStages; ++i) sums[i] += slice[i];
  }
  const auto best =
      static_cast<std::size_t>(std::max_element(sums.begin(), sums.end()) - sums.begin());
  if (slices.size() < 2 || !(sums[best] > 0)) return answer;
  answer.stage = static_cast<int>(best);
  double doubt = 0;
  double most_doubt = -1;
  for (std::size_t other = 0; other < kStages; ++other) {
    if (other == best) continue;
    const double by_other = 1 - certainty(slices, best, other);
    doubt += by_other;
    if (by_other > most_doubt) answer.tie = static_cast<int>(other);
    most_doubt = std::max(most_doubt, by_other);
  }
  answer.confidence = std::max(0.0, 1 - doubt);
  if (answer.confidence >= Answer::kSure) answer.tie = Answer::kNoStage;
  return answer;
}

}  // namespace narrows::profile
