// SPDX-License-Identifier: MIT
// What a run showed: everything that its reports are drawn from.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "child.hpp"
#include "figures.hpp"
#include "load.hpp"
#include "replies.hpp"

namespace narrows::tools {

struct Result {
  Load load;
  std::vector<std::string> command;
  std::string problem;               // what the node did wrong, one sentence; empty if nothing
  std::string generator_problem;     // why the generator was the limit, one sentence; empty if not
  std::vector<std::string> remarks;  // what is worth knowing and no fault
  int stop_signal = 0;               // it was cut short by this signal

  std::uint64_t sent = 0;      // written whole
  std::uint64_t rendered = 0;  // so many request numbers are taken
  // When an overloaded node was not waited for any longer:
  std::uint64_t unanswered = 0;  // of those sent
  std::uint64_t unsent = 0;      // were due, and the node took no more
  std::uint64_t held_back = 0;   // of those unsent, although there was room in the pipe
  Tally replies;
  Figures figures;
  double elapsed_s = 0;        // that was measured
  double generator_cpu_s = 0;  // our own while there was load
  double load_s = 0;           // for so long
  std::uint64_t bytes_in = 0;  // of the node's stdin
  std::uint64_t bytes_out = 0;
  double write_blocked_s = 0;  // while the node's stdin was full
  Ending node;
  std::string bench_stats;  // the body of the node's own figures, JSON; empty if it has none

  [[nodiscard]] bool valid() const {
    return problem.empty() && generator_problem.empty() && stop_signal == 0;
  }
  [[nodiscard]] std::uint64_t missing() const {
    const std::uint64_t known = replies.closed() + unanswered;
    return sent > known ? sent - known : 0;
  }
  [[nodiscard]] double per_second(std::uint64_t count) const {
    return elapsed_s > 0 ? static_cast<double>(count) / elapsed_s : 0;
  }
  [[nodiscard]] double throughput_per_second() const {
    return per_second(figures.answered_in_time());
  }
  [[nodiscard]] double offered_per_second() const { return per_second(figures.due()); }
  /// Mean latency of all requests less the node's own mean: what it does not see. Nothing without
  /// bench_stats.
  [[nodiscard]] std::optional<double> outside_node_avg_us() const;
  [[nodiscard]] double cpu_s() const { return node.user_s + node.system_s; }
  /// As far as it was seen: of the process itself, or of its tree at the end of a second.
  [[nodiscard]] std::uint64_t peak_rss_bytes() const {
    std::uint64_t peak = node.peak_rss_bytes;
    for (const Point& point : figures.series()) peak = std::max(peak, point.usage.peak_rss_bytes);
    return peak;
  }
};

}  // namespace narrows::tools
