// SPDX-License-Identifier: MIT
// Figures of the last second beside those of all the time; the tail's split, and the scatter.
#include <numeric>

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

template <typename Values>
double total(const Values& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST_CASE("stats: the last second's figures are of what was booked in it alone") {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.record(3, 7'000, 1'000);
  rig.books.count(Trouble::blank_line, 2);
  rig.turn_pages(kSecond);
  for (int i = 0; i < 30; ++i) rig.record(1, 500, kSecond + 10);
  rig.record(1, 500, kSecond + 10, 0);
  rig.books.record_unanswered(kSecond + 20, kEcho);
  rig.books.count(Trouble::malformed_line, 5);
  rig.turn_pages(2 * kSecond);
  rig.record(5, 90'000, 2 * kSecond);  // this second's: not yet
  rig.turn_pages(2 * kSecond + 3 * kSlice);

  const Stats last = rig.summarize(Period::last);
  CHECK(last.period == Period::last);
  CHECK(last.total_messages == 32);
  CHECK(last.elapsed_ns == 1e9);
  CHECK(last.throughput_per_second == 32);
  CHECK(last.latency.avg == 500);
  CHECK(last.latency.max == 500);
  CHECK(last.components[1].max == 500);
  CHECK(last.components[3].max == 0);
  CHECK(last.share_of_mean[1] == 1);
  CHECK(last.troubles[0] == 5);
  CHECK(last.troubles[2] == 0);
  REQUIRE(last.types.size() == 2);
  CHECK(last.types[0].count == 1);
  CHECK(last.types[1].count == 31);
  CHECK(last.types[1].avg_ns == 500);
  CHECK(last.types[1].p99_ns == 500);

  const Stats all = rig.summarize();
  CHECK(all.period == Period::all);
  CHECK(all.total_messages == 43);
  CHECK(all.latency.max == 90'000);
  CHECK(all.troubles[0] == 5);
  CHECK(all.troubles[2] == 2);
  CHECK(all.types[1].count == 42);
  CHECK(all.elapsed_ns == static_cast<double>(2 * kSecond + 3 * kSlice - 1'000));

  Stats headline;
  summarize_headline(rig.sources, Period::last, headline);
  CHECK(headline.total_messages == 32);
  CHECK(headline.elapsed_ns == 1e9);
  CHECK(headline.latency.p99 == 500);
}

TEST_CASE("stats: before the first second is over the last one has nothing, and no odd figure") {
  Rig rig;
  rig.record(3, 10);
  rig.turn_pages(kSecond - kSlice);
  const Stats last = rig.summarize(Period::last);
  CHECK(last.total_messages == 0);
  CHECK(last.elapsed_ns == 0);
  CHECK(last.throughput_per_second == 0);
  CHECK(last.latency.max == 0);
  CHECK(total(last.share_of_mean) == 0);
  CHECK(total(last.share_of_tail) == 0);
  CHECK(total(last.scv) == 0);
  for (const StageShares& shares : last.stages) {
    CHECK(shares.busy == 0);
    CHECK(shares.unaccounted == 0);
  }
  CHECK(last.verdict.state == State::insufficient_data);
  CHECK_FALSE(last.checks.time_accounting.known);
  CHECK_FALSE(last.checks.partition.known);
  CHECK_FALSE(last.checks.cpu.known);
}

TEST_CASE("stats: a stage's shares in the last second are of that second") {
  Rig rig;
  rig.clocks[1].enter(ClockState::busy, 0);
  rig.turn_pages(kSecond);
  rig.clocks[1].enter(ClockState::blocked, kSecond);
  rig.turn_pages(kSecond + 5 * kSlice);
  rig.clocks[1].enter(ClockState::idle, kSecond + 5 * kSlice);
  rig.turn_pages(2 * kSecond);
  StageShares shares = rig.summarize(Period::last).stages[1];
  CHECK(shares.busy == 0);
  CHECK(shares.blocked == doctest::Approx(0.25));
  CHECK(shares.idle == doctest::Approx(0.75));
  CHECK(shares.unaccounted == doctest::Approx(0));
  rig.clocks[1].enter(ClockState::stopped, 2 * kSecond + 10 * kSlice);
  rig.turn_pages(3 * kSecond);
  shares = rig.summarize(Period::last).stages[1];
  CHECK(shares.idle == doctest::Approx(0.5));
  CHECK(shares.unaccounted == doctest::Approx(0.5));
}

TEST_CASE("stats: the last second's verdict is of its own slices") {
  Rig rig;
  rig.work_until(2 * kSecond, 100, 100'000);  // a fifth of the time
  rig.work_until(3 * kSecond, 100, 499'000);  // nearly all of it
  const Stats last = rig.summarize(Period::last);
  CHECK(last.verdict.state == State::saturated);
  CHECK(last.verdict.throughput.stage == 1);
  CHECK(rig.summarize().verdict.state == State::headroom);
  rig.work_until(4 * kSecond, 100, 100'000);
  CHECK(rig.summarize(Period::last).verdict.state == State::input_limited);
}

TEST_CASE("stats: after a silence the last second is empty, and is said to be too little") {
  Rig rig;
  rig.work_until(2 * kSecond, 100, 499'000);
  rig.books.turn_page(7'200 * kSecond, read_clocks(rig.sources, 7'200 * kSecond), {}, kSlice);
  rig.manual.set(7'200 * kSecond);
  const Stats last = rig.summarize(Period::last);
  CHECK(last.total_messages == 0);
  CHECK(last.elapsed_ns == 1e9);
  CHECK(last.throughput_per_second == 0);
  CHECK(last.verdict.state == State::insufficient_data);
  CHECK(last.stages[1].idle == doctest::Approx(1));
  const Stats all = rig.summarize();
  CHECK(all.total_messages == 4'000);
  CHECK(all.stages[1].busy < 0.001);
  CHECK(all.verdict.state == State::input_limited);
}

TEST_CASE("stats: the tail's shares are the mean split of the slowest hundredth, and sum to 1") {
  Rig rig;
  for (int i = 0; i < 980; ++i) rig.record(1, 1'000);
  for (int i = 0; i < 12; ++i) rig.record(3, 50'000);
  for (int i = 0; i < 8; ++i) rig.record(6, 1'000'000);
  const Stats stats = rig.summarize();
  const double tail = 2 * 50'000 + 8 * 1'000'000;  // of the slowest ten
  CHECK(stats.share_of_tail[1] == 0);
  CHECK(stats.share_of_tail[3] == doctest::Approx(2 * 50'000 / tail));
  CHECK(stats.share_of_tail[6] == doctest::Approx(8 * 1'000'000 / tail));
  CHECK(total(stats.share_of_tail) == doctest::Approx(1));
}

TEST_CASE("stats: the tail of few messages is the slowest one's") {
  Rig rig;
  rig.record(1, 1'000);
  rig.record(2, 100'000);
  const Stats stats = rig.summarize();
  CHECK(stats.share_of_tail[2] == doctest::Approx(1));
  CHECK(stats.share_of_tail[1] == 0);
}

TEST_CASE("stats: the tail's shares sum to 1 over two ledgers, and for the last second") {
  Rig rig;
  for (std::size_t i = 0; i < 300; ++i) rig.record(i % 7, 1'000 + 37 * i);
  rig.turn_pages(kSecond);
  for (std::size_t i = 0; i < 300; ++i) rig.record(i % 5, 2'000 + 41 * i);
  CHECK(total(rig.summarize().share_of_tail) == doctest::Approx(1));
  CHECK(total(rig.summarize(Period::last).share_of_tail) == doctest::Approx(1));
  CHECK(total(rig.summarize(Period::last).share_of_mean) == doctest::Approx(1));
}

TEST_CASE("stats: the scatter of a service is its variance by its mean squared") {
  Rig rig;
  // 100 and 300: mean 200, variance 10,000.
  for (int i = 0; i < 50; ++i) {
    rig.books.record({0, 0, 100, 100, 600, 600, 600, 1'000}, kEcho);
    rig.books.record({0, 0, 300, 300, 800, 800, 800, 1'000}, kEcho);
    rig.books.end_run({});
  }
  const Stats stats = rig.summarize();
  CHECK(stats.scv[0] == doctest::Approx(0.25));
  CHECK(stats.scv[1] == doctest::Approx(0));  // always 500
  CHECK(stats.scv[2] == 0);                   // no time at all
}

TEST_CASE("stats: rare hiccups scatter much, equal services not at all") {
  Rig rig;
  for (int i = 0; i < 999; ++i) rig.record(3, 1'000);
  rig.record(3, 1'000'000);
  // Mean 1,999; mean of squares (999e6 + 1e12) / 1000.
  CHECK(rig.summarize().scv[1] == doctest::Approx(1'000'999'000.0 / (1'999.0 * 1'999.0) - 1));
  Rig equal;
  for (int i = 0; i < 1'000; ++i) equal.record(5, 333'333'333);
  CHECK(equal.summarize().scv[2] >= 0);
  CHECK(equal.summarize().scv[2] < 1e-9);
}

TEST_CASE("stats: the scatter is over all the time, or the last second's") {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.record(3, 100);
  rig.turn_pages(kSecond);
  for (int i = 0; i < 10; ++i) rig.record(3, 300);
  CHECK(rig.summarize().scv[1] == doctest::Approx(0.25));
  CHECK(rig.summarize(Period::last).scv[1] == doctest::Approx(0));
}

TEST_CASE("stats: a stage's clock that is read before it says what has ended gives no odd share") {
  Rig rig;
  rig.clocks[0].enter(ClockState::busy, 0);
  // The reset counts it as busy up to 1,000; then the stage says that it was idle from 900 on.
  rig.books.reset(1'000, read_clocks(rig.sources, 1'000));
  rig.clocks[0].enter(ClockState::idle, 900);
  rig.record(0, 1, 1'000);
  rig.manual.set(1'200);
  for (const StageShares& shares : rig.summarize().stages) {
    CHECK(shares.busy >= 0);
    CHECK(shares.busy <= 1);
    CHECK(shares.idle <= 1.5);
  }
}

}  // namespace
}  // namespace narrows::profile
