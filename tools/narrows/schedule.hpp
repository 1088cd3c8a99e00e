// SPDX-License-Identifier: MIT
// When an open loop means to send: at a steady rate, whatever the node does.
//
// Times are nanoseconds since the start of the run. The same seed gives the same times.
// Threads: one.
#pragma once

#include <cstdint>

#include "random.hpp"

namespace narrows::tools {

enum class Arrivals : std::uint8_t {
  constant,  // one each 1/rate
  poisson    // independent of each other: exponential gaps
};

class Schedule {
 public:
  /// Precondition: 0 < per_second.
  Schedule(double per_second, Arrivals arrivals, std::uint64_t seed);

  /// When the next request is due.
  [[nodiscard]] std::int64_t next_ns() const { return next_ns_; }
  /// It is on its way: on to the one after it.
  void advance();

 private:
  const double gap_ns_;
  const Arrivals arrivals_;
  Random random_;
  std::uint64_t count_ = 0;
  double exact_ns_ = 0;  // of the next, before rounding
  std::int64_t next_ns_ = 0;
};

}  // namespace narrows::tools
