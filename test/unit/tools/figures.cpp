// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

doctest::Approx near(double value) { return doctest::Approx(value).epsilon(1.0 / 1024); }

TEST_CASE("figures: an empty distribution says zero") {
  const Distribution distribution;
  CHECK(distribution.summary().count == 0);
  CHECK(distribution.summary().avg == 0);
  CHECK(distribution.summary().p999 == 0);
  CHECK(distribution.p99_ns() == 0);
}

TEST_CASE("figures: percentiles are values that so many do not exceed, in microseconds") {
  Distribution distribution;
  for (int i = 1000; i > 0; --i) distribution.record(i * 1000);
  const Summary summary = distribution.summary();
  CHECK(summary.count == 1000);
  CHECK(summary.avg == 500.5);
  CHECK(summary.p50 == near(500));
  CHECK(summary.p90 == near(900));
  CHECK(summary.p99 == near(990));
  CHECK(summary.p999 == near(999));
  CHECK(summary.max == 1000);
  CHECK(distribution.p99_ns() == near(990'000));
}

TEST_CASE("figures: of a few values a percentile is the next one that there is") {
  Distribution distribution;
  for (const std::int64_t ns : {1000, 2000, 3000}) distribution.record(ns);
  CHECK(distribution.summary().p50 == near(2));
  CHECK(distribution.summary().p90 == near(3));
  CHECK(distribution.summary().p999 == near(3));
}

TEST_CASE("figures: no percentile is above the largest value, and that is exact") {
  Distribution distribution;
  distribution.record(1'234'567'891);
  const Summary summary = distribution.summary();
  CHECK(summary.max == 1'234'567.891);
  CHECK(summary.p50 <= summary.max);
  CHECK(summary.p999 <= summary.max);
  CHECK(summary.p50 == near(1'234'567.891));
}

TEST_CASE("figures: a time below zero is recorded as zero") {
  Distribution distribution;
  distribution.record(-5);
  CHECK(distribution.summary().count == 1);
  CHECK(distribution.summary().avg == 0);
  CHECK(distribution.summary().max == 0);
}

TEST_CASE("figures: cleared, a distribution is as new") {
  Distribution distribution;
  distribution.record(1'000'000);
  distribution.clear();
  CHECK(distribution.count() == 0);
  distribution.record(3000);
  CHECK(distribution.summary().avg == 3);
  CHECK(distribution.summary().p99 == 3);
  CHECK(distribution.summary().max == 3);
}

TEST_CASE("figures: latency is corrected: from when it was due, not from when it was written") {
  Figures figures;
  figures.answered({1000, 41'000}, 51'000);
  CHECK(figures.latency().summary().max == 50);
  CHECK(figures.uncorrected().summary().max == 10);
}

TEST_CASE("figures: what was due in the warm-up or after the end is not measured") {
  Figures figures;
  figures.measure(1000, 2000);
  for (const std::int64_t due : {0, 999, 1000, 1999, 2000, 5000}) {
    figures.offered(due, due, 0);
    figures.answered({due, due}, due + 10'000);
    figures.never_answered(due, due + 20'000);
    figures.never_sent(due, due + 30'000);
  }
  CHECK(figures.due() == 4);  // two that were offered, and two never sent
  CHECK(figures.send_lag().count() == 2);
  CHECK(figures.uncorrected().count() == 2);
  CHECK(figures.latency().count() == 6);
  CHECK(figures.latency().summary().avg == 20);
}

TEST_CASE("figures: replies count in time by when they came, whatever they answer") {
  Figures figures;
  figures.measure(1000, 2000);
  figures.answered({0, 0}, 999);
  figures.answered({0, 0}, 1000);
  figures.answered({1500, 1500}, 1999);
  figures.answered({1500, 1500}, 2000);
  CHECK(figures.answered_in_time() == 2);
}

TEST_CASE("figures: the mean of all has the warm-up in it") {
  Figures figures;
  CHECK(figures.mean_of_all_us() == 0);
  figures.measure(1'000'000, 2'000'000);
  figures.answered({0, 0}, 10'000);
  figures.answered({1'500'000, 1'500'000}, 1'530'000);
  CHECK(figures.mean_of_all_us() == 20);
}

TEST_CASE("figures: the generator is late from when it could send, not while the pipe was full") {
  Figures figures;
  figures.offered(1000, 6000, 0);
  CHECK(figures.send_lag().summary().max == 5);
  figures.offered(1000, 90'000, 89'000);
  CHECK(figures.send_lag().count() == 2);
  CHECK(figures.send_lag().summary().max == 5);
}

TEST_CASE("figures: a point of the series has what was sent and answered in its second") {
  Figures figures;
  figures.measure(1'000'000'000, 2'000'000'000);  // the series has the warm-up as well
  for (const std::int64_t latency : {3000, 5000}) {
    for (int i = 0; i < 10; ++i) figures.offered(0, 0, 0);
    for (int i = 0; i < 7; ++i) figures.answered({0, 0}, latency);
    Point point;
    point.end_s = 1;
    point.seconds = 1;
    point.bytes_in = 42;
    figures.close_second(point);
  }
  figures.close_second({});
  REQUIRE(figures.series().size() == 3);
  CHECK(figures.series()[0].sent == 10);
  CHECK(figures.series()[0].answered == 7);
  CHECK(figures.series()[0].p50_us == 3);
  CHECK(figures.series()[0].bytes_in == 42);
  CHECK(figures.series()[1].answered == 7);
  CHECK(figures.series()[1].p99_us == near(5));
  CHECK(figures.series()[1].max_us == 5);
  CHECK(figures.series()[2].answered == 0);
  CHECK(figures.series()[2].max_us == 0);
}

TEST_CASE("figures: a series too long is halved, its sums and its worst are kept") {
  constexpr std::uint64_t kSeconds = 3 * Figures::kMostPoints + 11;
  Figures figures;
  Point sum;
  for (std::uint64_t i = 0; i < kSeconds; ++i) {
    for (std::uint64_t j = 0; j < i % 3; ++j) figures.offered(0, 0, 0);
    if (i % 2 == 0) figures.answered({0, 0}, i == 60'000 ? 9'000'000 : 1000);
    Point point;
    point.end_s = static_cast<double>(i + 1);
    point.seconds = 1;
    point.usage = {.user_s = 0.25, .system_s = 0.5, .rss_bytes = i, .context_switches = 2};
    point.bytes_in = i;
    point.bytes_out = 1;
    point.write_blocked_s = 0.125;
    figures.close_second(point);
    CHECK_MESSAGE(figures.series().size() <= Figures::kMostPoints, i);
  }
  double end_s = 0;
  double worst = 0;
  for (const Point& point : figures.series()) {
    CHECK(point.end_s == end_s + point.seconds);
    CHECK(point.usage.rss_bytes == static_cast<std::uint64_t>(point.end_s) - 1);
    end_s = point.end_s;
    worst = std::max(worst, point.max_us);
    sum.seconds += point.seconds;
    sum.sent += point.sent;
    sum.answered += point.answered;
    sum.usage.user_s += point.usage.user_s;
    sum.usage.system_s += point.usage.system_s;
    sum.usage.context_switches += point.usage.context_switches;
    sum.bytes_in += point.bytes_in;
    sum.bytes_out += point.bytes_out;
    sum.write_blocked_s += point.write_blocked_s;
  }
  CHECK(figures.series().size() > Figures::kMostPoints / 3);
  CHECK(figures.series()[0].seconds == 4);
  CHECK(sum.seconds == kSeconds);
  CHECK(sum.sent == kSeconds / 3 * 3 + (kSeconds % 3 == 2 ? 1 : 0));
  CHECK(sum.answered == (kSeconds + 1) / 2);
  CHECK(sum.usage.user_s == kSeconds * 0.25);
  CHECK(sum.usage.system_s == kSeconds * 0.5);
  CHECK(sum.usage.context_switches == kSeconds * 2);
  CHECK(sum.bytes_in == kSeconds * (kSeconds - 1) / 2);
  CHECK(sum.bytes_out == kSeconds);
  CHECK(sum.write_blocked_s == kSeconds * 0.125);
  CHECK(worst == 9000);
}

}  // namespace
}  // namespace narrows::tools
