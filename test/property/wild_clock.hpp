// SPDX-License-Identifier: MIT
// A clock that jumps as it likes, and on which three threads disagree.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

#include "base/clock.hpp"

namespace narrows::test {

/// Moves on by a random step at every reading; each stage's thread is off by a skew of its own.
class WildClock {
 public:
  explicit WildClock(std::uint32_t seed) : random_(seed) {}
  Clock clock() { return Clock(&WildClock::read, this); }
  void run_on(std::size_t thread) { thread_ = thread; }
  [[nodiscard]] Ticks furthest() const { return furthest_; }

 private:
  static Ticks read(void* context) {
    auto& self = *static_cast<WildClock*>(context);
    const std::uint32_t kind = self.random_() % 8;
    self.now_ += kind == 0 ? self.random_() % 100'000 : kind < 4 ? self.random_() % 50 : 0;
    Ticks& last = self.last_[self.thread_];
    last = std::max(last, self.now_ - self.skews_[self.thread_]);  // steady on each thread
    self.furthest_ = std::max(self.furthest_, last);
    return last;
  }

  std::mt19937 random_;
  Ticks now_ = 1'000'000;
  std::array<Ticks, 3> skews_{0, random_() % 5'000, random_() % 5'000};
  std::array<Ticks, 3> last_{};
  std::size_t thread_ = 0;
  Ticks furthest_ = 0;
};

}  // namespace narrows::test
