// SPDX-License-Identifier: MIT
#include "schedule.hpp"

#include <cmath>

namespace narrows::tools {

Schedule::Schedule(double per_second, Arrivals arrivals, std::uint64_t seed)
    : gap_ns_(1e9 / per_second), arrivals_(arrivals), random_(seed, 0) {}

void Schedule::advance() {
  ++count_;
  if (arrivals_ == Arrivals::constant) {
    exact_ns_ = static_cast<double>(count_) * gap_ns_;
  } else {
    exact_ns_ -= std::log(1 - random_.unit()) * gap_ns_;
  }
  next_ns_ = std::llround(exact_ns_);
}

}  // namespace narrows::tools
