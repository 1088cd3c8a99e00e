// SPDX-License-Identifier: MIT
// How much of a `write` was work, and how much waiting for the reader of stdout.
//
// A write of less than 50 µs is work. Of a longer one, the bytes times the cost a byte of the short
// ones are work. Until a short one was seen, and on one long write in 16, the thread's CPU clock
// tells instead (it costs over half a microsecond a reading).
// Threads: the serializer's.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"

namespace narrows::profile {

class WriteMeter {
 public:
  static constexpr double kLongWriteNs = 50'000;

  /// True when the CPU clock should be read before and after the coming write.
  [[nodiscard]] bool wants_cpu_time() const {
    return ns_per_byte_ == 0 || (last_was_long_ && long_writes_ % 16 == 0);
  }

  /// The working part of a write that took `wall_ns`, in nanoseconds, at most that.
  /// `cpu_ns`: the CPU time that it took, negative when it was not measured.
  double busy_ns(std::size_t bytes, double wall_ns, double cpu_ns) {
    last_was_long_ = wall_ns >= kLongWriteNs;
    if (!last_was_long_) {
      learn(wall_ns, bytes);
      return wall_ns;
    }
    ++long_writes_;
    if (cpu_ns < 0) return std::min(wall_ns, ns_per_byte_ * static_cast<double>(bytes));
    learn(cpu_ns, bytes);
    return std::min(wall_ns, cpu_ns);
  }

 private:
  void learn(double ns, std::size_t bytes) {
    if (bytes == 0) return;
    const double sample = ns / static_cast<double>(bytes);
    ns_per_byte_ = ns_per_byte_ == 0 ? sample : ns_per_byte_ + (sample - ns_per_byte_) / 16;
  }

  double ns_per_byte_ = 0;  // 0: not known yet
  std::uint64_t long_writes_ = 0;
  bool last_was_long_ = false;
};

}  // namespace narrows::profile
