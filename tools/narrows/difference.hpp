// SPDX-License-Identifier: MIT
// How far one side's values lie from the other's, in per cent, with an interval.
//
// Values are compared as ratios: the mean of their logarithms' differences, with a t interval
// (docs/decisions/0005).
#pragma once

#include <cstddef>
#include <vector>

namespace narrows::tools {

/// Of one figure, b against a, in per cent.
struct Difference {
  double a = 0;  // medians
  double b = 0;
  double percent = 0;
  double low = 0;
  double high = 0;
  bool known = false;  // there were values enough
};

/// 0 of nothing.
[[nodiscard]] double median(std::vector<double> values);

enum class Pairing { paired, apart };

/// Known if each side has `least` values, all of them finite and above 0. Precondition: 2 at least;
/// paired sides have equally many.
[[nodiscard]] Difference difference(const std::vector<double>& a, const std::vector<double>& b,
                                    Pairing pairing, double confidence, std::size_t least);

}  // namespace narrows::tools
