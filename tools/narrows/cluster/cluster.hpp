// SPDX-License-Identifier: MIT
// narrows cluster: several nodes, a network between them that can be cut, the clients of one of
// Maelstrom's workloads, and a check of what they saw.
//
// The nodes are processes of any language, in real time; or, without a command, the workload that
// this project has, in virtual time, where a seed gives the same run again.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "narrows/testing/network.hpp"
#include "narrows/testing/trial.hpp"
#include "style.hpp"
#include "threshold.hpp"

namespace narrows::tools {

struct ClusterOptions {
  std::string workload;  // as the nodes' program has it; the trial's is what its clients ask
  testing::NetworkOptions network;
  testing::TrialOptions trial;
  std::uint64_t seeds = 1;  // of simulations: that of the network, and those behind it
  std::vector<Threshold> thresholds;
  std::string save;     // files' names; empty: none
  std::string history;  // as lines of JSON
  std::string events;   // what was sent, and what became of it
  bool json = false;
  char* const* command = nullptr;  // the node and its arguments, ended by a null; null: simulated
};

/// What a node says of itself, if it knows bench_stats: the answer's body.
struct NodeOfCluster {
  std::string name;
  std::string stats;
};

struct ClusterRun {
  ClusterOptions options;  // the seed is the run's own
  testing::TrialResult result;
  std::vector<NodeOfCluster> nodes;
  bool is_partial = false;         // it was broken off, and not checked
  std::string problem;             // what a node did that no node may do; empty: nothing
  std::vector<std::string> unmet;  // thresholds
  int stop_signal = 0;
};

/// The first run in which something is wrong, or else the last. Throws std::system_error where a
/// node cannot be started.
[[nodiscard]] ClusterRun run_cluster(const ClusterOptions& options);

/// Requests a second, by those that were answered while clients asked.
[[nodiscard]] double throughput(const testing::TrialResult& result);
/// By what clients asked, "" for all: how long ok answers took, ascending.
using LatenciesOf = std::map<std::string, std::vector<std::chrono::nanoseconds>, std::less<>>;
[[nodiscard]] LatenciesOf latencies_of(const testing::TrialResult& result);

/// For a file, and for --json: one JSON object and a newline.
[[nodiscard]] std::string cluster_file(const ClusterRun& run);
[[nodiscard]] std::string table(const ClusterRun& run, const Style& style);
/// The command that gives this run again.
[[nodiscard]] std::string replay_command(const ClusterOptions& options);

}  // namespace narrows::tools
