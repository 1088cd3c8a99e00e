// SPDX-License-Identifier: MIT
#include "sender.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>

namespace narrows::tools {
namespace {

constexpr std::uint64_t kMostInFlight = 64 << 10;      // requests, at most speed
constexpr std::uint64_t kMostBytesInFlight = 4 << 20;  // or one request
constexpr std::size_t kMostDue = 4096;                 // noted at once
constexpr std::int64_t kLate = 1'000'000'000;          // after that nothing more is sent
/// A core that sleeps takes 0.1 to 0.3 ms to wake up on a virtual machine. So at low rates, while
/// the node has nothing to do, the generator awaits so much of the time before a send awake.
constexpr std::int64_t kAwake = 300'000;
constexpr double kLowRate = 1000;

}  // namespace

/// At most speed as much as helps. Else what is due in 50 ms: what
/// waits there is a queue that the node does not see, and the less there is of it, the sooner its
/// back-pressure is felt.
std::size_t pipe_bytes(const Load& load) {
  constexpr double kMost = 1 << 20;
  constexpr double kLeast = 4096;
  if (load.pace != Pace::rate) return static_cast<std::size_t>(kMost);
  const double bytes = load.rate * 0.05 * static_cast<double>(load.line_bytes);
  return static_cast<std::size_t>(std::clamp(bytes, kLeast, kMost));
}

Sender::Sender(const Load& load, Driver& driver, Checker& checker, Figures& figures)
    : load_(load),
      driver_(driver),
      checker_(checker),
      figures_(figures),
      requests_(load),
      schedule_(load.pace == Pace::rate ? load.rate : 1, load.arrivals, load.seed) {}

void Sender::start(Driver::Clock::time_point now, std::int64_t until) {
  start_ = now;
  until_ = until;
}

std::int64_t Sender::since_start() const {
  return std::chrono::nanoseconds(Driver::Clock::now() - start_).count();
}

/// What is due before the end is sent even if it is a little late; but not what piled up before a
/// full pipe.
bool Sender::is_done(std::int64_t now) {
  if (requests_.rendered() == load_.messages) return true;
  if (now < until_) return false;
  const bool is_due = !due_.empty() || schedule_.next_ns() < until_;
  stopped_full_ = stopped_full_ || (is_due && blocked_since_ >= 0);
  return load_.pace != Pace::rate || !is_due || stopped_full_ || now - until_ > kLate;
}

void Sender::offer(std::int64_t now) {
  if (wants_to_write() || is_done(now)) return;
  const std::uint64_t count = note_due(now);
  if (count == 0) return;
  const std::uint64_t rendered = requests_.render(count);
  for (std::uint64_t i = 0; i < rendered; ++i) {
    const std::int64_t due = due_.empty() ? now : due_[i];
    checker_.add(due);
    figures_.offered(due, now, free_since_);
  }
  if (!due_.empty()) due_.erase(due_.begin(), due_.begin() + static_cast<std::ptrdiff_t>(rendered));
  write();
}

/// How many requests are due; in an open loop their times are in due_.
std::uint64_t Sender::note_due(std::int64_t now) {
  const std::uint64_t left = load_.messages - requests_.rendered();
  const std::uint64_t waiting = checker_.waiting();
  if (load_.pace == Pace::rate) {
    while (due_.size() < std::min<std::uint64_t>(kMostDue, left) && schedule_.next_ns() <= now &&
           schedule_.next_ns() < until_) {
      due_.push_back(schedule_.next_ns());
      schedule_.advance();
    }
    too_many_unanswered_ = waiting > kMostUnanswered;
    return too_many_unanswered_ ? 0 : due_.size();
  }
  const std::uint64_t most =
      load_.pace == Pace::concurrency
          ? load_.concurrency
          : std::clamp<std::uint64_t>(kMostBytesInFlight / load_.line_bytes, 1, kMostInFlight);
  return std::min(left, most - std::min(most, waiting));
}

/// What the pipe is offered: a question, once no line is left half-written; else requests.
std::string_view Sender::next_bytes() const {
  if (question_.empty()) return requests_.unsent();
  const std::string_view rest = requests_.rest_of_line();
  return rest.empty() ? question_ : rest;
}

void Sender::write() {
  const std::string_view next = next_bytes();
  const bool asks = !question_.empty() && next.data() == question_.data();
  const std::int64_t before = since_start();
  const std::size_t bytes = driver_.write(next);
  const bool blocked = bytes < next.size() && !driver_.input_broken();
  if (asks) {
    question_.erase(0, bytes);
  } else {
    checker_.sent(requests_.wrote(bytes), before);  // the node may run before we do again
  }
  const std::int64_t now = since_start();
  if (blocked_since_ >= 0 && (bytes > 0 || !blocked)) {
    blocked_ns_ += now - blocked_since_;
    blocked_since_ = -1;
    free_since_ = now;
  }
  if (blocked && blocked_since_ < 0) blocked_since_ = now;
}

std::int64_t Sender::next_ns(std::int64_t now) const {
  if (load_.pace != Pace::rate || wants_to_write()) return INT64_MAX;
  if (!due_.empty()) return now;
  const bool awake = load_.rate <= kLowRate && checker_.waiting() == 0;
  return schedule_.next_ns() - (awake ? kAwake : 0);
}

Sender::Rest Sender::give_up(std::int64_t now) {
  Rest rest;
  rest.unsent = requests_.rendered() - requests_.written();
  const auto never_sent = [&](std::int64_t due) {
    figures_.never_sent(due, now);
    ++rest.unsent;
    if (!stopped_full_) ++rest.held_back;
  };
  for (const std::int64_t due : due_) never_sent(due);
  if (load_.pace != Pace::rate) return rest;
  for (; schedule_.next_ns() < until_; schedule_.advance()) never_sent(schedule_.next_ns());
  return rest;
}

}  // namespace narrows::tools
