// SPDX-License-Identifier: MIT
// The known delays of one stage (`--slow`): it stays busy for so long, on every N-th message.
//
// Threads: its stage's.
#pragma once

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
    const Ticks start = clock_.now();
    const auto ticks = static_cast<Ticks>(static_cast<double>(due.count()) / clock_.ns_per_tick());
    while (clock_.now() - start < ticks) {
    }
  }

 private:
  struct Part {
    std::chrono::nanoseconds duration;
    std::uint64_t every;
    std::uint64_t seen;
  };

  const Clock& clock_;
  std::vector<Part> parts_;
};

}  // namespace narrows::pipeline
