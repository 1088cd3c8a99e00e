// SPDX-License-Identifier: MIT
// Brings faults upon a cluster, one after the other, and remembers when each was.
//
// Threads: the cluster's.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "narrows/testing/trial.hpp"

namespace narrows::testing {

class FaultInjector {
 public:
  /// The cluster outlives it.
  explicit FaultInjector(Cluster& cluster) : cluster_(cluster) {}

  /// Ends what is, and begins this.
  void begin(Fault fault);
  /// Ends what is, if anything is.
  void end();
  [[nodiscard]] bool is_healthy() const { return !is_hurt_; }
  [[nodiscard]] std::vector<FaultBand> take() { return std::move(bands_); }

 private:
  using Names = std::vector<std::string>;

  /// Each does it, and says to whom: "n0 n2 | n1".
  std::string halves();
  std::string one();
  std::string ring();
  std::string one_way();
  std::string pause();
  /// The nodes, in any order.
  [[nodiscard]] Names shuffled();

  Cluster& cluster_;
  std::vector<FaultBand> bands_;
  Names paused_;
  bool is_hurt_ = false;
};

}  // namespace narrows::testing
