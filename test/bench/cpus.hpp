// SPDX-License-Identifier: MIT
// Which cpus the caller may use, and staying on one of them.
#pragma once

#include <sched.h>

#include <cstddef>
#include <vector>

/// In ascending order; empty when the system does not say.
inline std::vector<std::size_t> allowed_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<std::size_t> cpus;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  }
  return cpus;
}

/// Keeps the calling thread, and the children that it will have, on `cpu`; false when it cannot be.
[[nodiscard]] inline bool pin_to(std::size_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}
