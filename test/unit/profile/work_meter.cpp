// SPDX-License-Identifier: MIT
// What a thread says of its work, by a manual clock; and its pauses' CPU time, by the real one.
#include "profile/work_meter.hpp"

#include <chrono>
#include <thread>

#include "unit/doctest.hpp"
#include "unit/manual_clock.hpp"

namespace narrows::profile {
namespace {

struct Rig {
  test::ManualClock manual;
  Clock clock = manual.clock();
  WorkMeter meter;

  [[nodiscard]] Ticks worked() const { return meter.worked(manual.now()); }
};

TEST_CASE("work meter: work is what lies between going to it and the next pause") {
  Rig rig;
  rig.manual.set(1'000);
  CHECK(rig.worked() == 0);
  rig.meter.resume(rig.clock);
  rig.manual.advance(30);
  CHECK(rig.worked() == 30);  // under way
  CHECK(rig.meter.pause(rig.clock));
  rig.manual.advance(500);
  CHECK(rig.worked() == 30);
  rig.meter.resume(rig.clock);
  rig.manual.advance(4);
  CHECK(rig.meter.pause(rig.clock));
  CHECK(rig.worked() == 34);
}

TEST_CASE("work meter: to pause in a pause and to resume at work change nothing") {
  Rig rig;
  rig.manual.set(1'000);
  CHECK_FALSE(rig.meter.pause(rig.clock));
  rig.meter.resume(rig.clock);
  rig.manual.advance(10);
  rig.meter.resume(rig.clock);
  rig.manual.advance(10);
  CHECK(rig.meter.pause(rig.clock));
  CHECK_FALSE(rig.meter.pause(rig.clock));
  CHECK(rig.worked() == 20);
}

TEST_CASE("work meter: a pause inside of work ends with it, one outside stays one") {
  Rig rig;
  rig.manual.set(1'000);
  {
    const Pausing outside(rig.meter, rig.clock);
    rig.manual.advance(5);
  }
  CHECK(rig.worked() == 0);
  {
    const Working working(rig.meter, rig.clock);
    rig.manual.advance(7);
    {
      const Pausing inside(rig.meter, rig.clock);
      rig.manual.advance(100);
    }
    rig.manual.advance(1);
  }
  rig.manual.advance(1'000);
  CHECK(rig.worked() == 8);
}

void spin(std::uint64_t cpu_ns) {
  const std::uint64_t start = thread_cpu_ns();
  while (thread_cpu_ns() - start < cpu_ns) {
  }
}

TEST_CASE("work meter: what pauses take of a CPU is known, many or few, and work is not in it") {
  constexpr std::uint64_t kPauseNs = 40'000;
  const Clock clock = Clock::system();
  for (const bool rests : {false, true}) {  // and so is seldom at work
    const int pauses = rests ? 50 : 500;
    WorkMeter meter;
    const std::uint64_t start = thread_cpu_ns();
    std::uint64_t work_ns = 0;
    for (int i = 0; i < pauses; ++i) {
      meter.resume(clock);
      const std::uint64_t before = thread_cpu_ns();
      spin(100'000);
      work_ns += thread_cpu_ns() - before;
      meter.pause(clock);
      if (rests) std::this_thread::sleep_for(std::chrono::milliseconds(3));
      spin(kPauseNs);
    }
    meter.resume(clock);
    const std::uint64_t all_ns = thread_cpu_ns() - start;
    const auto found = static_cast<double>(all_ns - meter.pauses_cpu_ns());
    CHECK(found == doctest::Approx(static_cast<double>(work_ns)).epsilon(0.15));
    CHECK(meter.pauses_cpu_ns() > static_cast<std::uint64_t>(pauses) * kPauseNs * 9 / 10);
  }
}

}  // namespace
}  // namespace narrows::profile
