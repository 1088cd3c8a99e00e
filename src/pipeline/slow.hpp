// SPDX-License-Identifier: MIT
// The known delays of one stage (`--slow`): so long it has more work, on every N-th message. Like
// other work it takes longer where the thread has to share its CPU.
//
// Threads: its stage's.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "narrows/options.hpp"

namespace narrows::pipeline {

class Delay {
 public:
  Delay(std::span<const Slow> slows, Stage stage, const Clock& clock) : clock_(clock) {
    for (const Slow& slow : slows) {
      if (slow.stage == stage) parts_.push_back({slow.duration, slow.every, 0});
    }
  }

  [[nodiscard]] bool any() const { return !parts_.empty(); }

  /// Spends the time that is due for one more message.
  void spend() {
    std::chrono::nanoseconds due{0};
    for (Part& part : parts_) {
      if (++part.seen % part.every == 0) due += part.duration;
    }
    if (due.count() == 0) return;
    const double ns_per_tick = clock_.ns_per_tick();
    const auto ticks = static_cast<Ticks>(static_cast<double>(due.count()) / ns_per_tick);
    const auto longest_step = static_cast<Ticks>(kLongestStepNs / ns_per_tick);
    Ticks last = clock_.now();
    for (Ticks spent = 0; spent < ticks;) {
      const Ticks now = clock_.now();
      spent += std::min(now - last, longest_step);
      last = now;
    }
  }

 private:
  /// Between two looks at the clock. A longer one was an interruption, and no work.
  static constexpr double kLongestStepNs = 1'000;

  struct Part {
    std::chrono::nanoseconds duration;
    std::uint64_t every;
    std::uint64_t seen;
  };

  const Clock& clock_;
  std::vector<Part> parts_;
};

}  // namespace narrows::pipeline
