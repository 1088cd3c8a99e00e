// SPDX-License-Identifier: MIT
// How much CPU time the stages' threads got for the time that they worked on messages.
//
// Reading a thread's CPU clock costs a system call: the reporter does it, once a window.
// Threads: each function says whose it is.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.hpp"
#include "narrows/options.hpp"
#include "profile/slice.hpp"
#include "profile/work_meter.hpp"

namespace narrows::pipeline {

class CpuClocks {
 public:
  /// A stage's thread, before it works: it serves this stage. The one thread of all says parse.
  void watch_this_thread(Stage stage);

  /// The reporter: looks at every thread's CPU clock and at its meter.
  void sample(const std::array<profile::WorkMeter, profile::kStages>& meters, const Clock& clock);

  /// Any thread: what the last sample saw.
  [[nodiscard]] profile::CpuTimes times() const;

 private:
  static constexpr clockid_t kNone = 0;  // CLOCK_REALTIME is no thread's

  std::array<std::atomic<clockid_t>, profile::kStages> watched_{};
  // Written by the reporter.
  std::array<std::atomic<std::uint64_t>, profile::kStages> cpu_ns_{};
  std::array<std::atomic<std::uint64_t>, profile::kStages> pauses_ns_{};
  std::array<std::atomic<Ticks>, profile::kStages> worked_{};
};

}  // namespace narrows::pipeline
