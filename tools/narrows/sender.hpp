// SPDX-License-Identifier: MIT
// Sends the requests of a load when they are due, as far as the pipe to the node takes them.
//
// Times are nanoseconds since the start of the load.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "driver.hpp"
#include "figures.hpp"
#include "load.hpp"
#include "replies.hpp"
#include "requests.hpp"
#include "schedule.hpp"

namespace narrows::tools {

/// Room in the pipe to the node that suits a load.
[[nodiscard]] std::size_t pipe_bytes(const Load& load);

class Sender {
 public:
  /// In an open loop no more are sent while so many wait.
  static constexpr std::uint64_t kMostUnanswered = 2'000'000;

  Sender(const Load& load, Driver& driver, Checker& checker, Figures& figures);

  /// The load starts now; what is due from `until` on is not sent.
  void start(Driver::Clock::time_point now, std::int64_t until);

  /// Renders and writes what is due, unless what was rendered before is not written yet.
  void offer(std::int64_t now);
  /// Writes more of what was rendered: the pipe has room.
  void write();
  /// Nothing more will be rendered.
  [[nodiscard]] bool is_done(std::int64_t now);
  /// When there will be something to send, whatever the node does; INT64_MAX: never.
  [[nodiscard]] std::int64_t next_ns(std::int64_t now) const;

  /// A line of its own, beside the load, goes out as soon as the one that is being written is
  /// whole. Precondition: the last one has been written.
  void interject(std::string line) { question_ = std::move(line); }

  /// The end of a line of which the pipe has the beginning, and what was interjected; empty if
  /// there is neither. The line counts as unsent; whoever writes more than that writes it first.
  [[nodiscard]] std::string rest_of_line() const {
    return std::string(requests_.rest_of_line()).append(question_);
  }

  /// There is something for the pipe.
  [[nodiscard]] bool wants_to_write() const {
    return !requests_.unsent().empty() || !question_.empty();
  }
  [[nodiscard]] std::uint64_t rendered() const { return requests_.rendered(); }
  [[nodiscard]] std::uint64_t written() const { return requests_.written(); }
  /// An open loop was held up by kMostUnanswered.
  [[nodiscard]] bool too_many_unanswered() const { return too_many_unanswered_; }
  /// For how long the pipe was full, all in all.
  [[nodiscard]] std::int64_t blocked_ns(std::int64_t now) const {
    return blocked_ns_ + (blocked_since_ >= 0 ? now - blocked_since_ : 0);
  }

  /// What was due and is not written. Its latency so far goes into the figures.
  struct Rest {
    std::uint64_t unsent = 0;
    std::uint64_t held_back = 0;  // of these, although the pipe had room
  };
  Rest give_up(std::int64_t now);

 private:
  std::uint64_t note_due(std::int64_t now);
  [[nodiscard]] std::string_view next_bytes() const;
  [[nodiscard]] std::int64_t since_start() const;

  const Load load_;
  Driver& driver_;
  Checker& checker_;
  Figures& figures_;
  Requests requests_;
  Schedule schedule_;
  Driver::Clock::time_point start_;
  std::int64_t until_ = INT64_MAX;
  std::string question_;             // what is unsent of it
  std::vector<std::int64_t> due_;    // times of requests that are due and not rendered
  std::int64_t blocked_since_ = -1;  // the pipe is full; -1: it is not
  std::int64_t blocked_ns_ = 0;      // before that
  std::int64_t free_since_ = 0;      // before that the pipe was full
  bool stopped_full_ = false;        // it was so at the end of the load
  bool too_many_unanswered_ = false;
};

}  // namespace narrows::tools
