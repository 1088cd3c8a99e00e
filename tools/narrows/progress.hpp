// SPDX-License-Identifier: MIT
// One line on a terminal that is overwritten while a run goes on; nothing anywhere else.
#pragma once

#include <chrono>
#include <cstdint>

namespace narrows::tools {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows how far it is, a few times a second. Cost: next to nothing when it does not.
  void show(Clock::time_point now, std::uint64_t done, std::uint64_t all);

 private:
  const bool visible_;
  const Clock::time_point start_;
  Clock::time_point next_;
};

}  // namespace narrows::tools
