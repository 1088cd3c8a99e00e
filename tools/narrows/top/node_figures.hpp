// SPDX-License-Identifier: MIT
// A node's own figures, read from the body of its bench_stats_ok or from its --profile-out file.
//
// What is missing is nothing; texts are printable, and numbers are as large as the node likes.
// Bound: kMostComponents rows, kMostWindows points.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "json/value.hpp"

namespace narrows::tools {

/// Microseconds.
struct Latency {
  std::optional<double> avg, p50, p90, p99, p999, max;
};

/// A stage, or the wait before it.
struct Component {
  std::string name;
  bool is_service = false;
  std::optional<double> avg_us, p99_us, max_us, share_of_mean, share_of_tail, scv;
  std::optional<double> busy, blocked, idle;  // shares of the time

  [[nodiscard]] bool has_shares() const { return busy || blocked || idle; }
};

/// Which stage dominates, and how sure that is.
struct Named {
  std::string stage;  // empty: none
  std::optional<double> confidence;
  std::string tie;  // the other stage that it may be as well; empty: none
};

struct Judgement {
  Named throughput, latency, tail;
  std::string state;        // as the node says it; empty: nothing
  std::string explanation;  // one sentence
  std::optional<double> headroom;

  /// It says more than that there is too little to judge by.
  [[nodiscard]] bool is_made() const { return !state.empty() && state != "insufficient_data"; }
};

/// A stretch of a history.
struct Moment {
  double end_s = 0;
  double seconds = 0;
  std::optional<double> per_second, avg_us, p99_us;
};

struct NodeFigures {
  static constexpr std::size_t kMostComponents = 64;
  static constexpr std::size_t kMostErrors = 16;

  std::optional<double> messages, elapsed_s, per_second;
  Latency latency;
  std::vector<Component> components;
  Judgement judgement;
  std::vector<std::string> doubts;  // checks that did not hold, a sentence each
  std::string errors;               // "2 malformed_lines, …"; empty: none
  double blocked_s = 0;             // for so long stdout has been
  std::optional<double> cpus;
  bool knows_windows = false;  // the node can be asked for its last second

  static NodeFigures read(const json::Value& stats);
};

/// The `windows` of a profile, which is its last minute; empty where there are none.
[[nodiscard]] std::vector<Moment> read_windows(const json::Value& profile);

inline constexpr std::size_t kMostWindows = 1024;

}  // namespace narrows::tools
