// SPDX-License-Identifier: MIT
// Rows of a table by latency, four to a power of two: coarse enough to be kept for every slice of
// time, fine enough to find the slowest hundredth in.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>

#include "base/clock.hpp"

namespace narrows::profile {

inline constexpr std::size_t kLatencyRows = 128;

/// 2^7 ticks and less are row 0, 2^39 and more the last.
[[nodiscard]] constexpr std::size_t latency_row(Ticks latency) {
  constexpr Ticks kLeast = Ticks{1} << 7;
  const Ticks value = std::max(latency, kLeast);
  const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1;
  const std::size_t row = (exponent - 7) * std::size_t{4} + ((value >> (exponent - 2)) & 3);
  return std::min(row, kLatencyRows - 1);
}

}  // namespace narrows::profile
