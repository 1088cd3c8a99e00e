// SPDX-License-Identifier: MIT
// The books: what became of every message since the start or the last reset.
//
// Threads: one at a time; profile::BooksLatch says whose turn it is.
// Cost: eight histograms and a sum each a message, about 15 ns. Allocates when a type is first
// seen.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "profile/component.hpp"
#include "profile/histogram.hpp"
#include "profile/stage_clock.hpp"

namespace narrows::profile {

#if defined(NARROWS_WITHOUT_STAMPS)
inline constexpr bool kStamps = false;  // for the benchmark that tells what they cost
#else
inline constexpr bool kStamps = true;
#endif

/// How a line ended, other than well.
enum class Trouble : std::uint8_t {
  malformed_line,
  oversized_line,
  blank_line,
  malformed_request,
  unknown_type,
  before_init,
  init_conflict,
  handler_error,
  late_reply,
  none
};
inline constexpr std::size_t kTroubles = 9;
inline constexpr std::array<std::string_view, kTroubles> kTroubleNames{
    "malformed_lines", "oversized_lines", "blank_lines",    "malformed_requests", "unknown_types",
    "before_init",     "init_conflicts",  "handler_errors", "late_replies"};

__extension__ using WideSum = unsigned __int128;

class Books {
 public:
  /// `types`: the registered types' names by their number; 0 is "other".
  explicit Books(std::vector<std::string> types);

  /// Messages are recorded in runs: what a run adds up is put into the books by end_run().
  void record(const Stamps& stamps, std::uint16_t type);
  /// A message that closed without an answer: counted, but not in the latencies.
  void record_unanswered(Ticks t0, std::uint16_t type);
  void end_run();

  void count(Trouble trouble, std::uint64_t lines) {
    troubles_[static_cast<std::size_t>(trouble)] += lines;
  }

  /// Starts anew, at `now`, when the stages' clocks read `times`.
  void reset(Ticks now, const std::array<StageTimes, kStages>& times);

  struct TypeBook {
    std::string name;
    std::uint64_t count = 0;
    std::uint64_t answered = 0;
    WideSum sum = 0;
    std::unique_ptr<Histogram<6>> histogram;  // made on first use
  };

  [[nodiscard]] std::uint64_t messages() const { return messages_; }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }

  /// Of a component, or kEndToEnd: exact sum and largest duration, and their distribution, in
  /// ticks.
  static constexpr std::size_t kEndToEnd = kComponents;
  [[nodiscard]] WideSum sum(std::size_t series) const { return sums_[series]; }
  [[nodiscard]] Ticks largest(std::size_t series) const { return largest_[series]; }
  [[nodiscard]] double at_rank(std::uint64_t rank, std::size_t series) const {
    return histograms_.at_rank(rank, series);
  }

  [[nodiscard]] std::uint64_t trouble(std::size_t index) const { return troubles_[index]; }
  [[nodiscard]] const std::vector<TypeBook>& types() const { return types_; }
  /// t0 of the first message; meaningful when there is one.
  [[nodiscard]] Ticks first_received() const { return first_received_; }
  [[nodiscard]] Ticks period_start() const { return period_start_; }
  [[nodiscard]] const std::array<StageTimes, kStages>& times_at_start() const { return at_start_; }

 private:
  void count_message(Ticks t0, TypeBook& type) {
    if (messages_++ == 0) first_received_ = t0;
    ++type.count;
  }

  static constexpr std::size_t kSeries = kComponents + 1;

  Histograms<9, kSeries> histograms_;
  std::array<WideSum, kSeries> sums_{};
  std::array<std::uint64_t, kSeries> run_sums_{};
  std::array<Ticks, kSeries> largest_{};
  std::array<std::uint64_t, kTroubles> troubles_{};
  std::vector<TypeBook> types_;
  std::uint64_t messages_ = 0;
  std::uint64_t answered_ = 0;
  Ticks first_received_ = 0;
  Ticks period_start_ = 0;
  std::array<StageTimes, kStages> at_start_{};
};

inline void Books::record(const Stamps& s, std::uint16_t type) {
  TypeBook& book = types_[type];
  count_message(s.t0, book);
  ++answered_;
  ++book.answered;
  if constexpr (!kStamps) return;
  const std::array<Ticks, kSeries> durations{s.t1 - s.t0, s.t2 - s.t1, s.t3 - s.t2, s.t4 - s.t3,
                                             s.t5 - s.t4, s.t6 - s.t5, s.t7 - s.t6, s.t7 - s.t0};
  for (std::size_t i = 0; i < kSeries; ++i) {
    histograms_.record(durations[i], i);
    run_sums_[i] += durations[i];
    if (durations[i] > largest_[i]) [[unlikely]]
      largest_[i] = durations[i];
  }
  if (book.histogram == nullptr) [[unlikely]]
    book.histogram = std::make_unique<Histogram<6>>();
  book.histogram->record(durations[kEndToEnd]);
  book.sum += durations[kEndToEnd];
}

inline void Books::record_unanswered(Ticks t0, std::uint16_t type) {
  count_message(t0, types_[type]);
}

}  // namespace narrows::profile
