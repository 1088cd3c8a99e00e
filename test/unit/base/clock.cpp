// SPDX-License-Identifier: MIT
#include "base/clock.hpp"

#include <chrono>
#include <string_view>
#include <thread>

#include "unit/doctest.hpp"
#include "unit/manual_clock.hpp"

namespace narrows {
namespace {

TEST_CASE("clock: a manual one reads its own source, in nanoseconds") {
  test::ManualClock manual(7);
  const Clock clock = manual.clock();
  CHECK(clock.now() == 7);
  manual.advance(5);
  CHECK(clock.now() == 12);
  CHECK(clock.now_after_loads() == 12);
  manual.plant({20, 3});
  CHECK(clock.now() == 20);
  CHECK(clock.now_after_loads() == 3);
  CHECK(clock.now() == 3);
  CHECK(clock.ns_per_tick() == 1.0);
  CHECK(clock.name() == std::string_view("manual"));
}

TEST_CASE("clock: the machine's is one of two, and never goes backwards on one thread") {
  const Clock clock = Clock::system();
  const std::string_view name = clock.name();
  CHECK((name == "tsc" || name == "monotonic"));
  Ticks before = clock.now();
  for (int i = 0; i < 100'000; ++i) {
    const Ticks now = i % 2 == 0 ? clock.now() : clock.now_after_loads();
    REQUIRE(now >= before);
    before = now;
  }
}

/// One measurement of the same interval by both clocks; false when something came between.
bool agrees_with_monotonic(const Clock& clock) {
  const std::uint64_t outer_start = monotonic_ns();
  const Ticks start = clock.now();
  const std::uint64_t inner_start = monotonic_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const std::uint64_t inner_end = monotonic_ns();
  const Ticks end = clock.now();
  const std::uint64_t outer_end = monotonic_ns();
  const double ns = static_cast<double>(end - start) * clock.ns_per_tick();
  return ns >= 0.98 * static_cast<double>(inner_end - inner_start) &&
         ns <= 1.02 * static_cast<double>(outer_end - outer_start);
}

TEST_CASE("clock: ticks times ns_per_tick are CLOCK_MONOTONIC's nanoseconds") {
  const Clock clock = Clock::system();
  bool agrees = false;
  for (int trial = 0; trial < 10 && !agrees; ++trial) agrees = agrees_with_monotonic(clock);
  CHECK(agrees);
}

TEST_CASE("clock: a thread's CPU time does not count what it sleeps") {
  const std::uint64_t wall_start = monotonic_ns();
  const std::uint64_t cpu_start = thread_cpu_ns();
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const std::uint64_t cpu = thread_cpu_ns() - cpu_start;
  CHECK(cpu < monotonic_ns() - wall_start);
}

}  // namespace
}  // namespace narrows
