// SPDX-License-Identifier: MIT
// Which of the numbered requests still wait for their first reply, and since when.
//
// Bound: kWindow entries of 16 bytes, and one more for each request that stays unanswered while
//   kWindow later ones are sent; whoever sends bounds those.
// Cost: a few nanoseconds a request.
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

namespace narrows::tools {

/// Of one request, in nanoseconds since the start of the run.
struct SendTimes {
  std::int64_t due = 0;   // when it was meant to be sent
  std::int64_t sent = 0;  // when the pipe had taken its last byte
};

class Outstanding {
 public:
  enum class Answer { first, again, unknown };

  Outstanding() : times_(kWindow) {}

  /// The next request, due then, is on its way.
  void add(std::int64_t due) {
    if (next_ - oldest_ == kWindow) leave_oldest_behind();
    times_[next_++ % kWindow] = {due, due};
    ++waiting_;
  }
  /// The next `requests` of them were written whole.
  void sent(std::uint64_t requests, std::int64_t now) {
    for (; requests > 0; --requests, ++unsent_) {
      if (unsent_ >= oldest_) times_[unsent_ % kWindow].sent = now;
    }
  }
  /// A reply to request `index` has come. Sets `times` if it is the first.
  Answer answer(std::uint64_t index, SendTimes& times) {
    if (index >= next_) return Answer::unknown;
    if (index < oldest_) return answer_late(index, times);
    SendTimes& entry = times_[index % kWindow];
    if (entry.due == kAnswered) return Answer::again;
    times = entry;
    entry.due = kAnswered;
    --waiting_;
    if (index == oldest_) pass_answered();
    return Answer::first;
  }

  /// When those that wait were due.
  template <typename Visit>
  void for_each_waiting(Visit visit) const {
    for (const LeftBehind& entry : left_behind_) {
      if (entry.due != kAnswered) visit(entry.due);
    }
    for (std::uint64_t index = oldest_; index < next_; ++index) {
      if (const std::int64_t due = times_[index % kWindow].due; due != kAnswered) visit(due);
    }
  }

  [[nodiscard]] std::uint64_t waiting() const { return waiting_; }

 private:
  static constexpr std::uint64_t kWindow = std::uint64_t{1} << 20;
  static constexpr std::int64_t kAnswered = INT64_MIN;

  struct LeftBehind {
    std::uint64_t index;
    std::int64_t due;
  };

  void pass_answered() {
    while (oldest_ < next_ && times_[oldest_ % kWindow].due == kAnswered) ++oldest_;
  }
  void leave_oldest_behind();
  Answer answer_late(std::uint64_t index, SendTimes& times);

  std::vector<SendTimes> times_;        // a ring: those of [oldest_, next_)
  std::deque<LeftBehind> left_behind_;  // those unanswered before oldest_, in order
  std::uint64_t oldest_ = 0;            // all before it are answered or left behind
  std::uint64_t next_ = 0;              // the next to be added
  std::uint64_t unsent_ = 0;            // the next to be written whole
  std::uint64_t waiting_ = 0;
};

}  // namespace narrows::tools
