// SPDX-License-Identifier: MIT
#include "workloads/trials.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "unit/doctest.hpp"

namespace narrows::workloads {

using namespace std::chrono_literals;

testing::NetworkOptions any_network(std::uint64_t seed) {
  using Shape = testing::Latency::Shape;
  constexpr std::array kShapes = {Shape::constant, Shape::uniform, Shape::exponential};
  return {.nodes = 1 + seed % 7,
          .seed = seed,
          .latency = {kShapes.at(seed / 7 % 3), std::chrono::milliseconds(seed * 13 % 150)},
          .loss = static_cast<double>(seed / 3 % 4) * 0.08,
          .duplication = static_cast<double>(seed / 5 % 3) * 0.1};
}

testing::TrialOptions any_trial(std::string_view workload) {
  const auto faults = testing::all_faults();
  return {.workload = std::string(workload),
          .duration = 6s,
          .rate = 25,
          .faults = {faults.begin(), faults.end()},
          .fault_interval = 700ms,
          .recovery = 6s};
}

testing::NetworkOptions late_network(std::uint64_t seed, std::size_t least) {
  using testing::Latency;
  const bool is_late = seed % 5 == 0;
  return {.nodes = least + seed % 4,
          .seed = seed,
          .latency = {is_late ? Latency::Shape::exponential : static_cast<Latency::Shape>(seed % 3),
                      std::chrono::milliseconds(is_late ? 300 + seed : 1 + seed % 40)},
          .loss = 0.1,
          .duplication = 0.1};
}

testing::TrialOptions busy_trial(std::string_view workload) {
  testing::TrialOptions options = any_trial(workload);
  options.duration = 4s;
  options.rate = 100;
  options.clients = 12;
  options.fault_interval = 500ms;
  return options;
}

double try_late_seeds(std::string_view workload, std::uint64_t seeds, std::size_t least,
                      const std::function<void(Node&)>& serve) {
  std::size_t all = 0;
  std::size_t ok = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    const auto result = testing::simulate(late_network(seed, least), busy_trial(workload), serve);
    CHECK(faults_of(result.check) == "");
    const auto& operations = result.history.operations();
    all += operations.size();
    ok += static_cast<std::size_t>(
        std::ranges::count(operations, testing::Outcome::ok, &testing::Operation::outcome));
  }
  return 100 * static_cast<double>(ok) / static_cast<double>(all);
}

bool has(const testing::Answer& answer, std::string_view text) {
  return answer.body.find(text) != std::string::npos;
}

std::string faults_of(const testing::CheckResult& check) {
  std::string all;
  for (const std::string& fault : check.faults) all.append(fault).append("\n");
  return all;
}

double figure_of(const testing::CheckResult& check, std::string_view name) {
  const auto found = std::ranges::find(check.figures, name, &testing::Figure::name);
  return found == check.figures.end() ? 0 : found->value;
}

testing::CheckResult try_out(const testing::NetworkOptions& network,
                             const testing::TrialOptions& options,
                             const std::function<void(Node&)>& serve) {
  testing::Network simulated(network, serve);
  testing::Trial trial(simulated, options);
  trial.start();
  simulated.run_until([&] { return trial.is_over(); });
  for (const std::string& node : simulated.nodes()) static_cast<void>(simulated.take_log(node));
  return trial.take().check;
}

void try_seeds(std::string_view workload, std::uint64_t seeds,
               const std::function<void(Node&)>& serve) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    CHECK(faults_of(try_out(any_network(seed), any_trial(workload), serve)) == "");
  }
}

}  // namespace narrows::workloads
