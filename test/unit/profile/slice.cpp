// SPDX-License-Identifier: MIT
// Slices of time on a clock of the test's: a slice is 100 ticks, so a second is 2,000.
#include "profile/slice.hpp"

#include <random>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

constexpr Ticks kSlice = 100;
using Times = std::array<StageTimes, kStages>;

/// A timeline, and clocks whose stages are busy, blocked and idle for what the test says.
struct Rig {
  explicit Rig(Ticks start = 0) : now(start) { line.reset(start, kSlice, times, cpu); }

  /// So much later, of which the stages spend this much busy and blocked.
  std::size_t close_after(Ticks ticks, Ticks busy = 0, Ticks blocked = 0, Ticks slice = kSlice) {
    now += ticks;
    for (StageTimes& each : times) {
      each.busy += busy;
      each.blocked += blocked;
      each.idle += ticks - busy - blocked;
    }
    return line.close(now, times, cpu, slice);
  }
  void add(std::uint64_t messages) {
    Slice& open = line.open();
    open.messages += messages;
    open.answered += messages;
    ++open.runs;
    open.bytes += 96 * messages;
    for (double& part : open.components) part += 10.0 * static_cast<double>(messages);
    for (double& part : open.overheads) part += 4.0 * static_cast<double>(messages);
    open.gains.messages += static_cast<double>(messages);
    open.gains.latency += 70.0 * static_cast<double>(messages);
    open.gains.saved[1] += 3.0 * static_cast<double>(messages);
    open.gains.rows[5].messages += static_cast<float>(messages);
  }

  Timeline line;
  Ticks now;
  Times times{};
  CpuTimes cpu{};
};

template <typename Slices>
SliceCounts sum_of(const Slices& slices) {
  SliceCounts sum;
  for (const Slice& slice : slices) sum.add(slice);
  return sum;
}

