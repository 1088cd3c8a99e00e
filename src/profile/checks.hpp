// SPDX-License-Identifier: MIT
// Whether the figures can be right: what must hold whatever the node does.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace narrows::profile {

struct Check {
  double value = 0;
  bool known = false;  // else `value` says nothing, and it counts as held
  bool held = true;
};

struct Checks {
  /// The largest share of the time that a stage's busy, blocked and idle do not account for, or by
  /// which its services exceed its busy time (but for what can have been done before the period).
  Check time_accounting;
  /// The share of messages whose components do not add up to their latency.
  Check partition;
  /// The smallest share of its work that a stage's thread had a CPU for.
  Check cpu;
};

inline constexpr double kMostUnaccounted = 0.01;
inline constexpr double kLeastCpu = 0.9;

}  // namespace narrows::profile
