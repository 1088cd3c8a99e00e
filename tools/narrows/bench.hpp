// SPDX-License-Identifier: MIT
// Drives a node with a load, and sees it off.
#pragma once

#include <cstddef>
#include <cstdint>

#include "driver.hpp"
#include "load.hpp"
#include "observer.hpp"
#include "result.hpp"

namespace narrows::tools {

/// Starts the node, sends `init` and the load, asks for its own figures, and ends it. Whatever the
/// node does, this returns, in bounded memory, and leaves none of its processes behind.
/// Throws std::system_error if the node cannot be started.
[[nodiscard]] Result run_bench(const Load& load, char* const* command,
                               Observer* observer = nullptr);

/// A node that gets one load after the other.
class KeptNode {
 public:
  /// Throws std::system_error if the node cannot be started. No later load may be larger or faster.
  KeptNode(const Load& largest, char* const* command);

  /// As run_bench(), but the node lives on. Its CPU time is read from /proc: to 10 ms.
  [[nodiscard]] Result run(Load load);

 private:
  char* const* const command_;
  Driver driver_;
  bool has_init_ = false;
  std::uint64_t rendered_ = 0;  // requests of the loads so far
};

}  // namespace narrows::tools
