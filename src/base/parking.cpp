// SPDX-License-Identifier: MIT
#include "base/parking.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace narrows {
namespace {

constexpr std::chrono::nanoseconds kNap = std::chrono::milliseconds(1);
constexpr int kTries = 3;

/// False with errno.
bool futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* timeout) {
  static_assert(sizeof word == sizeof(std::uint32_t));
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, 0) >= 0;
}

timespec time_of(std::chrono::nanoseconds duration) {
  return {duration.count() / 1'000'000'000, duration.count() % 1'000'000'000};
}

}  // namespace

void Parking::sleep(Ticket ticket, Timeout timeout) {
  std::uint32_t expected = ticket;
  shake();
  // Release is not needed: the sleeper publishes nothing but the bit. Acquire pairs with wake().
  if (!word_.compare_exchange_strong(expected, ticket | kSleeper, std::memory_order_acquire) &&
      expected != (ticket | kSleeper)) {
    return;
  }
  if (timeout && timeout->count() <= 0) return;
  const auto longest = timeout ? std::min(*timeout, kLongestSleep) : kLongestSleep;
  const timespec time = time_of(longest);
  const Interruptible::Sleep sleep(sleeper_);
  if (is_refused_.load(std::memory_order_relaxed)) return nap(longest);  // a hint
  shake();
  if (futex(word_, FUTEX_WAIT, ticket | kSleeper, &time)) return;
  if (errno != EAGAIN && errno != EINTR && errno != ETIMEDOUT) nap(longest);
}

/// Where the kernel does not help: the caller looks again soon.
void Parking::nap(std::chrono::nanoseconds longest) {
  const timespec time = time_of(std::min(longest, kNap));
  nanosleep(&time, nullptr);
}

void Parking::wake() {
  shake();
  // Release: what was done before is seen by who finds the new count. One word carries both the
  // count and the sleeper's bit, so neither side can miss the other.
  const std::uint32_t before = word_.fetch_add(2, std::memory_order_acq_rel);
  if ((before & kSleeper) != 0) {
    shake();
    word_.fetch_and(~kSleeper, std::memory_order_relaxed);
    for (int tries = 0; tries < kTries; ++tries) {
      if (futex(word_, FUTEX_WAKE, INT_MAX, nullptr)) return;
    }
    is_refused_.store(true, std::memory_order_relaxed);  // a hint
    // The count has changed: a sleeper that is not there yet does not fall asleep any more.
    sleeper_.interrupt();
  }
}

}  // namespace narrows
