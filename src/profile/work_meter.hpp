// SPDX-License-Identifier: MIT
// How long a thread worked on messages, and how much of that time it had a CPU.
//
// What a thread does beside (to read, to wake the next stage, to write, to wait) is where it mostly
// loses its CPU, and says little of its work. Some of these pauses are measured, about five hundred
// a second; all of its CPU time but theirs went into work.
//
// Threads: one writes (the meter's), any may read.
// Cost: two readings of the clock a pause; four system calls a pause that is measured.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.hpp"

namespace narrows::profile {

class WorkMeter {
 public:
  /// The thread: it works from now on, if it did not already.
  void resume(const Clock& clock) {
    if (since_.load(std::memory_order_relaxed) != 0) return;
    if (cpu_before_ns_ != 0) [[unlikely]]
      end_sample();
    // Relaxed, here and below: who reads figures of two moments is off by a batch, once.
    pauses_cpu_ns_.store(pauses_cpu_ns_.load(std::memory_order_relaxed) + usual_pause_ns_,
                         std::memory_order_relaxed);
    since_.store(clock.now(), std::memory_order_relaxed);
  }

  /// The thread: it does something else. False if it did so already.
  bool pause(const Clock& clock) {
    const Ticks since = since_.load(std::memory_order_relaxed);
    if (since == 0) return false;
    worked_.store(worked_.load(std::memory_order_relaxed) + clock.now() - since,
                  std::memory_order_relaxed);
    since_.store(0, std::memory_order_relaxed);
    if (--pauses_left_ == 0) [[unlikely]]
      begin_sample();
    return true;
  }

  /// Any thread: so long it worked up to `now`.
  [[nodiscard]] Ticks worked(Ticks now) const {
    const Ticks since = since_.load(std::memory_order_relaxed);
    return worked_.load(std::memory_order_relaxed) + (since != 0 && now > since ? now - since : 0);
  }
  /// Any thread: the CPU time that the pauses took, in nanoseconds.
  [[nodiscard]] std::uint64_t pauses_cpu_ns() const {
    return pauses_cpu_ns_.load(std::memory_order_relaxed);
  }

 private:
  void begin_sample();
  void end_sample();

  // Written by the thread, read by others.
  alignas(64) std::atomic<Ticks> worked_{0};  // up to the last pause
  std::atomic<Ticks> since_{0};               // when it went to work; 0: it pauses
  std::atomic<std::uint64_t> pauses_cpu_ns_{0};

  // The thread's own.
  std::uint64_t usual_pause_ns_ = 0;  // of CPU time
  std::uint64_t cpu_before_ns_ = 0;   // at the beginning of a pause that is measured; else 0
  std::uint64_t look_ns_ = 0;         // of CPU time that looking at it took then
  std::uint64_t last_sample_ns_ = 0;  // when one began; CLOCK_MONOTONIC
  std::uint32_t pauses_left_ = 1;     // until one is measured
  std::uint32_t pauses_per_sample_ = 1;
  std::uint32_t random_ = 1;
};

/// Its thread works as long as this lives.
class Working {
 public:
  Working(WorkMeter& meter, const Clock& clock) : meter_(meter), clock_(clock) {
    meter_.resume(clock_);
  }
  Working(const Working&) = delete;
  Working& operator=(const Working&) = delete;
  ~Working() { meter_.pause(clock_); }

 private:
  WorkMeter& meter_;
  const Clock& clock_;
};

/// Its thread pauses as long as this lives, if it was at work.
class Pausing {
 public:
  Pausing(WorkMeter& meter, const Clock& clock)
      : meter_(meter), clock_(clock), was_at_work_(meter.pause(clock)) {}
  Pausing(const Pausing&) = delete;
  Pausing& operator=(const Pausing&) = delete;
  ~Pausing() {
    if (was_at_work_) meter_.resume(clock_);
  }

 private:
  WorkMeter& meter_;
  const Clock& clock_;
  const bool was_at_work_;
};

}  // namespace narrows::profile
