// SPDX-License-Identifier: MIT
// What a process and all its descendants use, read from /proc.
#pragma once

#include <sys/types.h>

#include <cstdint>

namespace narrows::tools {

/// CPU time and context switches count up, with those of children that were waited for.
struct Usage {
  double user_s = 0;
  double system_s = 0;
  std::uint64_t rss_bytes = 0;
  std::uint64_t peak_rss_bytes = 0;    // the sum of each process's own
  std::uint64_t context_switches = 0;  // of the threads that live, kMostThreads a process

  static constexpr int kMostThreads = 64;
};

/// Of the tree under `root`. Cost: some 20 us a process and thread. A process that goes meanwhile
/// is left out.
[[nodiscard]] Usage usage_of_tree(pid_t root);

}  // namespace narrows::tools
