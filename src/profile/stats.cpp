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

/// A bucket's middle can lie above the largest value in it.
double percentile_ns(const Books& books, std::size_t series, double quantile, double ns_per_tick) {
  if (books.answered() == 0) return 0;
  const double ticks = books.at_rank(rank_of(quantile, books.answered()), series);
  return std::min(ticks, static_cast<double>(books.largest(series))) * ns_per_tick;
}

Durations durations(const Books& books, std::size_t series, double ns_per_tick, bool all) {
  const auto at = [&](double quantile) {
    return percentile_ns(books, series, quantile, ns_per_tick);
  };
  Durations result;
  result.avg = mean_ns(books.sum(series), books.answered(), ns_per_tick);
  result.p50 = at(0.5);
  result.p99 = at(0.99);
  if (all) {
    result.p90 = at(0.9);
    result.p999 = at(0.999);
  }
  result.max = static_cast<double>(books.largest(series)) * ns_per_tick;
  return result;
}

void summarize_types(const Books& books, double ns_per_tick, Stats& stats) {
  stats.types.clear();
  for (const Books::TypeBook& type : books.types()) {
    if (type.count == 0) continue;
    TypeStats& entry = stats.types.emplace_back();
    entry.name = type.name;
    entry.count = type.count;
    entry.avg_ns = mean_ns(type.sum, type.answered, ns_per_tick);
    if (type.histogram != nullptr && type.answered != 0) {
      const double ticks = type.histogram->at_rank(rank_of(0.99, type.answered));
      entry.p99_ns =
          std::min(ticks, static_cast<double>(books.largest(Books::kEndToEnd))) * ns_per_tick;
    }
  }
}

/// Shares of the time since the period's first message. Before it the stages were idle, so what the
/// period has waited for it is taken off their idle time.
void summarize_stages(const Sources& sources, Ticks now, double ns_per_tick, Stats& stats) {
  const Books& books = sources.books;
  const Ticks start = books.period_start();
  const Ticks first = std::max(books.first_received(), start);
  const auto wall = static_cast<double>(now > first ? now - first : 0);
  const auto waited = static_cast<double>(first - start);
  const auto times = read_clocks(sources, now);
  for (std::size_t i = 0; i < kStages; ++i) {
    const StageTimes& before = books.times_at_start()[i];
    const auto busy = static_cast<double>(times[i].busy - before.busy);
    const auto blocked = static_cast<double>(times[i].blocked - before.blocked);
    const auto idle = std::max(0.0, static_cast<double>(times[i].idle - before.idle) - waited);
    StageShares& shares = stats.stages[i];
    shares = {};
    if (stats.total_messages == 0 || wall <= 0) continue;
    shares.busy = busy / wall;
    shares.blocked = blocked / wall;
    shares.idle = idle / wall;
    shares.unaccounted = 1 - shares.busy - shares.blocked - shares.idle;
  }
  const StageClock::Reading output =
      sources.clocks[kStages - 1].read(now, long_write_ticks(ns_per_tick));
  const Ticks since = output.writing_since;
  stats.blocked_ms =
      since == 0 || now < since
          ? 0
          : static_cast<std::uint64_t>(static_cast<double>(now - since) * ns_per_tick / 1e6);
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

void summarize_headline(const Sources& sources, Stats& stats) {
  const Books& books = sources.books;
  const double ns_per_tick = sources.clock.ns_per_tick();
  const Ticks now = sources.clock.now();
  const Ticks first = books.first_received();
  stats.total_messages = books.messages();
  stats.elapsed_ns = stats.total_messages == 0 || now <= first
                         ? 0
                         : static_cast<double>(now - first) * ns_per_tick;
  stats.throughput_per_second =
      stats.elapsed_ns <= 0 ? 0
                            : static_cast<double>(stats.total_messages) * 1e9 / stats.elapsed_ns;
  stats.latency.avg = mean_ns(books.sum(Books::kEndToEnd), books.answered(), ns_per_tick);
  stats.latency.p99 = percentile_ns(books, Books::kEndToEnd, 0.99, ns_per_tick);
}

void summarize(const Sources& sources, Stats& stats) {
  summarize_headline(sources, stats);
  const Books& books = sources.books;
  const double ns_per_tick = sources.clock.ns_per_tick();
  stats.latency = durations(books, Books::kEndToEnd, ns_per_tick, true);
  for (std::size_t i = 0; i < kComponents; ++i) {
    stats.components[i] = durations(books, i, ns_per_tick, false);
    stats.share_of_mean[i] =
        stats.latency.avg > 0 ? stats.components[i].avg / stats.latency.avg : 0;
  }
  summarize_stages(sources, sources.clock.now(), ns_per_tick, stats);
  for (std::size_t i = 0; i < kTroubles; ++i) stats.troubles[i] = books.trouble(i);
  summarize_types(books, ns_per_tick, stats);
  stats.timestamp_ns = sources.timestamp_ns;
  stats.clock_name = sources.clock.name();
  stats.verdict = judge({stats.stages, stats.total_messages, stats.elapsed_ns,
                         stats.throughput_per_second, sources.one_thread});
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
