// SPDX-License-Identifier: MIT
#include "profile/stats.hpp"

#include <algorithm>
#include <cmath>

#include "profile/write_meter.hpp"

namespace narrows::profile {
namespace {

/// The rank of a percentile among `count` values, counted from 1 (nearest rank).
std::uint64_t rank_of(double quantile, std::uint64_t count) {
  const auto rank = static_cast<std::uint64_t>(std::ceil(quantile * static_cast<double>(count)));
  return std::clamp<std::uint64_t>(rank, 1, std::max<std::uint64_t>(count, 1));
}

double mean_ns(WideSum sum, std::uint64_t count, double ns_per_tick) {
  return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count) * ns_per_tick;
}

/// A period's books.
LedgerView ledger_of(const Sources& sources, Period period) {
  return period == Period::all ? sources.books.all() : sources.books.last();
}

std::span<const Slice> slices_of(const Sources& sources, Period period) {
  const Timeline& timeline = sources.books.timeline();
  return period == Period::all ? timeline.all() : timeline.last_second();
}

SliceCounts sum_of(std::span<const Slice> slices) {
  SliceCounts sum;
  for (const Slice& slice : slices) sum.add(slice);
  return sum;
}

/// Since when a period counts: a message whose handler waited may have come long before it.
Ticks first_received(const Books& books) {
  return std::max(books.first_received(), books.period_start());
}

/// A bucket's middle can lie above the largest value in it.
double percentile_ns(const LedgerView& ledger, std::size_t series, double quantile,
                     double ns_per_tick) {
  const std::uint64_t count = ledger.answered();
  if (count == 0) return 0;
  const double ticks = ledger.at_rank(rank_of(quantile, count), series);
  return std::min(ticks, static_cast<double>(ledger.largest(series))) * ns_per_tick;
}

Durations durations(const LedgerView& ledger, std::size_t series, double ns_per_tick, bool all) {
  const auto at = [&](double quantile) {
    return percentile_ns(ledger, series, quantile, ns_per_tick);
  };
  Durations result;
  result.avg = mean_ns(ledger.sum(series), ledger.answered(), ns_per_tick);
  result.p50 = at(0.5);
  result.p99 = at(0.99);
  if (all) {
    result.p90 = at(0.9);
    result.p999 = at(0.999);
  }
  result.max = static_cast<double>(ledger.largest(series)) * ns_per_tick;
  return result;
}

void summarize_await(const LedgerView& ledger, double ns_per_tick, Stats& stats) {
  stats.await = {};
  if (ledger.awaited() == 0) return;
  const std::uint64_t answered = ledger.answered();
  const auto largest = static_cast<double>(ledger.largest_await());
  const auto at = [&](double quantile) {
    const double ticks = ledger.await_at_rank(rank_of(quantile, answered));
    return std::min(ticks, largest) * ns_per_tick;
  };
  stats.await.is_there = true;
  Durations& durations = stats.await.durations;
  durations.avg = mean_ns(ledger.sum_of_awaits(), answered, ns_per_tick);
  durations.p50 = at(0.5);
  durations.p99 = at(0.99);
  durations.max = largest * ns_per_tick;
  if (stats.latency.avg > 0) stats.await.share_of_mean = durations.avg / stats.latency.avg;
}

void summarize_components(const LedgerView& ledger, double ns_per_tick, Stats& stats) {
  const auto answered = static_cast<double>(ledger.answered());
  const double slowest = std::max(1.0, answered / 100);
  const auto tail = ledger.slowest(slowest);
  summarize_await(ledger, ns_per_tick, stats);
  const double waited = stats.await.is_there ? ledger.slowest_await(slowest) : 0;
  double tail_mean = waited;
  for (const double part : tail) tail_mean += part;
  stats.await.share_of_tail = tail_mean > 0 ? waited / tail_mean : 0;
  for (std::size_t i = 0; i < kComponents; ++i) {
    stats.components[i] = durations(ledger, i, ns_per_tick, false);
    stats.share_of_mean[i] =
        stats.latency.avg > 0 ? stats.components[i].avg / stats.latency.avg : 0;
    stats.share_of_tail[i] = tail_mean > 0 ? tail[i] / tail_mean : 0;
  }
  for (std::size_t i = 0; i < kStages; ++i) {
    const double mean = answered > 0 ? static_cast<double>(ledger.sum(2 * i + 1)) / answered : 0;
    stats.scv[i] = mean > 0 ? std::max(0.0, ledger.squares(i) / answered / (mean * mean) - 1) : 0;
  }
}

void summarize_types(const Books& books, const LedgerView& ledger, double ns_per_tick,
                     Stats& stats) {
  stats.types.clear();
  for (std::size_t i = 0; i < books.types().size(); ++i) {
    if (ledger.count(i) == 0) continue;
    TypeStats& entry = stats.types.emplace_back();
    const std::uint64_t answered = ledger.answered(i);
    entry.name = books.types()[i];
    entry.count = ledger.count(i);
    entry.avg_ns = mean_ns(ledger.sum_of_type(i), answered, ns_per_tick);
    if (answered == 0) continue;
    const double ticks = ledger.at_rank_of_type(rank_of(0.99, answered), i);
    entry.p99_ns = std::min(ticks, static_cast<double>(ledger.largest(kEndToEnd))) * ns_per_tick;
  }
}

/// The share of the mean latency that handlers waited, if that is the largest part; else 0.
double largest_await(const Stats& stats) {
  const auto& shares = stats.share_of_mean;
  const double others = *std::max_element(shares.begin(), shares.end());
  return stats.await.share_of_mean > others ? stats.await.share_of_mean : 0;
}

/// Shares of the time since the period's first message. Before it the stages were idle, so what the
/// period has waited for it is taken off their idle time.
void share_all_time(const Sources& sources, Ticks now, Stats& stats) {
  const Books& books = sources.books;
  const Ticks start = books.period_start();
  const Ticks first = first_received(books);
  const auto wall = static_cast<double>(now > first ? now - first : 0);
  const auto waited = static_cast<double>(first - start);
  const auto times = read_clocks(sources, now);
  // Who looks at a stage's clock counts what is going on up to then. If that had just ended, and
  // the stage was about to say so, there is less of it when one looks again.
  const auto since = [](Ticks from, Ticks to) {
    return to > from ? static_cast<double>(to - from) : 0;
  };
  for (std::size_t i = 0; i < kStages; ++i) {
    const StageTimes& before = books.times_at_start()[i];
    const auto idle = std::max(0.0, since(before.idle, times[i].idle) - waited);
    StageShares& shares = stats.stages[i];
    shares = {};
    if (stats.total_messages == 0 || wall <= 0) continue;
    shares.busy = since(before.busy, times[i].busy) / wall;
    shares.blocked = since(before.blocked, times[i].blocked) / wall;
    shares.idle = idle / wall;
    shares.unaccounted = 1 - shares.busy - shares.blocked - shares.idle;
  }
}

void share_slices(const SliceCounts& sum, Stats& stats) {
  for (std::size_t i = 0; i < kStages; ++i) {
    StageShares& shares = stats.stages[i];
    shares = {};
    if (sum.length == 0) continue;
    const auto wall = static_cast<double>(sum.length);
    shares.busy = static_cast<double>(sum.times[i].busy) / wall;
    shares.blocked = static_cast<double>(sum.times[i].blocked) / wall;
    shares.idle = static_cast<double>(sum.times[i].idle) / wall;
    shares.unaccounted = 1 - shares.busy - shares.blocked - shares.idle;
  }
}

std::uint64_t blocked_ms(const Sources& sources, Ticks now, double ns_per_tick) {
  const Ticks since =
      sources.clocks[kStages - 1].read(now, long_write_ticks(ns_per_tick)).writing_since;
  if (since == 0 || now < since) return 0;
  return static_cast<std::uint64_t>(static_cast<double>(now - since) * ns_per_tick / 1e6);
}

Check check_cpu(const SliceCounts& sum, bool one_thread, double ns_per_tick) {
  Check check;
  for (const std::optional<double>& share : cpu_shares(sum, one_thread, ns_per_tick)) {
    if (!share) continue;
    check.value = check.known ? std::min(check.value, *share) : *share;
    check.known = true;
  }
  check.held = !check.known || check.value >= kLeastCpu;
  return check;
}

/// Work on a period's messages that may lie before it: a message is booked when it is written.
Ticks begun_before(const LedgerView& ledger, const Books& books, Period period) {
  if (period == Period::last) return ledger.largest(kEndToEnd);
  const Ticks start = books.period_start();
  return start > books.first_received() ? start - books.first_received() : 0;
}

/// `sum`: of the slices of the period.
Checks check(const LedgerView& ledger, const SliceCounts& sum, const Sources& sources,
             const Stats& stats) {
  const double ns_per_tick = sources.clock.ns_per_tick();
  Checks checks;
  if (stats.total_messages > 0 && stats.elapsed_ns > 0) {
    checks.time_accounting.known = true;
    const auto earlier = static_cast<double>(begun_before(ledger, sources.books, stats.period));
    for (std::size_t i = 0; i < kStages; ++i) {
      const double service =
          (static_cast<double>(ledger.sum(2 * i + 1)) - earlier) * ns_per_tick / stats.elapsed_ns;
      checks.time_accounting.value =
          std::max({checks.time_accounting.value, std::fabs(stats.stages[i].unaccounted),
                    service - stats.stages[i].busy});
    }
    checks.time_accounting.held = checks.time_accounting.value <= kMostUnaccounted;
  }
  if (ledger.answered() > 0) {
    checks.partition.known = true;
    checks.partition.value =
        static_cast<double>(ledger.uneven()) / static_cast<double>(ledger.answered());
    checks.partition.held = ledger.uneven() == 0;
  }
  checks.cpu = check_cpu(sum, sources.books.shape().one_thread, ns_per_tick);
  return checks;
}

}  // namespace

