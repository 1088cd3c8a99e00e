// SPDX-License-Identifier: MIT
// Lines for stderr, from any thread, that never hold up the one that writes them.
//
// A stage leaves a line here; the reporter prints it (LogPrinter). Of each kind of trouble one line
// a second of the node's clock gets through, the others are counted, and their number is said.
// Bound: kLines lines of kLineBytes; what does not fit is dropped and counted. Threads: any may
// write; take() and suppressed() are the reporter's; each kind of trouble is one thread's.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string_view>

#include "base/clock.hpp"
#include "base/parking.hpp"
#include "narrows/options.hpp"
#include "profile/books.hpp"

namespace narrows::pipeline {

class Log {
 public:
  static constexpr std::size_t kLines = 64;
  static constexpr std::size_t kLineBytes = 256;

  using Time = std::chrono::system_clock::time_point;

  struct Line {
    LogLevel level;
    Time time;  // when it was left here
    std::array<char, kLineBytes> text;
    std::size_t size;
  };

  /// Code of the user's that answers no request.
  enum class Code : std::uint8_t { timer, hook, callback, background_task };
  static constexpr std::size_t kCodes = 4;
  static constexpr std::array<std::string_view, kCodes> kCodeNames{
      "a timer", "an after_init hook", "the callback of an RPC", "a background task"};

  /// Kinds of lines that are counted when they are too many, by what they are called then: those
  /// of Trouble come first.
  static constexpr std::size_t kHeldUp = profile::kTroubles;
  static constexpr std::size_t kFailed = kHeldUp + 1;  // and behind it, by Code
  static constexpr std::size_t kKinds = kFailed + kCodes;
  [[nodiscard]] static std::string_view name_of(std::size_t kind);

  /// `clock`: of the seconds; null: the machine's.
  explicit Log(LogLevel level, const Clock* clock = nullptr) : level_(level), clock_(clock) {}

  [[nodiscard]] bool wants(LogLevel level) const { return level <= level_; }

  /// One line, without its end; too long ones are cut, control characters are escaped.
  void write(LogLevel level, std::string_view text);

  /// Something went wrong with what came in: `what`, then the beginning of `line`.
  void trouble(profile::Trouble kind, std::string_view what, std::string_view line);

  /// Who (a handler, of this type; a timer, …) has held the dispatcher's thread for so long.
  void blocked_for(long milliseconds, std::string_view who, std::string_view type = {});

  /// What code of the user's has thrown: "an exception", and its text.
  void failed(Code code, std::string_view what, std::string_view text);

  /// How often trouble() was called for this kind, if warnings are wanted. That thread's.
  [[nodiscard]] std::uint64_t troubles(profile::Trouble kind) const {
    return gates_[static_cast<std::size_t>(kind)].hits.load(std::memory_order_relaxed);
  }

  [[nodiscard]] bool take(Line& line);

  /// How many of a kind were not printed since the last call.
  [[nodiscard]] std::uint64_t suppressed(std::size_t kind);

  /// Lines that found no room, since the last call.
  [[nodiscard]] std::uint64_t dropped() {
    return dropped_.exchange(0, std::memory_order_relaxed);  // a count, nothing hangs on it
  }

  /// The reporter sleeps here.
  [[nodiscard]] Parking& parking() { return parking_; }

 private:
  /// One kind is reported by one thread alone (the reporter only reads), hence no
  /// read-modify-write.
  struct Gate {
    std::atomic<std::uint64_t> hits{0};
    std::atomic<std::uint64_t> printed{0};
    std::uint64_t last_ns = 0;  // the writing thread's
    std::uint64_t said = 0;     // the reporter's
  };

  [[nodiscard]] bool opens(std::size_t kind);
  void push(LogLevel level, std::string_view text, std::string_view quoted);

  const LogLevel level_;
  const Clock* const clock_;
  Parking parking_;
  std::atomic<std::uint64_t> dropped_{0};
  std::array<Gate, kKinds> gates_;
  std::mutex mutex_;  // of the ring
  std::array<Line, kLines> ring_{};
  std::uint64_t head_ = 0;
  std::uint64_t tail_ = 0;
};

}  // namespace narrows::pipeline
