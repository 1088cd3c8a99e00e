// SPDX-License-Identifier: MIT
// Maelstrom's workloads, each one file against the public headers alone: docs/WORKLOADS.md.
//
// Source: https://github.com/jepsen-io/maelstrom/blob/main/doc/workloads.md
#pragma once

#include <span>
#include <string_view>

#include "narrows/node.hpp"

namespace narrows::workloads {

/// Each registers its workload's handlers and timers, before the node's first input.
void serve_broadcast(Node& node);
void serve_echo(Node& node);
void serve_g_counter(Node& node);
void serve_g_counter_seq_kv(Node& node);
void serve_g_set(Node& node);
void serve_kafka(Node& node);
void serve_lin_kv(Node& node);
void serve_pn_counter(Node& node);
void serve_pn_counter_seq_kv(Node& node);
void serve_txn_list_append(Node& node);
void serve_txn_rw_register(Node& node);
void serve_unique_ids(Node& node);

struct Workload {
  std::string_view name;
  void (*serve)(Node& node);
  std::string_view maelstrom = name;  // the workload whose clients it serves
};

/// All of them, by name.
[[nodiscard]] std::span<const Workload> all();
/// Null where there is none of the name.
[[nodiscard]] const Workload* find(std::string_view name);

}  // namespace narrows::workloads
