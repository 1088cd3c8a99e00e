// SPDX-License-Identifier: MIT
// Trials of a workload over many seeds, in whatever a network may do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "narrows/testing/trial.hpp"
#include "unit/sanitized.hpp"

namespace narrows::workloads {

/// So many of each workload here; suite `seeds` has 200 of another network.
inline constexpr std::uint64_t kSeeds = NARROWS_SANITIZED != 0 ? 10 : 100;

/// One to seven nodes, any latency, loss and duplication, as the seed has it.
[[nodiscard]] testing::NetworkOptions any_network(std::uint64_t seed);
/// Every fault, for six seconds.
[[nodiscard]] testing::TrialOptions any_trial(std::string_view workload);

/// `least` nodes to three more; messages come within some 40 ms, twice or not at all, or, of every
/// fifth seed, so late that an answer often comes when it is not waited for any more.
[[nodiscard]] testing::NetworkOptions late_network(std::uint64_t seed, std::size_t least);
/// Every fault, and 100 requests a second of twelve clients, for four seconds.
[[nodiscard]] testing::TrialOptions busy_trial(std::string_view workload);
/// Trials of those, of seeds 1 to `seeds`, each of which is to be without fault. How many of a
/// hundred requests have succeeded.
double try_late_seeds(std::string_view workload, std::uint64_t seeds, std::size_t least,
                      const std::function<void(Node&)>& serve);

/// Of an answer's body.
[[nodiscard]] bool has(const testing::Answer& answer, std::string_view text);
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