TEST_CASE("timeline: a slice is what happened between two closings") {
  Rig rig(1'000);
  CHECK_FALSE(rig.line.is_due(1'099));
  CHECK(rig.line.is_due(1'100));
  rig.add(7);
  rig.cpu.cpu_ns[2] = 55;
  rig.cpu.worked[2] = 66;
  CHECK(rig.close_after(100, 60, 10) == 0);
  rig.add(2);
  rig.cpu.cpu_ns[2] = 60;
  rig.close_after(100, 1, 2);
  const auto slices = rig.line.all();
  REQUIRE(slices.size() == 2);
  CHECK(slices[0].length == 100);
  CHECK(slices[0].times[1].busy == 60);
  CHECK(slices[0].times[1].blocked == 10);
  CHECK(slices[0].times[1].idle == 30);
  CHECK(slices[0].messages == 7);
  CHECK(slices[0].cpu.cpu_ns[2] == 55);
  CHECK(slices[0].cpu.worked[2] == 66);
  CHECK(slices[1].length == 100);
  CHECK(slices[1].times[1].busy == 1);
  CHECK(slices[1].messages == 2);
  CHECK(slices[1].cpu.cpu_ns[2] == 5);
  CHECK(slices[1].cpu.worked[2] == 0);
}

TEST_CASE("timeline: the first slice counts from the reset's clocks, not from zero") {
  Rig rig;
  rig.times = {{{10, 20, 30}, {1, 2, 3}, {100, 200, 300}}};
  rig.cpu.cpu_ns = {7, 8, 9};
  rig.line.reset(5'000, kSlice, rig.times, rig.cpu);
  rig.now = 5'000;
  rig.close_after(100, 40, 5);
  CHECK(rig.line.all()[0].times[2].busy == 40);
  CHECK(rig.line.all()[0].times[2].blocked == 5);
  CHECK(rig.line.all()[0].times[2].idle == 55);
  CHECK(rig.line.all()[0].cpu.cpu_ns[2] == 0);
}

TEST_CASE("timeline: closing late keeps the grid, so that delays do not add up") {
  Rig rig;
  for (Ticks i = 1; i <= 100; ++i) {
    CHECK_FALSE(rig.line.is_due(i * kSlice - 1));
    CHECK(rig.line.is_due(i * kSlice));
    const Ticks late = i % 7 * 9;  // each time by something else
    rig.close_after(i * kSlice + late - rig.now);
  }
  CHECK(sum_of(rig.line.last_second()).length > 19 * kSlice);
  CHECK(sum_of(rig.line.last_second()).length < 21 * kSlice);
}

TEST_CASE("timeline: twenty slices are a second") {
  Rig rig;
  std::size_t seconds = 0;
  for (int i = 1; i <= 60; ++i) {
    rig.add(static_cast<std::uint64_t>(i));
    const std::size_t ended = rig.close_after(kSlice);
    CHECK(ended == (i % 20 == 0 ? 1 : 0));
    seconds += ended;
    CHECK(rig.line.last_second().size() == (i < 20 ? 0 : 20));
  }
  CHECK(seconds == 3);
  CHECK(sum_of(rig.line.last_second()).messages == (41 + 60) * 20 / 2);
}

TEST_CASE("timeline: time in which nothing came is slices of their own, idle ones") {
  Rig rig;
  rig.add(4);
  rig.close_after(730, 50);  // a slice of 130, then six of 100
  const auto slices = rig.line.all();
  REQUIRE(slices.size() == 7);
  CHECK(slices[0].length == 130);
  CHECK(slices[0].messages == 4);
  CHECK(slices[0].times[0].busy == 50);
  CHECK(slices[0].times[0].idle == 80);
  for (std::size_t i = 1; i < slices.size(); ++i) {
    CHECK(slices[i].length == 100);
    CHECK(slices[i].messages == 0);
    CHECK(slices[i].times[0].busy == 0);
    CHECK(slices[i].times[0].idle == 100);
  }
  CHECK_FALSE(rig.line.is_due(799));
  CHECK(rig.line.is_due(800));
}

TEST_CASE("timeline: a stage that worked all through a gap was busy in each of its slices") {
  Rig rig;
  rig.close_after(500, 400, 50);  // as with one message that takes so long
  const auto slices = rig.line.all();
  REQUIRE(slices.size() == 5);
  for (const Slice& slice : slices) {
    CHECK(slice.length == 100);
    CHECK(slice.times[2].busy == 80);
    CHECK(slice.times[2].blocked == 10);
    CHECK(slice.times[2].idle == 10);
  }
}

TEST_CASE("timeline: however it is cut, no time, work or message is lost") {
  std::mt19937 random(1);
  for (int trial = 0; trial < 200; ++trial) {
    Rig rig;
    std::uint64_t messages = 0;
    Ticks busy = 0;
    Ticks blocked = 0;
    const int closings = 1 + static_cast<int>(random() % 37);
    for (int i = 0; i < closings; ++i) {
      const Ticks ticks = random() % 8 == 0 ? random() % 1'500 : 100 + random() % 30;
      const Ticks works = random() % (ticks + 1);
      const Ticks waits = random() % (ticks - works + 1);
      const std::uint64_t some = random() % 5;
      rig.add(some);
      messages += some;
      busy += works;
      blocked += waits;
      rig.close_after(ticks, works, waits);  // sometimes early: allowed, too
    }
    if (rig.line.all().size() >= Timeline::kMostSlices / 2) continue;  // some are pending, perhaps
    const SliceCounts sum = sum_of(rig.line.all());
    CHECK(sum.length == rig.now);
    CHECK(sum.messages == messages);
    for (const StageTimes& times : sum.times) {
      // A gap's share is rounded down, slice by slice.
      CHECK(times.busy <= busy);
      CHECK(times.busy + Ticks{20} * static_cast<Ticks>(closings) >= busy);
      CHECK(times.blocked <= blocked);
      CHECK(times.busy + times.blocked + times.idle <= rig.now);
    }
  }
}

TEST_CASE("timeline: from 20 to 39 slices are kept, of equal length, and nothing is lost") {
  Rig rig;
  std::uint64_t messages = 0;
  for (std::uint64_t i = 1; i <= 3'000; ++i) {
    rig.add(i);
    messages += i;
    rig.close_after(kSlice, 30);
    const auto slices = rig.line.all();
    if (i >= 20) CHECK(slices.size() >= 20);
    CHECK(slices.size() < Timeline::kMostSlices);
    for (const Slice& slice : slices) CHECK(slice.length == slices[0].length);
  }
  const auto slices = rig.line.all();
  CHECK(slices[0].length == 128 * kSlice);  // 3,000 slices in 23 of 128, and 56 are pending
  REQUIRE(slices.size() == 23);
  const std::uint64_t pending = (2'945 + 3'000) * 56 / 2;
  const SliceCounts sum = sum_of(slices);
  CHECK(sum.messages == messages - pending);
  CHECK(sum.answered == messages - pending);
  CHECK(sum.bytes == 96 * (messages - pending));
  CHECK(sum.runs == 23 * 128);
  CHECK(sum.times[0].busy == 23 * 128 * 30);
  CHECK(sum.components[3] == 10.0 * static_cast<double>(messages - pending));
  CHECK(sum.overheads[2] == 4.0 * static_cast<double>(messages - pending));
  double gained = 0;
  for (const Slice& slice : slices) {
    gained += slice.gains.messages;
    CHECK(slice.gains.latency == 70 * slice.gains.messages);
    CHECK(slice.gains.saved[1] == 3 * slice.gains.messages);
    CHECK(static_cast<double>(slice.gains.rows[5].messages) == slice.gains.messages);
  }
  CHECK(gained == static_cast<double>(messages - pending));
}

TEST_CASE("timeline: after hours of silence the last second is idle, and no time is lost") {
  for (const std::size_t before : {0U, 1U, 7U, 18U, 19U, 20U, 39U}) {
    CAPTURE(before);
    Rig rig;
    for (std::size_t i = 0; i < before; ++i) {
      rig.add(1);
      rig.close_after(kSlice, 10);
    }
    rig.add(1);
    const Ticks hours = Ticks{4} * 3'600 * 20 * kSlice + 37;
    const std::size_t seconds = rig.close_after(hours, 10);
    CHECK(seconds >= 2);
    CHECK(seconds <= 3);
    const auto second = rig.line.last_second();
    REQUIRE(second.size() == 20);
    for (const Slice& slice : second) {
      CHECK(slice.length == kSlice);
      CHECK(slice.messages == 0);
      CHECK(slice.times[0].busy == 0);
      CHECK(slice.times[0].idle == kSlice);
    }
    CHECK(rig.line.all().size() >= 20);
    CHECK(rig.line.all().size() < Timeline::kMostSlices);
    // The grid stays.
    const Ticks due = (rig.now / kSlice + 1) * kSlice;
    CHECK_FALSE(rig.line.is_due(due - 1));
    CHECK(rig.line.is_due(due));
    Ticks windows = 0;
    for (std::size_t i = 0; i < rig.line.windows(); ++i) windows += rig.line.window(i).length;
    CHECK(windows > hours - 5 * kSlice);
  }
}

TEST_CASE("timeline: a window is five slices, with its end and their sums") {
  Rig rig(50'000);
  for (std::uint64_t i = 1; i <= 12; ++i) {
    rig.add(i);
    rig.close_after(kSlice, i, 2 * i);
    CHECK(rig.line.windows() == i / 5);
  }
  const Window& second = rig.line.window(1);
  CHECK(rig.line.window(0).end == 50'500);
  CHECK(rig.line.window(0).messages == 1 + 2 + 3 + 4 + 5);
  CHECK(second.end == 51'000);
  CHECK(second.length == 500);
  CHECK(second.messages == 6 + 7 + 8 + 9 + 10);
  CHECK(second.answered == 40);
  CHECK(second.times[1].busy == 40);
  CHECK(second.times[1].blocked == 80);
  CHECK(second.times[1].idle == 380);
  CHECK(second.components[6] == 400);
}

TEST_CASE("timeline: the last minute's windows are kept, in order, and older ones are not") {
  Rig rig;
  for (std::uint64_t i = 0; i < 5 * (Timeline::kWindows + 17); ++i) {
    rig.add(i / 5);
    rig.close_after(kSlice);
  }
  REQUIRE(rig.line.windows() == Timeline::kWindows);
  for (std::size_t i = 0; i < rig.line.windows(); ++i) {
    CHECK(rig.line.window(i).end == (17 + i + 1) * 500);
    CHECK(rig.line.window(i).messages == 5 * (17 + i));
  }
}

TEST_CASE("timeline: each slice of a gap ends at its own time") {
  Rig rig;
  rig.close_after(1'530);  // 130, then 14 gaps
  REQUIRE(rig.line.windows() == 3);
  CHECK(rig.line.window(0).end == 530);
  CHECK(rig.line.window(0).length == 530);
  CHECK(rig.line.window(1).end == 1'030);
  CHECK(rig.line.window(2).end == 1'530);
}

TEST_CASE("timeline: a reset leaves nothing of what was before") {
  Rig rig;
  for (int i = 0; i < 123; ++i) {
    rig.add(1);
    rig.close_after(kSlice, 10);
  }
  rig.add(1);
  rig.line.reset(rig.now, kSlice, rig.times, rig.cpu);
  CHECK(rig.line.all().empty());
  CHECK(rig.line.last_second().empty());
  CHECK(rig.line.windows() == 0);
  CHECK(rig.line.open().messages == 0);
  std::size_t seconds = 0;
  for (int i = 0; i < 20; ++i) {
    rig.add(2);
    seconds += rig.close_after(kSlice, 10);
  }
  CHECK(seconds == 1);
  CHECK(rig.line.windows() == 4);
  CHECK(rig.line.all().size() == 20);
  CHECK(sum_of(rig.line.all()).messages == 40);
  CHECK(sum_of(rig.line.all()).length == 20 * kSlice);
}

TEST_CASE("timeline: slices may get longer or shorter, as the clock is better known") {
  for (const Ticks next : {1U, 10U, 50U, 99U, 101U, 200U, 1'000U}) {
    for (const Ticks late : {0U, 1U, 49U, 51U, 99U}) {
      CAPTURE(next);
      CAPTURE(late);
      Rig rig;
      Ticks all = 0;
      std::size_t slices = 0;
      rig.close_after(kSlice + late, 0, 0, next);
      for (int i = 0; i < 10; ++i) rig.close_after(1, 1, 0, next);
      for (const Slice& slice : rig.line.all()) {
        all += slice.length;
        CHECK(slice.length <= rig.now);
        for (const StageTimes& times : slice.times) {
          CHECK(times.busy <= rig.now);
          CHECK(times.idle <= rig.now);
        }
        ++slices;
      }
      CHECK(all == rig.now);
      CHECK(slices >= 1);
    }
  }
}

TEST_CASE("timeline: clocks that go back a little between threads give no giant figures") {
  Rig rig(1'000'000);
  rig.times = {{{500, 500, 500}, {500, 500, 500}, {500, 500, 500}}};
  rig.cpu.cpu_ns.fill(500);
  rig.line.reset(1'000'000, kSlice, rig.times, rig.cpu);
  rig.close_after(kSlice, 50);
  for (StageTimes& times : rig.times) times = {times.busy - 20, times.blocked, times.idle - 20};
  rig.cpu.cpu_ns.fill(480);
  rig.now -= 10;
  rig.line.close(rig.now, rig.times, rig.cpu, kSlice);
  rig.close_after(2 * kSlice, 0, 0, 0);  // a slice of no length, too
  rig.close_after(3, 0, 0, 0);
  for (const Slice& slice : rig.line.all()) {
    CHECK(slice.length <= 1'000);
    for (const StageTimes& times : slice.times) {
      CHECK(times.busy <= 1'000);
      CHECK(times.blocked <= 1'000);
      CHECK(times.idle <= 1'000);
    }
    for (const std::uint64_t ns : slice.cpu.cpu_ns) CHECK(ns <= 1'000);
  }
}

TEST_CASE("slice counts: what was added can be taken away again") {
  Rig rig;
  std::vector<Slice> slices;
  for (std::uint64_t i = 1; i <= 5; ++i) {
    rig.add(i);
    rig.cpu.cpu_ns.fill(i * i);
    rig.cpu.pauses_ns.fill(2 * i * i);
    rig.cpu.worked.fill(i * i * i);
    rig.close_after(kSlice, 10 * i, i);
  }
  SliceCounts sum = sum_of(rig.line.all());
  const Slice& third = rig.line.all()[2];
  sum.subtract(third);
  CHECK(sum.length == 400);
  CHECK(sum.messages == 12);
  CHECK(sum.answered == 12);
  CHECK(sum.runs == 4);
  CHECK(sum.bytes == 12 * 96);
  CHECK(sum.times[1].busy == 120);
  CHECK(sum.times[1].blocked == 12);
  CHECK(sum.times[1].idle == 400 - 132);
  CHECK(sum.cpu.cpu_ns[0] == 25 - 5);
  CHECK(sum.cpu.pauses_ns[0] == 2 * (25 - 5));
  CHECK(sum.cpu.worked[0] == 125 - 19);
  for (const double part : sum.components) CHECK(part == 120);
  for (const double part : sum.overheads) CHECK(part == 48);
}

}  // namespace
}  // namespace narrows::profile
