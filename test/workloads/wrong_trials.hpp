// SPDX-License-Identifier: MIT
// Nodes that do their workload wrong, each in one way, on trial: the check is to say which way.
//
// Nodes of one cluster share the test's memory, which makes it easy to be right, and so to be wrong
// in one way alone: those of each workload that are right are valid in the same trial.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "narrows/testing/trial.hpp"

namespace narrows::workloads {

/// Registers one node's handlers; holds what the nodes of a cluster share.
using Serve = std::function<void(Node&)>;

template <typename Shared>
Serve nodes_of() {
  return [shared = std::make_shared<Shared>()](Node& node) { shared->serve(node); };
}

struct WrongNodes {
  const char* what;  // they do
  Serve (*make)();
  const char* told;  // in the sentence of the fault; * is anything
};

/// True of each `period`th call.
class Every {
 public:
  explicit Every(int period) : period_(period) {}
  bool operator()() { return ++calls_ % period_ == 0; }

 private:
  int period_;
  int calls_ = 0;
};

/// Three nodes, a millisecond away, which three clients ask for three seconds.
struct ShortTrial {
  explicit ShortTrial(std::string_view workload);

  testing::NetworkOptions network;
  testing::TrialOptions options;
};

/// True if the parts of `told`, between its *, follow each other in one of the sentences.
[[nodiscard]] bool is_told(const testing::CheckResult& check, std::string_view told);
/// In trials of a few seeds no fault is found.
void try_right(ShortTrial trial, Serve (*make)());
/// In one of ten the fault is found: some take two transactions that fit, which clients send now
/// and then.
void try_wrong(ShortTrial trial, const WrongNodes& nodes);
void try_wrong(const ShortTrial& trial, std::span<const WrongNodes> table);

}  // namespace narrows::workloads
