// SPDX-License-Identifier: MIT
#include "profile/stats.hpp"

#include "unit/doctest.hpp"
#include "unit/stats_rig.hpp"

namespace narrows::profile {
namespace {

using ClockState = StageClock::State;
using test::kEcho;
using Rig = test::StatsRig;

void check_zero(const Durations& durations) {
  for (const double figure : {durations.avg, durations.p50, durations.p90, durations.p99,
                              durations.p999, durations.max}) {
    CHECK(figure == 0);
  }
}

TEST_CASE("stats: of no message all figures are zero, and none is not-a-number") {
  Rig rig;
  rig.manual.set(5'000'000'000);
  for (int trial = 0; trial < 2; ++trial) {  // the second time right after a reset
    const Stats stats = rig.summarize();
    CHECK(stats.total_messages == 0);
    CHECK(stats.elapsed_ns == 0);
    CHECK(stats.throughput_per_second == 0);
    check_zero(stats.latency);
    for (std::size_t i = 0; i < kComponents; ++i) {
      check_zero(stats.components[i]);
      CHECK(stats.share_of_mean[i] == 0);
    }
    for (const StageShares& shares : stats.stages) {
      CHECK(shares.busy == 0);
      CHECK(shares.blocked == 0);
      CHECK(shares.idle == 0);
      CHECK(shares.unaccounted == 0);
    }
    CHECK(stats.types.empty());
    CHECK(stats.blocked_ms == 0);
    CHECK(stats.verdict.state == State::insufficient_data);
    rig.record(0, 77);
    rig.books.reset(rig.clock.now(), read_clocks(rig.sources, rig.clock.now()));
  }
}

TEST_CASE("stats: an unanswered message alone gives no latency") {
  Rig rig;
  rig.manual.set(2'000);
  rig.books.record_unanswered(1'000, kEcho);
  const Stats stats = rig.summarize();
  CHECK(stats.total_messages == 1);
  check_zero(stats.latency);
  REQUIRE(stats.types.size() == 1);
  CHECK(stats.types[0].count == 1);
  CHECK(stats.types[0].avg_ns == 0);
  CHECK(stats.types[0].p99_ns == 0);
}

TEST_CASE("stats: elapsed time runs from the first message's arrival, and gives the rate") {
  Rig rig;
  rig.record(3, 10, 1'000'000'000);
  rig.record(3, 10, 2'000'000'000);
  rig.manual.set(5'000'000'000);
  const Stats stats = rig.summarize();
  CHECK(stats.total_messages == 2);
  CHECK(stats.elapsed_ns == 4e9);
  CHECK(stats.throughput_per_second == 0.5);
  CHECK(stats.timestamp_ns == 12.5);
  CHECK(stats.cpus == 1.5);
  CHECK(stats.clock_name == std::string_view("manual"));
}

TEST_CASE("stats: percentiles are of nearest rank, the mean is exact") {
  Rig rig;
  for (Ticks value = 1; value <= 1'000; ++value) rig.record(3, value);
  const Durations durations = rig.summarize().latency;
  CHECK(durations.avg == 500.5);
  CHECK(durations.p50 == 500);
  CHECK(durations.p90 == 900);
  CHECK(durations.p99 == 990);
  CHECK(durations.p999 == 999);
  CHECK(durations.max == 1'000);
}

TEST_CASE("stats: of few messages the tail is the largest") {
  Rig rig;
  for (const Ticks value : {10U, 20U, 30U}) rig.record(3, value);
  const Durations durations = rig.summarize().latency;
  CHECK(durations.avg == 20);
  CHECK(durations.p50 == 20);
  CHECK(durations.p90 == 30);
  CHECK(durations.p99 == 30);
  CHECK(durations.max == 30);
}

TEST_CASE("stats: no percentile exceeds the largest value") {
  Rig rig;
  rig.record(2, 1'000'000'001);
  const Stats stats = rig.summarize();
  CHECK(stats.latency.max == 1'000'000'001);
  CHECK(stats.latency.p99 <= stats.latency.max);
  CHECK(stats.components[2].p50 <= stats.components[2].max);
}

TEST_CASE("stats: components keep their own figures, and their shares sum to 1") {
  Rig rig;
  for (std::size_t i = 0; i < kComponents; ++i) rig.record(i, Ticks{100} << i);
  const Stats stats = rig.summarize();
  double shares = 0;
  double averages = 0;
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(stats.components[i].max == static_cast<double>(100U << i));
    CHECK(stats.components[i].avg == doctest::Approx((100U << i) / 7.0));
    CHECK(stats.components[i].p50 == 0);
    shares += stats.share_of_mean[i];
    averages += stats.components[i].avg;
  }
  CHECK(shares == doctest::Approx(1));
  CHECK(averages == doctest::Approx(stats.latency.avg));
  CHECK(stats.latency.avg == doctest::Approx(100 * 127 / 7.0));
}

/// A message that takes 100 in dispatch, and besides waits for so long.
void record_waited(Rig& rig, Ticks awaited, Ticks t0 = 0) {
  const Ticks end = t0 + 100 + awaited;
  rig.books.record_waited({t0, t0, t0, t0, end, end, end, end}, awaited, kEcho);
}

TEST_CASE("stats: await is of all messages, and with the others sums up to the latency") {
  Rig rig;
  CHECK_FALSE(rig.summarize().await.is_there);
  for (int i = 0; i < 98; ++i) rig.record(3, 100);
  CHECK_FALSE(rig.summarize().await.is_there);
  record_waited(rig, 900);
  record_waited(rig, 9'900);
  const Stats stats = rig.summarize();
  CHECK(stats.await.is_there);
  CHECK(stats.await.durations.avg == 108);
  CHECK(stats.await.durations.p50 == 0);
  CHECK(stats.await.durations.p99 == doctest::Approx(900).epsilon(0.001));
  CHECK(stats.await.durations.max == 9'900);
  CHECK(stats.components[3].avg == 100);
  CHECK(stats.latency.avg == 208);
  CHECK(stats.await.share_of_mean == doctest::Approx(108.0 / 208));
  CHECK(stats.share_of_mean[3] == doctest::Approx(100.0 / 208));
  CHECK(stats.await.share_of_tail == doctest::Approx(0.99));  // the slowest one
  CHECK(stats.share_of_tail[3] == doctest::Approx(0.01));
  CHECK(stats.checks.partition.held);
  CHECK(stats.checks.partition.value == 0);
}

TEST_CASE("stats: after a reset nobody waited, until somebody does") {
  Rig rig;
  record_waited(rig, 900);
  rig.books.count_sent(3);
  CHECK(rig.summarize().await.is_there);
  CHECK(rig.summarize().sent_unprompted == 3);
  rig.books.reset(0, {});
  rig.record(3, 100);
  CHECK_FALSE(rig.summarize().await.is_there);
  CHECK(rig.summarize().sent_unprompted == 0);
  record_waited(rig, 100);
  CHECK(rig.summarize().await.durations.max == 100);
}

TEST_CASE("stats: who came long before a period, and waited, does not make it longer") {
  Rig rig;
  for (StageClock& clock : rig.clocks) clock.enter(ClockState::busy, 0);
  rig.manual.set(8'000'000'000);
  rig.books.reset(8'000'000'000, read_clocks(rig.sources, 8'000'000'000));
  record_waited(rig, 7'000'000'000, 2'000'000'000);
  rig.manual.set(10'000'000'000);
  const Stats stats = rig.summarize();
  CHECK(stats.elapsed_ns == 2e9);
  CHECK(stats.throughput_per_second == 0.5);
  CHECK(stats.stages[1].busy == doctest::Approx(1));
  CHECK(stats.checks.time_accounting.held);
}

TEST_CASE("stats: what handlers waited is no work of dispatch that its clock would have to show") {
  Rig rig;
  for (StageClock& clock : rig.clocks) clock.enter(ClockState::idle, 0);
  rig.manual.set(1'000'000'000);
  for (Ticks i = 0; i < 100; ++i) record_waited(rig, 5'000'000, 1'000 * i);
  CHECK(rig.summarize().checks.time_accounting.held);
  CHECK(rig.summarize().checks.time_accounting.value < 0.001);
}

TEST_CASE("stats: the explanation says where waiting for others is the largest part") {
  Rig rig;
  rig.work_until(2 * test::kSecond, 50, 1'000'000);
  const auto says = [&] {
    return std::string_view(rig.summarize().verdict.explanation.data())
               .find("% of the mean latency is handlers waiting for others") !=
           std::string_view::npos;
  };
  record_waited(rig, 100'000'000);
  CHECK_FALSE(says());
  record_waited(rig, 100'000'000'000);
  CHECK(says());
  CHECK(rig.summarize().verdict.latency.stage == 1);
}

TEST_CASE("stats: a stage's shares are of the time since the first message") {
  Rig rig;
  StageClock& dispatch = rig.clocks[1];
  dispatch.enter(ClockState::idle, 0);
  dispatch.enter(ClockState::busy, 1'000);
  dispatch.enter(ClockState::blocked, 1'500);
  dispatch.enter(ClockState::idle, 1'600);
  dispatch.enter(ClockState::stopped, 1'900);  // the last 100 are accounted for by nothing
  rig.record(0, 1, 1'000);
  rig.manual.set(2'000);
  const StageShares shares = rig.summarize().stages[1];
  CHECK(shares.busy == doctest::Approx(0.5));
  CHECK(shares.blocked == doctest::Approx(0.1));
  CHECK(shares.idle == doctest::Approx(0.3));
  CHECK(shares.unaccounted == doctest::Approx(0.1));
}

TEST_CASE("stats: after a reset a stage's shares are of the new period alone") {
  Rig rig;
  StageClock& parse = rig.clocks[0];
  parse.enter(ClockState::busy, 0);
  rig.manual.set(1'000);
  rig.record(0, 1, 0);
  rig.books.reset(1'000, read_clocks(rig.sources, 1'000));
  parse.enter(ClockState::idle, 1'000);
  parse.enter(ClockState::busy, 1'800);
  rig.record(0, 1, 1'200);  // the first of the new period: 200 idle ticks lie before it
  rig.manual.set(2'200);
  const StageShares shares = rig.summarize().stages[0];
  CHECK(shares.busy == doctest::Approx(0.4));
  CHECK(shares.idle == doctest::Approx(0.6));
  CHECK(shares.unaccounted == doctest::Approx(0));
}

TEST_CASE("stats: blocked_ms tells how long stdout has been blocked, while it is") {
  Rig rig;
  rig.record(0, 1);
  StageClock& serialize = rig.clocks[2];
  serialize.enter(ClockState::busy, 0);
  rig.manual.set(10'000'000);
  CHECK(rig.summarize().blocked_ms == 0);
  serialize.enter(ClockState::writing, 10'000'000);
  rig.manual.set(35'900'000);
  CHECK(rig.summarize().blocked_ms == 25);
  CHECK(rig.summarize().stages[2].blocked == doctest::Approx(25.9 / 35.9));
  serialize.leave_write(1, 35'900'000);
  CHECK(rig.summarize().blocked_ms == 0);
}

TEST_CASE("stats: the types that were seen, each with its own figures") {
  Rig rig;
  for (int i = 0; i < 4; ++i) rig.record(3, 50);
  rig.books.record({0, 0, 0, 0, 90, 90, 90, 90}, 0);
  rig.books.end_run({});
  const Stats stats = rig.summarize();
  REQUIRE(stats.types.size() == 2);
  CHECK(stats.types[0].name == "other");
  CHECK(stats.types[0].count == 1);
  CHECK(stats.types[0].avg_ns == 90);
  CHECK(stats.types[1].name == "echo");
  CHECK(stats.types[1].count == 4);
  CHECK(stats.types[1].avg_ns == 50);
  CHECK(stats.types[1].p99_ns == 50);
}

TEST_CASE("stats: no type's percentile exceeds the largest end-to-end latency") {
  Rig rig;
  rig.record(3, 1'000'001);
  const Stats stats = rig.summarize();
  CHECK(stats.types[0].p99_ns <= stats.latency.max);
}

TEST_CASE("stats: the headline has the same first figures") {
  Rig rig;
  for (Ticks value = 1; value <= 100; ++value) rig.record(3, value, 1'000);
  rig.manual.set(3'000);
  const Stats all = rig.summarize();
  Stats headline;
  summarize_headline(rig.sources, Period::all, headline);
  CHECK(headline.total_messages == 100);
  CHECK(headline.elapsed_ns == all.elapsed_ns);
  CHECK(headline.throughput_per_second == all.throughput_per_second);
  CHECK(headline.latency.avg == 50.5);
  CHECK(headline.latency.p99 == 99);
}

TEST_CASE("stats: the verdict is drawn from the same figures") {
  Rig rig;
  rig.work_until(2 * test::kSecond, 50, 1'000'000);
  Stats stats = rig.summarize();
  CHECK(stats.verdict.throughput.stage == 1);
  CHECK(stats.verdict.latency.stage == 1);
  CHECK(stats.verdict.tail.stage == 1);
  CHECK(stats.verdict.state == State::saturated);
  CHECK(stats.verdict.throughput.confidence >= Answer::kSure);
  rig.books.count(Trouble::blank_line, 3);
  stats = rig.summarize();
  CHECK(stats.troubles[static_cast<std::size_t>(Trouble::blank_line)] == 3);
}

}  // namespace
}  // namespace narrows::profile
