// SPDX-License-Identifier: MIT
#include "workloads/wrong_trials.hpp"

#include <algorithm>
#include <chrono>

#include "unit/doctest.hpp"
#include "workloads/trials.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kFewestSeeds = 3;
constexpr std::uint64_t kMostSeeds = 10;  // until the fault is found

bool follow_in(std::string_view sentence, std::string_view told) {
  while (true) {
    const std::string_view part = told.substr(0, told.find('*'));
    const std::size_t at = sentence.find(part);
    if (at == std::string_view::npos) return false;
    if (part.size() == told.size()) return true;
    sentence.remove_prefix(at + part.size());
    told.remove_prefix(part.size() + 1);
  }
}

}  // namespace

ShortTrial::ShortTrial(std::string_view workload)
    : network{.nodes = 3, .client_latency = 1ms},
      options{.workload = std::string(workload),
              .duration = 3s,
              .rate = 100,
              .recovery = 500ms,
              .timeout = 200ms} {}

bool is_told(const testing::CheckResult& check, std::string_view told) {
  return std::ranges::any_of(
      check.faults, [told](const std::string& sentence) { return follow_in(sentence, told); });
}

void try_right(ShortTrial trial, Serve (*make)()) {
  for (std::uint64_t seed = 1; seed <= kFewestSeeds; ++seed) {
    CAPTURE(seed);
    trial.network.seed = seed;
    CHECK(faults_of(try_out(trial.network, trial.options, make())) == "");
  }
}

void try_wrong(ShortTrial trial, const WrongNodes& nodes) {
  std::string last;
  bool is_found = false;
  for (std::uint64_t seed = 1; seed <= (is_found ? kFewestSeeds : kMostSeeds); ++seed) {
    trial.network.seed = seed;
    const testing::CheckResult check = try_out(trial.network, trial.options, nodes.make());
    last = faults_of(check);
    is_found = is_found || is_told(check, nodes.told);
  }
  INFO("nodes that ", std::string(nodes.what), "; told is: ", last);
  CHECK(is_found);
}

void try_wrong(const ShortTrial& trial, std::span<const WrongNodes> table) {
  for (const WrongNodes& nodes : table) try_wrong(trial, nodes);
}

}  // namespace narrows::workloads
