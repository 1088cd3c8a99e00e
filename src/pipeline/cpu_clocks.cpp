// SPDX-License-Identifier: MIT
#include "pipeline/cpu_clocks.hpp"

#include <pthread.h>
#include <time.h>

#include <algorithm>

namespace narrows::pipeline {

void CpuClocks::watch_this_thread(Stage stage) {
  clockid_t clock = kNone;
  if (pthread_getcpuclockid(pthread_self(), &clock) != 0) return;
  watched_[static_cast<std::size_t>(stage)].store(clock, std::memory_order_relaxed);
}

void CpuClocks::sample(const std::array<profile::WorkMeter, profile::kStages>& meters,
                       const Clock& clock) {
  for (std::size_t i = 0; i < profile::kStages; ++i) {
    const clockid_t id = watched_[i].load(std::memory_order_relaxed);
    timespec time{};
    if (id == kNone || clock_gettime(id, &time) != 0) continue;  // not begun, or at its end
    const std::uint64_t all_ns = static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
                                 static_cast<std::uint64_t>(time.tv_nsec);
    // Relaxed: a reader that sees one without the other is off by a window, once.
    worked_[i].store(meters[i].worked(clock.now()), std::memory_order_relaxed);
    const std::uint64_t pauses_ns = std::min(all_ns, meters[i].pauses_cpu_ns());
    pauses_ns_[i].store(pauses_ns, std::memory_order_relaxed);
    cpu_ns_[i].store(all_ns - pauses_ns, std::memory_order_relaxed);
  }
}

profile::CpuTimes CpuClocks::times() const {
  profile::CpuTimes times;
  for (std::size_t i = 0; i < profile::kStages; ++i) {
    times.cpu_ns[i] = cpu_ns_[i].load(std::memory_order_relaxed);
    times.pauses_ns[i] = pauses_ns_[i].load(std::memory_order_relaxed);
    times.worked[i] = worked_[i].load(std::memory_order_relaxed);
  }
  return times;
}

}  // namespace narrows::pipeline
