// SPDX-License-Identifier: MIT
// What a run showed: everything that its reports are drawn from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "child.hpp"
#include "load.hpp"
#include "replies.hpp"

namespace narrows::tools {

struct Result {
  Load load;
  std::vector<std::string> command;
  std::string problem;               // why the run is not valid, one sentence; empty if it is
  std::vector<std::string> remarks;  // what is worth knowing and no fault
  int stop_signal = 0;               // it was cut short by this signal

  std::uint64_t sent = 0;
  Tally replies;
  double elapsed_s = 0;             // from the first send to the last reply
  std::uint64_t timed_replies = 0;  // in that time
  double generator_cpu_s = 0;       // in that time
  Ending node;
  std::string bench_stats;  // the body of the node's own figures, JSON; empty if it has none

  [[nodiscard]] bool valid() const { return problem.empty() && stop_signal == 0; }
  [[nodiscard]] std::uint64_t missing() const {
    return sent > replies.closed() ? sent - replies.closed() : 0;
  }
  [[nodiscard]] double throughput_per_second() const {
    return elapsed_s > 0 ? static_cast<double>(timed_replies) / elapsed_s : 0;
  }
  [[nodiscard]] double cpu_s() const { return node.user_s + node.system_s; }
};

}  // namespace narrows::tools
