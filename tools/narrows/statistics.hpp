// SPDX-License-Identifier: MIT
// Means of a sample with their intervals.
#pragma once

#include <span>

namespace narrows::tools {

struct Interval {
  double mean = 0;
  double low = 0;
  double high = 0;
};

/// The t with P(|T| < t) = confidence, for Student's distribution with so many degrees of freedom.
/// Precondition: degrees > 0, 0 < confidence < 1.
/// Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
[[nodiscard]] double student_t(int degrees, double confidence);

/// Of the mean of independent values. Precondition: two at least.
[[nodiscard]] Interval mean_interval(std::span<const double> values, double confidence);

/// Of the difference of two means, b - a, whatever their variances (Welch). Precondition: two
/// values at least in each.
[[nodiscard]] Interval difference_interval(std::span<const double> a, std::span<const double> b,
                                           double confidence);

}  // namespace narrows::tools
