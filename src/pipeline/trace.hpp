// SPDX-License-Identifier: MIT
// Which messages are traced (`--trace`), and how the serializer hands them to the reporter.
//
// Traced is one answered message in N, counted over all, and each that took longer than a
// threshold. Messages that close without an answer have no way to show, nor have the node's own.
// Order: samples come out as they were booked.
// Bound: a ring of kSamples, and kMostSlow slow ones in a quarter of a second (when the load rises,
//   all messages are slow for a moment); the others are dropped and counted.
// Threads: take() and refresh_threshold() are the serializer's, set_threshold() anybody's; drain(),
//   waiting(), is_urgent(), ask_to_be_woken() and dropped() the reporter's.
// Cost: some nanoseconds a run of rows; about 30 more a sample. A run in which some rows are not
//   answered and a sample is due is walked through, a nanosecond a row.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/parking.hpp"
#include "pipeline/batch.hpp"
#include "profile/books.hpp"
#include "profile/component.hpp"

namespace narrows::pipeline {

/// One traced message.
struct TraceSample {
  profile::Stamps stamps;
  std::uint64_t msg_id;
  std::uint64_t in_reply_to;
  TypeId type;     // the request's
  bool is_nth;     // it was its turn
  bool is_slow;    // it took longer than the threshold
  bool is_answer;  // in_reply_to is there
  Ticks awaited;   // of t3 to t4: the handler was suspended
};

/// Rows that were written together, as the serializer books them: [first, end) of `batch`.
struct TraceRun {
  const OutBatch& batch;
  std::uint32_t first;
  std::uint32_t end;
  std::uint32_t next_origin;  // of the first row that begins a chain
  Origin chain;               // of the first row, if that does not
  Ticks t5;                   // of the first row; the others' is the previous one's t6
  const Ticks* t6;            // by row
  Ticks t7;
  std::uint64_t answered;  // how many of the rows are messages with an answer, and counted

  [[nodiscard]] bool begins_chain(std::uint32_t row) const {
    return (batch.rows[row].flags & OutFlags::kNewOrigin) != 0;
  }
  /// Not later than any row's t0: a row whose handler waited may be older than those before it.
  [[nodiscard]] Ticks earliest_t0() const {
    Ticks earliest = first != end && begins_chain(first) ? t7 : chain.t0;
    for (std::uint32_t i = next_origin; i < batch.origin_count; ++i) {
      earliest = std::min(earliest, batch.origins[i].t0);
    }
    return earliest;
  }
};

/// From one thread to another: nobody waits for anybody.
class TraceRing {
 public:
  static constexpr std::size_t kSamples = 4096;

  TraceRing() : slots_(std::make_unique_for_overwrite<TraceSample[]>(kSamples)) {}

  /// The giver: a slot for the next sample, or null when there is none.
  [[nodiscard]] TraceSample* next() {
    if (written_ - read_seen_ == kSamples) {
      read_seen_ = read_.load(std::memory_order_acquire);  // the reader is done with the slot
      if (written_ - read_seen_ == kSamples) return nullptr;
    }
    return &slots_[written_++ % kSamples];
  }
  [[nodiscard]] bool has_unpublished() const {
    return written_ != published_.load(std::memory_order_relaxed);
  }
  /// The giver: the taker may see what was written. Sequentially consistent, see Tracer::publish().
  void publish() { published_.store(written_); }

  /// The taker: calls use(sample) for so many of those that are there.
  template <typename Use>
  void drain(std::size_t samples, Use use) {
    std::uint64_t at = read_.load(std::memory_order_relaxed);
    for (const std::uint64_t end = at + samples; at != end;) {
      use(slots_[at % kSamples]);
      read_.store(++at, std::memory_order_release);  // the slot may be written again
    }
  }
  /// The taker. Sequentially consistent, see Tracer::ask_to_be_woken().
  [[nodiscard]] std::size_t size() const {
    return static_cast<std::size_t>(published_.load() - read_.load(std::memory_order_relaxed));
  }

