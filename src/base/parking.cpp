// SPDX-License-Identifier: MIT
#include "base/parking.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <climits>

namespace narrows {
namespace {

void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value,
           const timespec* timeout) {
  static_assert(sizeof word == sizeof(std::uint32_t));
  syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, timeout, nullptr, 0);
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
  timespec time{};
  if (timeout) {
    if (timeout->count() <= 0) return;
    time.tv_sec = timeout->count() / 1'000'000'000;
    time.tv_nsec = timeout->count() % 1'000'000'000;
  }
  shake();
  futex(word_, FUTEX_WAIT, ticket | kSleeper, timeout ? &time : nullptr);
}

void Parking::wake() {
  shake();
  // Release: what was done before is seen by who finds the new count. One word carries both the
  // count and the sleeper's bit, so neither side can miss the other.
  const std::uint32_t before = word_.fetch_add(2, std::memory_order_acq_rel);
  if ((before & kSleeper) != 0) {
    shake();
    word_.fetch_and(~kSleeper, std::memory_order_relaxed);
    futex(word_, FUTEX_WAKE, INT_MAX, nullptr);
  }
}

}  // namespace narrows
