// SPDX-License-Identifier: MIT
// What the clients of a node see, as it happens: latencies, how late the sends were, and each
// second's share of them.
//
// Times are nanoseconds since the start of the run. What was due in the warm-up is not measured.
// Bound: fixed, but for the series: kMostPoints points, after which each stands for twice the time.
// Threads: one.
#pragma once

#include <cstdint>
#include <vector>

#include "outstanding.hpp"
#include "process_tree.hpp"
#include "profile/histogram.hpp"

namespace narrows::tools {

/// In microseconds.
struct Summary {
  std::uint64_t count = 0;
  double avg = 0, p50 = 0, p90 = 0, p99 = 0, p999 = 0, max = 0;
};

/// A distribution of times. Error: half a 512th of the value.
class Distribution {
 public:
  void record(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(ns < 0 ? 0 : ns);
    histogram_.record(value);
    sum_ += static_cast<double>(value);
    if (value > max_) max_ = value;
    ++count_;
  }
  void clear();
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] Summary summary() const;
  [[nodiscard]] double p99_ns() const;
  [[nodiscard]] const profile::Histogram<9>& histogram() const { return histogram_; }

 private:
  profile::Histogram<9> histogram_;
  double sum_ = 0;
  std::uint64_t max_ = 0;
  std::uint64_t count_ = 0;
};

/// One second of a run, or as many as `seconds` says; at its end.
struct Point {
  double end_s = 0;  // since the start; below 0 and a little above: the warm-up
  double seconds = 0;
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  double p50_us = 0, p99_us = 0, max_us = 0;  // of the replies that came in it
  Usage usage;                                // of the node: what was used in it; memory at its end
  std::uint64_t bytes_in = 0;                 // written to the node
  std::uint64_t bytes_out = 0;                // read from it
  double write_blocked_s = 0;
};

class Figures {
 public:
  static constexpr std::size_t kMostPoints = 50'000;

  /// What is due in [from, until) is measured.
  void measure(std::int64_t from, std::int64_t until) {
    from_ = from;
    until_ = until;
  }
  /// A request was offered to the pipe; before `free` that had no room.
  void offered(std::int64_t due, std::int64_t now, std::int64_t free) {
    ++second_sent_;
    if (due < from_ || due >= until_) return;
    ++due_;
    send_lag_.record(now - (due > free ? due : free));
  }
  /// It has its first reply.
  void answered(const SendTimes& times, std::int64_t now) {
    const std::int64_t latency = now - times.due;
    second_.record(latency);
    if (now >= from_ && now < until_) ++answered_in_time_;
    total_ns_ += static_cast<double>(latency);
    ++total_;
    if (times.due < from_ || times.due >= until_) return;
    latency_.record(latency);
    uncorrected_.record(now - times.sent);
  }
  /// It will get none, or was not even sent: it has waited until now.
  void never_answered(std::int64_t due, std::int64_t now) {
    if (due >= from_ && due < until_) latency_.record(now - due);
  }
  void never_sent(std::int64_t due, std::int64_t now) {
    if (due >= from_ && due < until_) ++due_;
    never_answered(due, now);
  }
  /// A second is over: the rest of the point is filled in from the replies that came in it.
  void close_second(Point point);

  [[nodiscard]] const Distribution& latency() const { return latency_; }
  /// Of the replies that came in the last second of the series.
  [[nodiscard]] const Summary& last_second() const { return last_second_; }
  [[nodiscard]] const Distribution& uncorrected() const { return uncorrected_; }
  [[nodiscard]] const Distribution& send_lag() const { return send_lag_; }
  [[nodiscard]] const std::vector<Point>& series() const { return series_; }
  /// Requests that were due while it was measured.
  [[nodiscard]] std::uint64_t due() const { return due_; }
  /// Replies that came while measured requests were due.
  [[nodiscard]] std::uint64_t answered_in_time() const { return answered_in_time_; }
  /// Of all requests, those of the warm-up included.
  [[nodiscard]] double mean_of_all_us() const {
    return total_ == 0 ? 0 : total_ns_ / static_cast<double>(total_) / 1000;
  }

 private:
  void halve_series();

  std::int64_t from_ = 0;
  std::int64_t until_ = INT64_MAX;
  Distribution latency_;
  Distribution uncorrected_;
  Distribution send_lag_;
  Distribution second_;
  Summary last_second_;
  std::uint64_t second_sent_ = 0;
  std::uint64_t due_ = 0;
  std::uint64_t answered_in_time_ = 0;
  double total_ns_ = 0;
  std::uint64_t total_ = 0;
  std::vector<Point> series_;
  std::size_t seconds_a_point_ = 1;
  std::size_t merged_ = 0;  // of the last point; 0: all of it
};

}  // namespace narrows::tools
