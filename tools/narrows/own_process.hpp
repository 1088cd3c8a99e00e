// SPDX-License-Identifier: MIT
// What this process itself uses and does with its time, when it is the load generator.
#pragma once

namespace narrows::tools {

/// CPU time so far, user and system.
[[nodiscard]] double own_cpu_s();

/// Timers that fire on time, not when it suits the kernel, while it lives. Inherited by a child
/// that is started meanwhile. Threads: of the one that makes it.
class ExactTimers {
 public:
  ExactTimers();
  ~ExactTimers();
  ExactTimers(const ExactTimers&) = delete;
  ExactTimers& operator=(const ExactTimers&) = delete;

 private:
  const int slack_;
};

}  // namespace narrows::tools
