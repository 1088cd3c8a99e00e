// SPDX-License-Identifier: MIT
// Trials of a workload over many seeds, in whatever a network may do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "narrows/testing/trial.hpp"

namespace narrows::workloads {

/// One to seven nodes, any latency, loss and duplication, as the seed has it.
[[nodiscard]] testing::NetworkOptions any_network(std::uint64_t seed);
/// Every fault, for six seconds.
[[nodiscard]] testing::TrialOptions any_trial(std::string_view workload);

/// All faults that a check found, a line each; empty: there are none.
[[nodiscard]] std::string faults_of(const testing::CheckResult& check);
/// 0 if there is none of the name.
[[nodiscard]] double figure_of(const testing::CheckResult& check, std::string_view name);

/// A trial whose nodes' logs nobody reads: where nodes stand still, requests miss their deadlines.
[[nodiscard]] testing::CheckResult try_out(const testing::NetworkOptions& network,
                                           const testing::TrialOptions& options,
                                           const std::function<void(Node&)>& serve);
/// Trials of seeds 1 to `seeds`, each of which is to be without fault.
void try_seeds(std::string_view workload, std::uint64_t seeds,
               const std::function<void(Node&)>& serve);

}  // namespace narrows::workloads
