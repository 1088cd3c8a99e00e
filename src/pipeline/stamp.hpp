// SPDX-License-Identifier: MIT
// Taking a stamp: never before its predecessor, so that the components partition the latency.
#pragma once

#include <algorithm>

#include "base/clock.hpp"
#include "profile/books.hpp"

namespace narrows::pipeline {

/// The end of one piece of work and the beginning of the next on the same thread.
[[nodiscard]] inline Ticks later(const Clock& clock, Ticks before) {
  if constexpr (!profile::kStamps) return before;
  return std::max(clock.now(), before);
}

/// The same after something came from another thread, whose latest stamp is `before`.
[[nodiscard]] inline Ticks later_after_loads(const Clock& clock, Ticks before) {
  if constexpr (!profile::kStamps) return before;
  return std::max(clock.now_after_loads(), before);
}

}  // namespace narrows::pipeline
