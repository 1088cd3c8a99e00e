// SPDX-License-Identifier: MIT
#include "statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace narrows::tools {
namespace {

struct Sample {
  explicit Sample(std::span<const double> values)
      : count(static_cast<double>(values.size())),
        mean(std::accumulate(values.begin(), values.end(), 0.0) / count) {
    for (const double value : values) variance += (value - mean) * (value - mean);
    variance /= count - 1;
  }

  double count;
  double mean;
  double variance = 0;
};

/// P(|T| < t).
double probability_within(double t, int degrees) {
  const double angle = std::atan(t / std::sqrt(degrees));
  const double cosine = std::cos(angle);
  const bool odd = degrees % 2 == 1;
  double term = odd ? cosine : 1;
  double sum = degrees == 1 ? 0 : term;
  for (int i = odd ? 3 : 2; i < degrees; i += 2) {
    term *= cosine * cosine * (i - 1) / i;
    sum += term;
  }
  const double part = std::sin(angle) * sum;
  return odd ? 2 / std::numbers::pi * (angle + part) : part;
}

Interval around(double mean, double half_width) {
  return {mean, mean - half_width, mean + half_width};
}

}  // namespace

double student_t(int degrees, double confidence) {
  double low = 0;
  double high = 1;
  while (probability_within(high, degrees) < confidence && high < 1e12) high *= 2;
  for (int i = 0; i < 100; ++i) {
    const double middle = (low + high) / 2;
    (probability_within(middle, degrees) < confidence ? low : high) = middle;
  }
  return high;
}

Interval mean_interval(std::span<const double> values, double confidence) {
  const Sample sample(values);
  const double error = std::sqrt(sample.variance / sample.count);
  return around(sample.mean, student_t(static_cast<int>(values.size()) - 1, confidence) * error);
}

Interval difference_interval(std::span<const double> a, std::span<const double> b,
                             double confidence) {
  const Sample from(a);
  const Sample to(b);
  const double from_error = from.variance / from.count;
  const double to_error = to.variance / to.count;
  const double error = from_error + to_error;
  if (error <= 0) return around(to.mean - from.mean, 0);
  const double degrees =
      error * error /
      (from_error * from_error / (from.count - 1) + to_error * to_error / (to.count - 1));
  const int whole = std::max(1, static_cast<int>(std::min(degrees, 1e6)));
  return around(to.mean - from.mean, student_t(whole, confidence) * std::sqrt(error));
}

}  // namespace narrows::tools
