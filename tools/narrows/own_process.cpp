// SPDX-License-Identifier: MIT
#include "own_process.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace narrows::tools {

double own_cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

ExactTimers::ExactTimers() : slack_(prctl(PR_GET_TIMERSLACK)) { prctl(PR_SET_TIMERSLACK, 1); }
ExactTimers::~ExactTimers() { prctl(PR_SET_TIMERSLACK, slack_); }

}  // namespace narrows::tools
