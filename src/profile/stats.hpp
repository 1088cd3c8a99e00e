// SPDX-License-Identifier: MIT
// What the books say at one moment, in nanoseconds and shares: the figures of `bench_stats`.
//
// Threads: summarize() wants the books held (see BooksLatch); a Stats belongs to its holder.
// Cost: at most 50 µs, the headline alone at most 5; no allocation once `types` has its size.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "profile/books.hpp"
#include "profile/component.hpp"
#include "profile/stage_clock.hpp"
#include "profile/verdict.hpp"

namespace narrows::profile {

struct Durations {  // nanoseconds
  double avg = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double max = 0;
};

struct TypeStats {
  std::string_view name;  // the books'
  std::uint64_t count = 0;
  double avg_ns = 0;
  double p99_ns = 0;
};

/// The component `await`, of all messages: of those whose handlers did not wait it is 0.
struct Awaited {
  bool is_there = false;  // some waited
  Durations durations;
  double share_of_mean = 0;
  double share_of_tail = 0;
};

/// Since the start or the last reset; or the last second that is over.
enum class Period : std::uint8_t { all, last };

struct Stats {
  Period period = Period::all;
  std::uint64_t total_messages = 0;
  double elapsed_ns = 0;
  double throughput_per_second = 0;
  Durations latency;
  std::array<Durations, kComponents> components;
  std::array<double, kComponents> share_of_mean{};
  std::array<double, kComponents> share_of_tail{};  // of the slowest hundredth's mean
  Awaited await;
  std::array<double, kStages> scv{};  // squared coefficient of variation of the services
  std::array<StageShares, kStages> stages;
  Checks checks;
  Verdict verdict;
  std::array<std::uint64_t, kTroubles> troubles{};
  std::uint64_t blocked_ms = 0;
  std::uint64_t sent_unprompted = 0;  // messages of the node's own
  std::vector<TypeStats> types;       // those that were seen
  double timestamp_ns = 0;
  const char* clock_name = "";
  double cpus = 0;  // that the process may use
};

/// All that a summary is drawn from. Everything is referred to.
struct Sources {
  const Books& books;
  const std::array<StageClock, kStages>& clocks;
  const Clock& clock;
  double timestamp_ns;
  double cpus;
};

/// A write under way for longer counts as blocked (WriteMeter::kLongWriteNs), in ticks.
[[nodiscard]] Ticks long_write_ticks(double ns_per_tick);

/// Total, elapsed, throughput, mean and 99th percentile only.
void summarize_headline(const Sources& sources, Period period, Stats& stats);
void summarize(const Sources& sources, Period period, Stats& stats);

/// The stages' clocks at `now`.
[[nodiscard]] std::array<StageTimes, kStages> read_clocks(const Sources& sources, Ticks now);

/// What one stamp costs, measured by taking some; about a microsecond.
[[nodiscard]] double timestamp_cost_ns(const Clock& clock);

}  // namespace narrows::profile
