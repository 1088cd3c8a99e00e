// SPDX-License-Identifier: MIT
// CPU time of threads that spin, sleep, or have ended, against the time that they say they work.
#include "pipeline/cpu_clocks.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

using namespace std::chrono_literals;
using Meters = std::array<profile::WorkMeter, profile::kStages>;

std::size_t index(Stage stage) { return static_cast<std::size_t>(stage); }

/// A stage's thread that spins or sleeps until it is told to end, and says all along that it works.
class Worker {
 public:
  Worker(CpuClocks& cpu, Meters& meters, const Clock& clock, Stage stage, bool spins)
      : thread_([this, &cpu, &meters, &clock, stage, spins] {
          cpu.watch_this_thread(stage);
          meters[index(stage)].resume(clock);
          watched_.store(true);
          while (!ending_.load()) {
            if (!spins) std::this_thread::sleep_for(1ms);
          }
        }) {
    while (!watched_.load()) std::this_thread::yield();
  }
  ~Worker() { ending_.store(true); }

 private:
  std::atomic<bool> watched_{false};
  std::atomic<bool> ending_{false};
  std::jthread thread_;
};

TEST_CASE("cpu clocks: nothing is known of a thread that is not watched") {
  CpuClocks cpu;
  const Meters meters;
  const Clock clock = Clock::system();
  cpu.sample(meters, clock);
  const profile::CpuTimes times = cpu.times();
  for (std::size_t i = 0; i < profile::kStages; ++i) {
    CHECK(times.cpu_ns[i] == 0);
    CHECK(times.worked[i] == 0);
  }
}

TEST_CASE("cpu clocks: a thread that spins has a CPU for its work, one that sleeps has none") {
  CpuClocks cpu;
  Meters meters;
  const Clock clock = Clock::system();
  const Worker spinner(cpu, meters, clock, Stage::dispatch, true);
  const Worker sleeper(cpu, meters, clock, Stage::serialize, false);
  const auto share = [&](Stage stage) {
    const profile::CpuTimes times = cpu.times();
    return static_cast<double>(times.cpu_ns[index(stage)]) /
           (static_cast<double>(times.worked[index(stage)]) * clock.ns_per_tick());
  };
  // However little of its CPU the test gets: the spinner has several times what the sleeper has.
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(20ms);
    cpu.sample(meters, clock);
    if (cpu.times().cpu_ns[index(Stage::dispatch)] > 100'000'000) break;
  }
  CHECK(cpu.times().cpu_ns[index(Stage::dispatch)] > 100'000'000);
  CHECK(share(Stage::dispatch) < 1.05);
  CHECK(share(Stage::serialize) * 4 < share(Stage::dispatch));
  CHECK(cpu.times().worked[index(Stage::serialize)] > 0);
  CHECK(cpu.times().cpu_ns[index(Stage::parse)] == 0);
}

TEST_CASE("cpu clocks: times are of the last sample, until there is another") {
  CpuClocks cpu;
  Meters meters;
  const Clock clock = Clock::system();
  const Worker spinner(cpu, meters, clock, Stage::parse, true);
  CHECK(cpu.times().cpu_ns[0] == 0);
  std::this_thread::sleep_for(5ms);
  cpu.sample(meters, clock);
  const profile::CpuTimes first = cpu.times();
  CHECK(first.worked[0] > 0);
  CHECK(cpu.times().worked[0] == first.worked[0]);
  for (int i = 0; i < 1'000 && cpu.times().cpu_ns[0] == first.cpu_ns[0]; ++i) {
    std::this_thread::sleep_for(1ms);
    cpu.sample(meters, clock);
  }
  CHECK(cpu.times().cpu_ns[0] > first.cpu_ns[0]);
  CHECK(cpu.times().worked[0] > first.worked[0]);
}

TEST_CASE("cpu clocks: what a thread does in its pauses is not in its work's CPU time") {
  CpuClocks cpu;
  Meters meters;
  const Clock clock = Clock::system();
  cpu.watch_this_thread(Stage::parse);
  const std::uint64_t start = thread_cpu_ns();
  for (int i = 0; i < 3; ++i) {
    meters[0].resume(clock);
    meters[0].pause(clock);
    const std::uint64_t before = thread_cpu_ns();
    while (thread_cpu_ns() - before < 20'000'000) {
    }
  }
  meters[0].resume(clock);
  cpu.sample(meters, clock);
  const profile::CpuTimes times = cpu.times();
  CHECK(times.pauses_ns[0] >= 60'000'000);
  CHECK(times.cpu_ns[0] <= start + 10'000'000);  // the test's own time before, and little more
}

TEST_CASE("cpu clocks: a thread that has ended keeps its last times") {
  CpuClocks cpu;
  Meters meters;
  const Clock clock = Clock::system();
  profile::CpuTimes last;
  {
    const Worker worker(cpu, meters, clock, Stage::dispatch, false);
    cpu.sample(meters, clock);
    last = cpu.times();
  }
  cpu.sample(meters, clock);
  CHECK(cpu.times().cpu_ns[1] >= last.cpu_ns[1]);
  CHECK(cpu.times().cpu_ns[1] < last.cpu_ns[1] + 1'000'000'000);
}

}  // namespace
}  // namespace narrows::pipeline
