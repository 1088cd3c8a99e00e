// SPDX-License-Identifier: MIT
// The clock that every stamp comes from: processor ticks where they are steady, else nanoseconds.
//
// Threads: immutable after construction; now() from any thread.
// Cost: 5 to 25 ns with ticks, about 30 ns without.
#pragma once

#include <cstdint>

namespace narrows {

/// A reading of a Clock, in its ticks.
using Ticks = std::uint64_t;

/// CLOCK_MONOTONIC and CLOCK_THREAD_CPUTIME_ID, in nanoseconds.
[[nodiscard]] std::uint64_t monotonic_ns();
[[nodiscard]] std::uint64_t thread_cpu_ns();

class Clock {
 public:
  using Source = Ticks (*)(void* context);

  /// The machine's: the time-stamp counter if the processor says that it is invariant (CPUID
  /// 8000_0007h, EDX bit 8), else CLOCK_MONOTONIC.
  static Clock system();

  /// A clock of the caller's (a test, a simulator), in nanoseconds.
  Clock(Source source, void* context) : source_(source), context_(context) {}

  [[nodiscard]] Ticks now() const {
#if defined(__x86_64__)  // by built-ins: <x86intrin.h> takes most of a second to compile
    if (source_ == nullptr) [[likely]]
      return __builtin_ia32_rdtsc();
#endif
    return source_(context_);
  }

  /// For the first stamp after something came from another thread: a plain read of the counter can
  /// be taken before the loads that fetched it.
  [[nodiscard]] Ticks now_after_loads() const {
#if defined(__x86_64__)
    if (source_ == nullptr) [[likely]] {
      __builtin_ia32_lfence();
      return __builtin_ia32_rdtsc();
    }
#endif
    return source_(context_);
  }

  /// For timers, which a calibration that still changes would put out of order: nanoseconds of
  /// CLOCK_MONOTONIC, or of the caller's clock.
  [[nodiscard]] std::uint64_t time_ns() const {
    return source_ == nullptr ? monotonic_ns() : source_(context_);
  }

  /// Calibrated from readings of both clocks at construction and now; never waits.
  [[nodiscard]] double ns_per_tick() const;

  /// "tsc", "monotonic" or "manual".
  [[nodiscard]] const char* name() const;

 private:
  Clock() = default;

  Source source_ = nullptr;  // null: the time-stamp counter
  void* context_ = nullptr;
  Ticks start_ticks_ = 0;
  std::uint64_t start_ns_ = 0;
};

}  // namespace narrows
