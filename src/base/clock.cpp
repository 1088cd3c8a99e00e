// SPDX-License-Identifier: MIT
#include "base/clock.hpp"

#include <time.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace narrows {
namespace {

std::uint64_t read_ns(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
         static_cast<std::uint64_t>(time.tv_nsec);
}

Ticks monotonic_source(void* /*context*/) { return monotonic_ns(); }

bool has_invariant_counter() {
#if defined(__x86_64__)
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned kInvariantTsc = 1U << 8;
  return __get_cpuid(0x80000007U, &a, &b, &c, &d) != 0 && (d & kInvariantTsc) != 0;
#else
  return false;
#endif
}

}  // namespace

std::uint64_t monotonic_ns() { return read_ns(CLOCK_MONOTONIC); }
std::uint64_t thread_cpu_ns() { return read_ns(CLOCK_THREAD_CPUTIME_ID); }

Clock Clock::system() {
  Clock clock;
  if (!has_invariant_counter()) clock.source_ = monotonic_source;
  clock.start_ns_ = monotonic_ns();
  clock.start_ticks_ = clock.now();
  return clock;
}

double Clock::ns_per_tick() const {
  if (source_ != nullptr) return 1.0;
  const Ticks ticks = now() - start_ticks_;
  const std::uint64_t ns = monotonic_ns() - start_ns_;
  return ticks == 0 || ns == 0 ? 1.0 : static_cast<double>(ns) / static_cast<double>(ticks);
}

const char* Clock::name() const {
  if (source_ == nullptr) return "tsc";
  return source_ == monotonic_source ? "monotonic" : "manual";
}

}  // namespace narrows
