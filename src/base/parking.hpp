// SPDX-License-Identifier: MIT
// Where one thread sleeps until another has something for it: an event count on a futex.
//
// Order: what a thread did before wake() is seen by the sleeper after its ticket changed.
// Threads: any number may call wake(); one at a time may sleep.
// Cost: wake() is one atomic addition when nobody sleeps.
// Errors: none. Where the kernel refuses to wake, the sleeper is interrupted by a signal, and from
//   then on, as where it refuses to put to sleep, looks every millisecond.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "base/interrupt.hpp"
#include "base/shake.hpp"

namespace narrows {

class Parking {
 public:
  using Ticket = std::uint32_t;
  using Timeout = std::optional<std::chrono::nanoseconds>;  // none: for ever

  /// No sleep is longer, lest a wake-up be lost for ever where the signal was refused as well.
  static constexpr std::chrono::nanoseconds kLongestSleep = std::chrono::minutes(1);

  /// Taken before the last look at what is waited for: a wake() after that is never missed.
  [[nodiscard]] Ticket ticket() const {
    shake();
    return word_.load(std::memory_order_acquire) & ~kSleeper;  // pairs with wake()
  }

  /// Sleeps until the next wake(), the timeout or a signal, unless one came since the ticket; may
  /// return earlier.
  void sleep(Ticket ticket, Timeout timeout = {});

  void wake();

  /// Somebody seems to sleep. A hint.
  [[nodiscard]] bool has_sleeper() const {
    return (word_.load(std::memory_order_relaxed) & kSleeper) != 0;
  }

 private:
  static constexpr std::uint32_t kSleeper = 1;  // bit 0; the other bits count the wakes

  static void nap(std::chrono::nanoseconds longest);

  std::atomic<std::uint32_t> word_{0};
  Interruptible sleeper_;
  std::atomic<bool> is_refused_{false};  // by the kernel, to wake: nobody relies on it any more
};

}  // namespace narrows
