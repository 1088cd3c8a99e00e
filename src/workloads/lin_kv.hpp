// SPDX-License-Identifier: MIT
// A linearizable key-value store, replicated by Raft.
#pragma once

#include <chrono>

#include "narrows/node.hpp"
#include "workloads/raft/raft.hpp"

namespace narrows::workloads {

struct LinKvOptions {
  /// What RaftOptions count in: the default is heartbeats every 100 ms, elections after 0.5 to 1 s.
  std::chrono::nanoseconds tick = std::chrono::milliseconds(50);
  raft::RaftOptions raft = {};
  /// A request that no leader was ever told of is answered with error 11.
  std::chrono::nanoseconds patience_unsent = std::chrono::seconds(2);
  /// One whose outcome is open, with error 0: before clients give up.
  std::chrono::nanoseconds patience = std::chrono::seconds(4);
};

void serve_lin_kv_with(Node& node, const LinKvOptions& options);

}  // namespace narrows::workloads
