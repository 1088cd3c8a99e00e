// SPDX-License-Identifier: MIT
// A run: messages that were read together and written together, and so share t0 and t7. One whose
// handler waited belongs to the run that it left with, from when that was read.
//
// Its stamps, with those of the run before it, say what each stage did for it and what it waited
// for; see Counterfactual.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/clock.hpp"
#include "profile/component.hpp"

namespace narrows::profile {

/// What the parser waited for before it read, and until when; 0: it did not.
struct ParserWaits {
  Ticks batch = 0;  // a free one
  Ticks input = 0;

  /// When it could read, if it had waited.
  [[nodiscard]] Ticks over() const { return std::max(batch, input); }
};

struct Run {
  ParserWaits waited;
  Ticks received = 0;          // t0
  Ticks parsed = 0;            // t2 of its last message
  Ticks dispatching = 0;       // t3 of its first
  Ticks dispatched = 0;        // t4 of its last
  Ticks serializing = 0;       // t5 of its first
  Ticks serialized = 0;        // t6 of its last
  Ticks written = 0;           // t7
  Ticks blocked = 0;           // of t6 to t7: waiting for the reader of stdout
  std::uint64_t bytes = 0;     // of input
  std::uint32_t messages = 0;  // that were answered
};

/// What the stages did for it beside its messages: the read, the hand-overs as far as the next
/// stage was at work, the write. `before`: the run before it; none: messages is 0.
[[nodiscard]] inline std::array<double, kStages> overheads_of(const Run& run, const Run& before,
                                                              bool one_thread) {
  const auto between = [](Ticks from, Ticks to) {
    return from != 0 && to > from ? static_cast<double>(to - from) : 0;
  };
  std::array<double, kStages> overheads{};
  const Ticks done = one_thread ? before.written : before.parsed;
  if (run.received != before.received) {  // what was written in two parts was read once
    overheads[0] = between(run.waited.over() != 0 ? run.waited.over() : done, run.received);
  }
  if (before.dispatched >= run.parsed) {
    overheads[1] = between(before.dispatched, run.dispatching);
  }
  overheads[2] =
      std::max(0.0, between(run.serialized, run.written) - static_cast<double>(run.blocked));
  if (before.written >= run.dispatched) {
    overheads[2] += between(before.written, run.serializing);
  }
  return overheads;
}

}  // namespace narrows::profile