Ticks long_write_ticks(double ns_per_tick) {
  return static_cast<Ticks>(WriteMeter::kLongWriteNs / ns_per_tick);
}

std::array<StageTimes, kStages> read_clocks(const Sources& sources, Ticks now) {
  const Ticks long_write = long_write_ticks(sources.clock.ns_per_tick());
  std::array<StageTimes, kStages> times;
  for (std::size_t i = 0; i < kStages; ++i) {
    times[i] = sources.clocks[i].read(now, long_write).times;
  }
  return times;
}

void summarize_headline(const Sources& sources, Period period, Stats& stats) {
  const LedgerView ledger = ledger_of(sources, period);
  const double ns_per_tick = sources.clock.ns_per_tick();
  stats.period = period;
  stats.total_messages = ledger.messages();
  if (period == Period::all) {
    const Ticks now = sources.clock.now();
    const Ticks first = first_received(sources.books);
    stats.elapsed_ns = stats.total_messages == 0 || now <= first
                           ? 0
                           : static_cast<double>(now - first) * ns_per_tick;
  } else {
    const SliceCounts sum = sum_of(slices_of(sources, period));
    stats.elapsed_ns = static_cast<double>(sum.length) * ns_per_tick;
  }
  stats.throughput_per_second =
      stats.elapsed_ns <= 0 ? 0
                            : static_cast<double>(stats.total_messages) * 1e9 / stats.elapsed_ns;
  stats.latency.avg = mean_ns(ledger.sum(kEndToEnd), ledger.answered(), ns_per_tick);
  stats.latency.p99 = percentile_ns(ledger, kEndToEnd, 0.99, ns_per_tick);
}

