// SPDX-License-Identifier: MIT
// The checks, each held and not held, and what the verdict then says.
#include "profile/checks.hpp"

#include <string>

#include "profile/stats.hpp"
#include "unit/doctest.hpp"
#include "unit/stats_rig.hpp"

namespace narrows::profile {
namespace {

using test::kEcho;
using test::kSecond;
using test::kSlice;
using Rig = test::StatsRig;
using ClockState = StageClock::State;

bool says(const Stats& stats, std::string_view words) {
  return std::string(stats.verdict.explanation.data()).find(words) != std::string::npos;
}

TEST_CASE("checks: of no message nothing is known, and nothing is held against it") {
  Rig rig;
  rig.manual.set(kSecond);
  const Checks checks = rig.summarize().checks;
  for (const Check& check : {checks.time_accounting, checks.partition, checks.cpu}) {
    CHECK_FALSE(check.known);
    CHECK(check.held);
    CHECK(check.value == 0);
  }
}

TEST_CASE("checks: time that is all accounted for holds") {
  Rig rig;
  rig.work_until(2 * kSecond, 50, 500'000);
  const Stats stats = rig.summarize();
  CHECK(stats.checks.time_accounting.known);
  CHECK(stats.checks.time_accounting.held);
  CHECK(stats.checks.time_accounting.value < 1e-9);
  CHECK_FALSE(says(stats, "relied on"));
}

TEST_CASE("checks: a stage that says nothing of some of its time is seen, above a hundredth") {
  for (const Ticks missing : {9U, 11U}) {  // thousandths
    Rig rig;
    rig.work_until(2 * kSecond, 50, 500'000);
    rig.clocks[2].enter(ClockState::stopped, 2 * kSecond);
    rig.clocks[2].enter(ClockState::idle, 2 * kSecond + 2 * missing * kSecond / 1'000);
    rig.manual.set(2 * kSecond + 2 * missing * kSecond / 1'000);
    const Stats stats = rig.summarize();
    CHECK(stats.checks.time_accounting.value ==
          doctest::Approx(static_cast<double>(missing) / 1'000).epsilon(0.02));
    CHECK(stats.checks.time_accounting.held == (missing == 9));
    CHECK(says(stats, "not to be relied on: 1.1 % of a stage's time is not accounted for") ==
          (missing == 11));
  }
}

TEST_CASE("checks: time that is counted twice is seen, too") {
  Rig rig;
  rig.work_until(2 * kSecond, 50, 500'000);
  // As a clock that is told of the past would: 100 ms once more.
  rig.clocks[0].enter(ClockState::busy, 2 * kSecond - kSecond / 10);
  rig.clocks[0].enter(ClockState::idle, 2 * kSecond);
  StageClock& parse = rig.clocks[0];
  parse.leave_write(kSecond / 10, 2 * kSecond);  // busy that never was
  const Stats stats = rig.summarize();
  CHECK_FALSE(stats.checks.time_accounting.held);
  CHECK(stats.checks.time_accounting.value > 0.01);
}

TEST_CASE("checks: services that are longer than the stage was busy are seen") {
  // As when waiting is called service, or work is called waiting.
  for (const ClockState as : {ClockState::busy, ClockState::blocked, ClockState::idle}) {
    Rig rig;
    rig.work_until(2 * kSecond, 50, 500'000, as);
    const Stats stats = rig.summarize();
    CHECK(stats.checks.time_accounting.held == (as == ClockState::busy));
    if (as == ClockState::busy) continue;
    CHECK(stats.checks.time_accounting.value == doctest::Approx(0.5));
    CHECK(says(stats, "not to be relied on: 50.0 % of a stage's time is not accounted for"));
  }
}

TEST_CASE("checks: the last second has its own accounts") {
  Rig rig;
  rig.work_until(2 * kSecond, 50, 500'000, ClockState::blocked);
  rig.work_until(3 * kSecond, 50, 500'000);
  CHECK(rig.summarize(Period::last).checks.time_accounting.held);
  CHECK_FALSE(rig.summarize().checks.time_accounting.held);
}

TEST_CASE("checks: the last second's accounts hold though its work was begun in the one before") {
  Rig rig;
  rig.work_until(2 * kSecond, 50, 500'000);
  // One message from the middle of a second to the middle of the next but one.
  rig.clocks[1].enter(ClockState::busy, 2 * kSecond + kSecond / 2);
  rig.turn_pages(4 * kSecond + kSecond / 2);
  rig.record(3, 2 * kSecond, 2 * kSecond + kSecond / 2);
  rig.clocks[1].enter(ClockState::idle, 4 * kSecond + kSecond / 2);
  rig.turn_pages(5 * kSecond);
  CHECK(rig.summarize().checks.time_accounting.held);
  CHECK(rig.summarize(Period::last).checks.time_accounting.held);
}

TEST_CASE("checks: right after a reset the accounts hold for messages that were under way") {
  Rig rig;
  rig.clocks[1].enter(ClockState::busy, 0);
  rig.clocks[0].enter(ClockState::idle, 0);
  rig.clocks[2].enter(ClockState::idle, 0);
  rig.manual.set(100'000'000);
  rig.books.reset(100'000'000, read_clocks(rig.sources, 100'000'000));
  rig.manual.set(102'000'000);
  for (Ticks i = 0; i < 100; ++i) rig.record(3, 1'000'000, i * 1'000'000);  // done before the reset
  CHECK(rig.summarize().checks.time_accounting.held);
}

TEST_CASE("checks: parts that add up hold, and the share of those that do not is said") {
  Rig rig;
  rig.work_until(2 * kSecond, 50, 500'000);
  Stats stats = rig.summarize();
  CHECK(stats.checks.partition.known);
  CHECK(stats.checks.partition.held);
  CHECK(stats.checks.partition.value == 0);
  for (int i = 0; i < 20; ++i) {  // of 2,020
    rig.books.record({100, 100, 90, 100, 100, 100, 100, 100}, kEcho);
    rig.books.end_run({});
  }
  stats = rig.summarize();
  CHECK(stats.checks.partition.value == doctest::Approx(20.0 / 2'020));
  CHECK_FALSE(stats.checks.partition.held);
  CHECK(says(stats, "not to be relied on: the parts of 0.99 % of the messages' times do not add"));
  CHECK(rig.summarize(Period::last).checks.partition.held);  // it is not over yet
  rig.turn_pages(3 * kSecond);
  CHECK_FALSE(rig.summarize(Period::last).checks.partition.held);
  rig.turn_pages(4 * kSecond);
  CHECK_FALSE(rig.summarize(Period::last).checks.partition.known);
}

/// Dispatch is busy for all of two seconds, with a CPU for so many of 100 parts of it.
Stats with_cpu(std::uint64_t percent, const NodeShape& shape = {}, Ticks work = 990'000) {
  Rig rig(shape);
  for (Ticks slice = 1; slice <= 40; ++slice) {
    rig.cpu.worked[shape.one_thread ? 0 : 1] += 50 * work;
    rig.cpu.cpu_ns[shape.one_thread ? 0 : 1] += 50 * work * percent / 100;
    rig.work_until(slice * kSlice, 50, work);
  }
  return rig.summarize();
}

TEST_CASE("checks: a stage without a CPU for a tenth of its work limits the node") {
  Stats stats = with_cpu(91);
  CHECK(stats.checks.cpu.known);
  CHECK(stats.checks.cpu.held);
  CHECK(stats.checks.cpu.value == doctest::Approx(0.91));
  CHECK(stats.verdict.state == State::saturated);
  stats = with_cpu(60);
  CHECK_FALSE(stats.checks.cpu.held);
  CHECK(stats.checks.cpu.value == doctest::Approx(0.6));
  CHECK(stats.verdict.state == State::cpu_limited);
  CHECK(stats.verdict.throughput.stage == 1);
  CHECK(says(stats, "a stage had a CPU for only 60 % of the time that it had work for one"));
  CHECK(with_cpu(0).checks.cpu.value == 0);
  CHECK_FALSE(with_cpu(0).checks.cpu.held);
}

TEST_CASE(
    "checks: more CPU time than work, as of a measurement that is a little off, is all of it") {
  CHECK(with_cpu(150).checks.cpu.value == 1);
  CHECK(with_cpu(150).checks.cpu.held);
}

TEST_CASE("checks: a stage that hardly works says nothing about CPUs") {
  CHECK_FALSE(with_cpu(50, {}, 49'000).checks.cpu.known);  // 4.9 % of the time
  CHECK(with_cpu(50, {}, 49'000).checks.cpu.held);
  CHECK(with_cpu(50, {}, 51'000).checks.cpu.known);
  CHECK_FALSE(with_cpu(50, {}, 51'000).checks.cpu.held);
}

TEST_CASE("checks: a stage whose work is hidden by its pauses says nothing about CPUs") {
  for (const bool hidden : {false, true}) {
    Rig rig;
    for (Ticks slice = 1; slice <= 40; ++slice) {
      rig.cpu.worked[1] += kSlice / 2;
      rig.cpu.cpu_ns[1] += kSlice / 4;
      rig.cpu.pauses_ns[1] += kSlice / (hidden ? 3 : 5);
      rig.work_until(slice * kSlice, 50, 500'000);
    }
    CHECK(rig.summarize().checks.cpu.known == !hidden);
  }
}

TEST_CASE("checks: on one thread its one CPU time is the check's") {
  NodeShape shape;
  shape.one_thread = true;
  CHECK(with_cpu(95, shape).checks.cpu.value == doctest::Approx(0.95));
  CHECK(with_cpu(70, shape).verdict.state == State::cpu_limited);
  Rig rig(shape);
  rig.cpu.worked[2] = kSecond;  // no thread's
  rig.work_until(2 * kSecond, 50, 500'000);
  CHECK_FALSE(rig.summarize().checks.cpu.known);
}

TEST_CASE("checks: of several stages the one with the least CPU counts") {
  Rig rig;
  for (Ticks slice = 1; slice <= 40; ++slice) {
    for (std::size_t i = 0; i < kStages; ++i) {
      rig.cpu.worked[i] += kSlice / 2;
      rig.cpu.cpu_ns[i] += kSlice / 2 * (i == 2 ? 4 : 5) / 5;
    }
    rig.work_until(slice * kSlice, 50, 500'000);
  }
  CHECK(rig.summarize().checks.cpu.value == doctest::Approx(0.8));
}

}  // namespace
}  // namespace narrows::profile