 private:
  const std::unique_ptr<TraceSample[]> slots_;
  // The giver's.
  std::uint64_t written_ = 0;
  std::uint64_t read_seen_ = 0;
  std::atomic<std::uint64_t> published_{0};
  // The taker's.
  alignas(64) std::atomic<std::uint64_t> read_{0};
};

class Tracer {
 public:
  static constexpr Ticks kNever = std::numeric_limits<Ticks>::max();
  static constexpr std::uint32_t kMostSlow = kRows;  // whoever held up a batch is among its rows

  /// `types`: the registered types' names by number. `reporter_sleeps`: where it is woken.
  Tracer(std::vector<std::string> types, std::uint64_t every, const Clock& clock,
         Parking& reporter_sleeps)
      : types_(std::move(types)),
        every_(every),
        clock_(clock),
        start_(clock.now()),
        reporter_(reporter_sleeps),
        countdown_(every) {}

  /// What was just booked. The texts that its rows point to must still be there.
  void take(const TraceRun& run) {
    const Ticks threshold = threshold_.load(std::memory_order_relaxed);
    if (run.answered >= countdown_ || run.t7 - run.earliest_t0() > threshold) return pick(run);
    countdown_ -= run.answered;
  }

  /// Messages that take longer are slow.
  void set_threshold(Ticks ticks) { threshold_.store(ticks, std::memory_order_relaxed); }
  /// Four times a second: from the last second that is over, or if it had too few from all.
  void refresh_threshold(const profile::Books& books, Ticks now) {
    if (now >= refresh_at_) [[unlikely]]
      set_threshold_from(books, now);
  }

  /// Samples that wait in the ring.
  [[nodiscard]] std::size_t waiting() const { return ring_.size(); }
  /// Calls use(sample) for so many of them, the oldest first.
  template <typename Use>
  void drain(std::size_t samples, Use use) {
    ring_.drain(samples, use);
  }
  /// The ring fills up: drain it before the time.
  [[nodiscard]] bool is_urgent() const { return ring_.size() >= TraceRing::kSamples / 2; }
  /// Before a long sleep: the next sample wakes the reporter. False when one is there already.
  [[nodiscard]] bool ask_to_be_woken();
  /// Samples that there should have been, since the start.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }

  [[nodiscard]] const std::vector<std::string>& types() const { return types_; }
  [[nodiscard]] std::uint64_t every() const { return every_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] Ticks start() const { return start_; }

 private:
  void pick(const TraceRun& run);
  std::uint64_t pick_nth(const TraceRun& run, bool is_slow);
  void walk(const TraceRun& run, Ticks threshold);
  void consider(const TraceRun& run, std::uint32_t row, const Origin& chain, Ticks threshold);
  void add(const TraceRun& run, std::uint32_t row, const Origin& chain, bool is_nth, bool is_slow);
  void drop(std::uint64_t samples);
  void publish();
  [[nodiscard]] std::uint32_t slow_left(Ticks now);
  [[nodiscard]] Ticks quarter() const;
  void set_threshold_from(const profile::Books& books, Ticks now);

  const std::vector<std::string> types_;
  const std::uint64_t every_;
  const Clock& clock_;
  const Ticks start_;
  Parking& reporter_;
  std::atomic<bool> reporter_asleep_{false};  // until the next sample
  std::atomic<std::uint64_t> dropped_{0};     // the serializer counts, the reporter reads
  TraceRing ring_;
  // The serializer's.
  std::uint64_t countdown_;  // answered messages to the next whose turn it is, itself included
  Ticks refresh_at_ = 0;
  Ticks slow_until_ = 0;  // slow_left_ is of the time before
  std::uint32_t slow_left_ = 0;
  std::atomic<Ticks> threshold_{kNever};
};

}  // namespace narrows::pipeline
