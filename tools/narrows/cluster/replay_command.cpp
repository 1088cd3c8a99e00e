// SPDX-License-Identifier: MIT
// The command line that gives a run again: what differs from what is taken for granted.
#include <array>
#include <charconv>
#include <string>

#include "cluster/cluster.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using std::chrono::nanoseconds;

/// Exact, in the largest unit that has it whole.
std::string exact(nanoseconds time) {
  const auto ns = time.count();
  if (ns % 1'000'000'000 == 0) return std::to_string(ns / 1'000'000'000) + "s";
  if (ns % 1'000'000 == 0) return std::to_string(ns / 1'000'000) + "ms";
  if (ns % 1'000 == 0) return std::to_string(ns / 1'000) + "us";
  return std::to_string(ns) + "ns";
}

/// As short as reads back to the same number.
std::string exact(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  return {text.data(), end};
}

/// A word that a shell takes as it is.
std::string shell_quoted(std::string_view word) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=:,./@%";
  if (!word.empty() && word.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(word);
  }
  std::string text = "'";
  for (const char c : word) text.append(c == '\'' ? "'\\''" : std::string(1, c));
  return text + "'";
}

std::string faults(const testing::TrialOptions& trial) {
  std::string kinds;
  bool is_paused = false;
  for (const testing::Fault fault : trial.faults) {
    if (fault == testing::Fault::pause) {
      is_paused = true;
    } else {
      kinds.append(kinds.empty() ? "" : ",").append(name_of(fault));
    }
  }
  std::string text = kinds.empty() ? "" : " --partition " + kinds;
  return is_paused ? text + " --pause" : text;
}

std::string_view name_of(testing::Latency::Shape shape) {
  switch (shape) {
    case testing::Latency::Shape::constant: return "constant";
    case testing::Latency::Shape::uniform: return "uniform";
    case testing::Latency::Shape::exponential: break;
  }
  return "exponential";
}

std::string_view name_of(testing::Consistency consistency) {
  switch (consistency) {
    case testing::Consistency::read_committed: return "read-committed";
    case testing::Consistency::serializable: return "serializable";
    case testing::Consistency::strict_serializable: break;
  }
  return "strict-serializable";
}

}  // namespace

std::string replay_command(const ClusterOptions& options) {
  const ClusterOptions plain;
  const testing::NetworkOptions& network = options.network;
  const testing::TrialOptions& trial = options.trial;
  std::string text = joined({"narrows cluster --workload ", options.workload, " --nodes ",
                             std::to_string(network.nodes)});
  const auto add = [&text](bool differs, std::string_view name, const std::string& value) {
    if (differs) text.append(joined({" ", name, " ", value}));
  };
  add(trial.duration != plain.trial.duration, "--duration", exact(trial.duration));
  add(trial.rate != plain.trial.rate && trial.rate > 0, "--rate", exact(trial.rate));
  if (trial.rate <= 0) text += " --max";
  add(trial.clients != 0, "--clients", std::to_string(trial.clients));
  add(trial.timeout != plain.trial.timeout, "--timeout", exact(trial.timeout));
  add(trial.consistency != plain.trial.consistency, "--consistency",
      std::string(name_of(trial.consistency)));
  add(network.latency.mean.count() > 0, "--latency", exact(network.latency.mean));
  add(network.latency.shape != plain.network.latency.shape, "--latency-shape",
      std::string(name_of(network.latency.shape)));
  add(network.loss > 0, "--loss", exact(network.loss));
  add(network.duplication > 0, "--duplication", exact(network.duplication));
  add(trial.topology != plain.trial.topology, "--topology",
      std::string(testing::name_of(trial.topology)));
  text += faults(trial);
  add(trial.fault_interval != plain.trial.fault_interval, "--fault-interval",
      exact(trial.fault_interval));
  add(trial.recovery != plain.trial.recovery, "--recovery", exact(trial.recovery));
  add(true, "--seed", std::to_string(network.seed));
  if (options.command == nullptr) return text;
  text += " --";
  for (char* const* word = options.command; *word != nullptr; ++word) {
    text.append(" ").append(shell_quoted(*word));
  }
  return text;
}

}  // namespace narrows::tools
