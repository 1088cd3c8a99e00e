// SPDX-License-Identifier: MIT
#include "profile/stage_clock.hpp"

#include <atomic>
#include <thread>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

using State = StageClock::State;
constexpr Ticks kLongWrite = 50;

void check_times(const StageClock& clock, Ticks now, StageTimes expected) {
  const StageTimes times = clock.read(now, kLongWrite).times;
  CHECK(times.busy == expected.busy);
  CHECK(times.blocked == expected.blocked);
  CHECK(times.idle == expected.idle);
}

TEST_CASE("stage clock: before it starts it says nothing") {
  const StageClock clock;
  check_times(clock, 1'000, {0, 0, 0});
  CHECK(clock.read(1'000, kLongWrite).writing_since == 0);
}

TEST_CASE("stage clock: each kind of time is kept apart, from the first state on") {
  StageClock clock;
  clock.enter(State::busy, 100);
  clock.enter(State::blocked, 110);
  clock.enter(State::idle, 140);
  clock.enter(State::busy, 240);
  clock.enter(State::stopped, 241);
  check_times(clock, 241, {11, 30, 100});
  check_times(clock, 9'999, {11, 30, 100});  // stopped, nothing runs
}

TEST_CASE("stage clock: the interval under way is in what others read") {
  StageClock clock;
  clock.enter(State::busy, 100);
  check_times(clock, 100, {0, 0, 0});
  check_times(clock, 107, {7, 0, 0});
  clock.enter(State::blocked, 110);
  check_times(clock, 115, {10, 5, 0});
  clock.enter(State::idle, 120);
  check_times(clock, 126, {10, 10, 6});
  check_times(clock, 119, {10, 10, 0});  // read with a clock that lags behind
}

TEST_CASE("stage clock: entering the same state again counts on") {
  StageClock clock;
  clock.enter(State::idle, 10);
  clock.enter(State::idle, 15);
  clock.enter(State::idle, 30);
  check_times(clock, 31, {0, 0, 21});
}

TEST_CASE("stage clock: a write under way is busy at first, then blocked") {
  StageClock clock;
  clock.enter(State::busy, 100);
  clock.enter(State::writing, 110);
  check_times(clock, 110 + kLongWrite - 1, {10 + kLongWrite - 1, 0, 0});
  check_times(clock, 110 + kLongWrite, {10, kLongWrite, 0});
  CHECK(clock.read(120, kLongWrite).writing_since == 110);
}

TEST_CASE("stage clock: a write that is over is split as its owner says") {
  StageClock clock;
  clock.enter(State::busy, 100);
  clock.enter(State::writing, 110);
  clock.leave_write(4, 210);
  check_times(clock, 213, {10 + 4 + 3, 96, 0});
  CHECK(clock.read(213, kLongWrite).writing_since == 0);
}

TEST_CASE("stage clock: what is read while it changes is of one moment") {
  constexpr Ticks kRounds = 100'000;
  StageClock clock;
  std::atomic<bool> done{false};
  clock.enter(State::busy, 0);
  bool consistent = true;
  {
    // Two ticks of each kind a round: at every moment busy is as much as idle, or up to 2 ahead.
    const std::jthread writer([&] {
      for (Ticks round = 1; round <= kRounds; ++round) {
        clock.enter(State::idle, 4 * round - 2);
        clock.enter(State::busy, 4 * round);
      }
      done.store(true);
    });
    while (!done.load()) {
      const StageTimes times = clock.read(0, kLongWrite).times;  // without the interval under way
      consistent = consistent && times.busy - times.idle <= 2 && times.blocked == 0;
    }
  }
  CHECK(consistent);
  check_times(clock, 4 * kRounds, {2 * kRounds, 0, 2 * kRounds});
}

}  // namespace
}  // namespace narrows::profile
