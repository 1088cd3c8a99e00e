// SPDX-License-Identifier: MIT
#include "workloads/workloads.hpp"

#include <algorithm>
#include <array>

namespace narrows::workloads {
namespace {

constexpr std::array kAll{
    Workload{"broadcast", serve_broadcast},
    Workload{"echo", serve_echo},
    Workload{"g-counter", serve_g_counter},
    Workload{"g-counter-seq-kv", serve_g_counter_seq_kv, "g-counter"},
    Workload{"g-set", serve_g_set},
    Workload{"kafka", serve_kafka},
    Workload{"lin-kv", serve_lin_kv},
    Workload{"pn-counter", serve_pn_counter},
    Workload{"pn-counter-seq-kv", serve_pn_counter_seq_kv, "pn-counter"},
    Workload{"txn-list-append", serve_txn_list_append},
    Workload{"txn-rw-register", serve_txn_rw_register},
    Workload{"unique-ids", serve_unique_ids},
};

}  // namespace

std::span<const Workload> all() { return kAll; }

const Workload* find(std::string_view name) {
  const auto* const found = std::ranges::find(kAll, name, &Workload::name);
  return found == kAll.end() ? nullptr : &*found;
}

}  // namespace narrows::workloads
