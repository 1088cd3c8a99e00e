// SPDX-License-Identifier: MIT
#include "difference.hpp"

#include <algorithm>
#include <cmath>

#include "statistics.hpp"

namespace narrows::tools {

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

Difference difference(const std::vector<double>& a, const std::vector<double>& b, Pairing pairing,
                      double confidence, std::size_t least) {
  Difference result;
  result.a = median(a);
  result.b = median(b);
  const auto positive = [](double value) { return value > 0 && std::isfinite(value); };
  if (a.size() < least || b.size() < least || !std::all_of(a.begin(), a.end(), positive) ||
      !std::all_of(b.begin(), b.end(), positive)) {
    return result;
  }
  const auto logarithms = [](std::vector<double> values) {
    for (double& value : values) value = std::log(value);
    return values;
  };
  const std::vector<double> from = logarithms(a);
  const std::vector<double> to = logarithms(b);
  Interval interval;
  if (pairing == Pairing::paired) {
    std::vector<double> ratios(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) ratios[i] = to[i] - from[i];
    interval = mean_interval(ratios, confidence);
  } else {
    interval = difference_interval(from, to, confidence);
  }
  const auto percent = [](double logarithm) { return 100 * (std::exp(logarithm) - 1); };
  result.percent = percent(interval.mean);
  result.low = percent(interval.low);
  result.high = percent(interval.high);
  result.known = true;
  return result;
}

}  // namespace narrows::tools
