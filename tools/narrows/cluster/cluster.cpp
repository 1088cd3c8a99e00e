// SPDX-License-Identifier: MIT
#include "cluster/cluster.hpp"

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include "cluster/processes.hpp"
#include "files.hpp"
#include "interruption.hpp"
#include "text.hpp"
#include "workloads/workloads.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;
using testing::TrialResult;

/// What was sent, one event a line, written as it goes: a long run has more than fits in memory.
class Events {
 public:
  explicit Events(ClusterOptions& options) {
    if (options.events.empty()) return;
    file_.emplace(options.events);
    options.network.trace = [this](std::string_view event) { file_->append_line(event); };
  }
  Events(const Events&) = delete;
  Events& operator=(const Events&) = delete;

  /// Throws std::runtime_error unless all of it is written.
  void finish() {
    if (file_) file_->finish();
  }

 private:
  std::optional<LineFile> file_;
};

TrialResult result_of(testing::Trial& trial, ClusterRun& run) {
  run.is_partial = !trial.is_over();
  return run.is_partial ? trial.break_off() : trial.take();
}

ClusterRun simulated(const ClusterOptions& options) {
  ClusterRun run;
  run.options = options;
  Events events(run.options);
  const auto* const workload = workloads::find(options.workload);
  if (workload == nullptr) {  // as the command line has looked, nobody sees this
    throw std::invalid_argument("no workload " + options.workload);
  }
  testing::Network network(run.options.network, workload->serve);
  testing::Trial trial(network, options.trial);
  trial.start();
  network.run_until([&] { return trial.is_over() || Interruption::signal() != 0; });
  run.result = result_of(trial, run);
  events.finish();
  run.stop_signal = Interruption::signal();
  return run;
}

/// Asks each node for its figures; those that have none say that they do not know the question.
void ask_for_stats(Processes& processes, ClusterRun& run) {
  std::size_t waited_for = processes.nodes().size();
  for (const std::string& node : processes.nodes()) {
    processes.request(
        "c1", node, R"("type":"bench_stats")",
        [&run, &node, &waited_for](const testing::Answer& answer) {
          --waited_for;
          if (answer.type == "bench_stats_ok") run.nodes.push_back({node, answer.body});
        },
        1s);
  }
  processes.run_until([&] { return waited_for == 0; });
  std::ranges::sort(run.nodes, {}, [](const NodeOfCluster& node) {
    return std::pair(node.name.size(), node.name);
  });
}

ClusterRun real(const ClusterOptions& options) {
  ClusterRun run;
  run.options = options;
  Events events(run.options);
  Processes processes(run.options.network, options.command);
  processes.init();
  testing::Trial trial(processes, options.trial);
  trial.start();
  processes.run_until([&] { return trial.is_over(); });
  run.problem = processes.problem();  // of the trial: what comes behind it concerns nobody
  if (trial.is_over()) ask_for_stats(processes, run);
  processes.end();
  run.stop_signal = processes.stop_signal();
  run.result = result_of(trial, run);
  events.finish();
  return run;
}

bool is_wrong(const ClusterRun& run) {
  return !run.result.check.is_valid() || !run.problem.empty() || !run.unmet.empty() ||
         run.stop_signal != 0;
}

/// One run, held against its thresholds.
ClusterRun judged(ClusterRun run) {
  const auto& thresholds = run.options.thresholds;
  if (!thresholds.empty() && !run.is_partial) run.unmet = unmet(thresholds, cluster_file(run));
  return run;
}

}  // namespace

ClusterRun run_cluster(const ClusterOptions& options) {
  if (options.command != nullptr) return judged(real(options));
  const Interruption interruption;
  ClusterOptions one = options;
  one.seeds = 1;
  for (std::uint64_t seed = 0;; ++seed) {
    one.network.seed = options.network.seed + seed;
    ClusterRun run = judged(simulated(one));
    if (is_wrong(run) || seed + 1 == options.seeds) return run;
  }
}

double throughput(const testing::TrialResult& result) {
  const std::chrono::duration<double> time = result.end - result.begin;
  if (time.count() <= 0) return 0;
  const auto answered =
      std::ranges::count_if(result.history.operations(), [](const testing::Operation& operation) {
        return operation.outcome != testing::Outcome::unknown && !operation.is_final;
      });
  return static_cast<double>(answered) / time.count();
}

LatenciesOf latencies_of(const testing::TrialResult& result) {
  LatenciesOf latencies;
  for (const testing::Operation& operation : result.history.operations()) {
    if (operation.outcome != testing::Outcome::ok || operation.is_final) continue;
    const auto latency = operation.completed - operation.invoked;
    latencies[""].push_back(latency);
    latencies[operation.function].push_back(latency);
  }
  for (auto& [function, values] : latencies) std::ranges::sort(values);
  return latencies;
}

}  // namespace narrows::tools