void summarize(const Sources& sources, Period period, Stats& stats) {
  summarize_headline(sources, period, stats);
  const LedgerView ledger = ledger_of(sources, period);
  const double ns_per_tick = sources.clock.ns_per_tick();
  const Ticks now = sources.clock.now();
  const std::span<const Slice> slices = slices_of(sources, period);
  const SliceCounts sum = sum_of(slices);
  stats.latency = durations(ledger, kEndToEnd, ns_per_tick, true);
  summarize_components(ledger, ns_per_tick, stats);
  if (period == Period::all) {
    share_all_time(sources, now, stats);
  } else {
    share_slices(sum, stats);
  }
  for (std::size_t i = 0; i < kTroubles; ++i) stats.troubles[i] = ledger.trouble(i);
  summarize_types(sources.books, ledger, ns_per_tick, stats);
  stats.blocked_ms = blocked_ms(sources, now, ns_per_tick);
  stats.sent_unprompted = ledger.sent_unprompted();
  stats.timestamp_ns = sources.timestamp_ns;
  stats.clock_name = sources.clock.name();
  stats.cpus = sources.cpus;
  stats.checks = check(ledger, sum, sources, stats);
  stats.verdict = judge({stats.stages,
                         {stats.share_of_mean[0], stats.share_of_mean[2], stats.share_of_mean[4]},
                         slices,
                         sources.books.shape(),
                         stats.checks,
                         stats.total_messages,
                         stats.elapsed_ns,
                         ns_per_tick,
                         sources.cpus,
                         largest_await(stats)});
}

double timestamp_cost_ns(const Clock& clock) {
  constexpr int kReadings = 100;
  Ticks sink = 0;
  const std::uint64_t start = monotonic_ns();
  for (int i = 0; i < kReadings; ++i) sink += clock.now();
  const std::uint64_t end = monotonic_ns();
  asm volatile("" : : "r"(sink));  // the readings were wanted
  return static_cast<double>(end - start) / kReadings;
}

}  // namespace narrows::profile
