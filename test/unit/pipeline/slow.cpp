// SPDX-License-Identifier: MIT
// A known delay is work: its time is counted while nothing interrupts it.
#include "pipeline/slow.hpp"

#include <array>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

/// Each reading is a step later; every so many readings an interruption comes before it.
struct Interrupted {
  Ticks now = 1'000'000;
  Ticks step = 100;
  Ticks interruption = 0;
  int every = 10;
  int readings = 0;

  [[nodiscard]] Clock clock() { return {&Interrupted::read, this}; }
  static Ticks read(void* context) {
    auto& self = *static_cast<Interrupted*>(context);
    self.now += self.step;
    if (++self.readings % self.every == 0) self.now += self.interruption;
    return self.now;
  }
};

Ticks time_of(Interrupted time, std::vector<Slow> slow, int messages = 1) {
  const Clock clock = time.clock();
  Delay delay(slow, Stage::parse, clock);
  const Ticks start = time.now;
  for (int i = 0; i < messages; ++i) delay.spend();
  return time.now - start;
}

constexpr std::chrono::nanoseconds kDelay(10'000);

TEST_CASE("slow: a delay takes as long as it says, and two of them their sum") {
  const Ticks once = time_of({}, {{Stage::parse, kDelay, 1}});
  CHECK(once >= 10'000);
  CHECK(once <= 10'200);
  const Ticks twice = time_of({}, {{Stage::parse, kDelay, 1}, {Stage::parse, 2 * kDelay, 1}});
  CHECK(twice >= 30'000);
  CHECK(twice <= 30'200);
  CHECK(time_of({}, {{Stage::dispatch, kDelay, 1}}) == 0);
}

TEST_CASE("slow: one message in N is delayed") {
  const Ticks time = time_of({}, {{Stage::parse, kDelay, 4}}, 8);
  CHECK(time >= 20'000);
  CHECK(time <= 20'400);
}

TEST_CASE("slow: like other work a delay is not done while it is interrupted") {
  Interrupted time;
  time.interruption = 50'000;
  const Ticks spent = time_of(time, {{Stage::parse, kDelay, 1}});
  // About ten interruptions, each of which counts as the longest step between two looks.
  const Ticks interruptions = spent / time.interruption;
  CHECK(interruptions >= 4);
  CHECK(spent - interruptions * time.interruption >= 10'000 - interruptions * 1'000);
}

}  // namespace
}  // namespace narrows::pipeline
