// SPDX-License-Identifier: MIT
// The books: what became of every message since the start or the last reset, and of those of the
// last second.
//
// What comes goes into the ledger of this second alone; a second that is over is added to those
// before it. So `all` is two ledgers, and recording costs the same whatever is kept.
// Threads: one at a time; profile::BooksLatch says whose turn it is.
// Cost: seven histograms and their sums a message, about 15 ns; one more a run; some 10 µs every
//   50 ms, some 50 every second, some 20 every 256 runs; some 50 ns a message whose handler waited.
//   Allocates when a type is first seen, and when a message first waited.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "profile/component.hpp"
#include "profile/counterfactual.hpp"
#include "profile/ledger.hpp"
#include "profile/run.hpp"
#include "profile/slice.hpp"
#include "profile/stage_clock.hpp"

namespace narrows::profile {

#if defined(NARROWS_WITHOUT_STAMPS)
inline constexpr bool kStamps = false;  // for the benchmark that tells what they cost
#else
inline constexpr bool kStamps = true;
#endif

/// What a node is like, as far as the verdict has to know it.
struct NodeShape {
  bool one_thread = false;       // the stages take turns on one thread
  double most_bytes = 64 << 10;  // of input that one read takes
  double most_messages = 1024;   // that one batch takes
  std::size_t batches = 16;      // that there are: the parser waits for one
};

class Books {
 public:
  /// `types`: the registered types' names by their number; 0 is "other".
  explicit Books(std::vector<std::string> types, const NodeShape& shape = {});

  /// A message that was answered. Those of a run share t0 and t7, and are recorded one after the
  /// other; end_run() then puts them into the books.
  void record(const Stamps& stamps, std::uint16_t type);
  /// `run.messages`: those of record_waited() that left with it; the others are counted here.
  void end_run(const Run& run);
  /// There are messages that end_run() has not put into the books yet.
  [[nodiscard]] bool has_run() const { return run_count_ != 0; }
  /// A message that was answered and whose handler was suspended for `awaited`, which is a part of
  /// t4 - t3. It has a t0 of its own, and may come between the messages of a run.
  void record_waited(const Stamps& stamps, Ticks awaited, std::uint16_t type);
  /// A message that closed without an answer: counted, but not in the latencies.
  void record_unanswered(Ticks t0, std::uint16_t type);
  /// What the stages' work on something else than an answered message took, by stage.
  void add_others(const std::array<Ticks, kStages>& ticks) {
    Slice& slice = timeline_.open();
    for (std::size_t i = 0; i < kStages; ++i) slice.others[i] += static_cast<double>(ticks[i]);
  }
  /// Messages of the node's own that were written.
  void count_sent(std::uint64_t messages) {
    current_.sent_unprompted += messages;
    timeline_.open().sent_unprompted += messages;
  }

  void count(Trouble trouble, std::uint64_t lines) {
    current_.troubles[static_cast<std::size_t>(trouble)] += lines;
  }

  /// Starts anew, at `now`, when the stages' clocks read `times`; a slice is so many ticks.
  void reset(Ticks now, const std::array<StageTimes, kStages>& times, const CpuTimes& cpu = {},
             Ticks slice_ticks = static_cast<Ticks>(Timeline::kSliceNs));

  /// A slice of time is over: turn_page() is due, before more is recorded.
  [[nodiscard]] bool is_page_full(Ticks now) const { return timeline_.is_due(now); }
  /// `slice_ticks`: how long the next one is to be.
  void turn_page(Ticks now, const std::array<StageTimes, kStages>& times, const CpuTimes& cpu,
                 Ticks slice_ticks);

  [[nodiscard]] LedgerView all() const { return {before_, current_}; }
  /// The last second that is over.
  [[nodiscard]] LedgerView last() const { return last_; }
  [[nodiscard]] const Timeline& timeline() const { return timeline_; }
  [[nodiscard]] const NodeShape& shape() const { return shape_; }
  [[nodiscard]] const std::vector<std::string>& types() const { return types_; }

  /// The earliest t0 of a message; meaningful when there is one.
  [[nodiscard]] Ticks first_received() const { return first_received_; }
  [[nodiscard]] Ticks period_start() const { return period_start_; }
  [[nodiscard]] const std::array<StageTimes, kStages>& times_at_start() const { return at_start_; }

 private:
  void count_message(Ticks t0, std::uint16_t type) {
    if (t0 < first_received_) [[unlikely]]
      first_received_ = t0;
    ++current_.messages;
    ++current_.types[type].count;
  }
  void turn_type(std::uint16_t type);
  void enter_type();
  Ledger::Type& made_histogram(std::uint16_t type);
  /// The sums of all components of messages of one latency. `bits`: set in any of their parts.
  void enter_latencies(Ticks latency, std::uint64_t count,
                       const std::array<std::uint64_t, kComponents>& sums, Ticks awaited,
                       Ticks bits);

  static constexpr Ticks kNever = ~Ticks{0};

  const std::vector<std::string> types_;
  const NodeShape shape_;
  Ledger before_;   // the seconds that are over
  Ledger last_;     // the last of them
  Ledger current_;  // this second's
  Timeline timeline_;
  Counterfactual counterfactual_;
  Run last_run_{};
  std::uint64_t counted_ = 0;  // messages up to the slice that is being filled
  Ticks first_received_ = kNever;
  Ticks period_start_ = 0;
  std::array<StageTimes, kStages> at_start_{};

  // The run at hand.
  std::array<std::uint64_t, kComponents> run_sums_{};
  std::uint64_t run_count_ = 0;
  Ticks run_latency_ = 0;
  Ticks run_bits_ = 0;            // set in any duration: the highest where one is negative
  std::uint16_t type_ = 0;        // of the latest messages, …
  std::uint64_t type_count_ = 0;  // so many
};

inline void Books::record(const Stamps& s, std::uint16_t type) {
  count_message(s.t0, type);
  ++run_count_;
  if (type != type_) [[unlikely]]
    turn_type(type);
  ++type_count_;
  if constexpr (!kStamps) return;
  const std::array<Ticks, kComponents> durations{s.t1 - s.t0, s.t2 - s.t1, s.t3 - s.t2, s.t4 - s.t3,
                                                 s.t5 - s.t4, s.t6 - s.t5, s.t7 - s.t6};
  run_latency_ = s.t7 - s.t0;
  for (std::size_t i = 0; i < kComponents; ++i) {
    current_.histograms.record(durations[i], i);
    run_sums_[i] += durations[i];
    run_bits_ |= durations[i];
    if (durations[i] > current_.largest[i]) [[unlikely]]
      current_.largest[i] = durations[i];
  }
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    const auto service = static_cast<double>(durations[2 * stage + 1]);
    current_.squares[stage] += service * service;
  }
}

inline void Books::record_unanswered(Ticks t0, std::uint16_t type) { count_message(t0, type); }

}  // namespace narrows::profile
