// SPDX-License-Identifier: MIT
#include "narrows/testing/check.hpp"

#include <array>
#include <stdexcept>

namespace narrows::testing {
namespace {

struct Workload {
  std::string_view name;
  CheckResult (*check)(const History&, const CheckOptions&);
};

template <CheckResult (*kCheck)(const History&)>
CheckResult without_options(const History& history, const CheckOptions& /*options*/) {
  return kCheck(history);
}

constexpr std::array kWorkloads = {
    Workload{"broadcast", check_broadcast},
    Workload{"echo", without_options<check_echo>},
    Workload{"g-counter", check_g_counter},
    Workload{"g-set", check_g_set},
    Workload{"kafka", without_options<check_kafka>},
    Workload{"lin-kv", check_lin_kv},
    Workload{"pn-counter", check_pn_counter},
    Workload{"txn-list-append", check_txn_list_append},
    Workload{"txn-rw-register", without_options<check_txn_rw_register>},
    Workload{"unique-ids", without_options<check_unique_ids>},
};

}  // namespace

CheckResult check(std::string_view workload, const History& history, const CheckOptions& options) {
  for (const auto& [name, checked_by] : kWorkloads) {
    if (name == workload) return checked_by(history, options);
  }
  throw std::invalid_argument("no check of the workload " + std::string(workload));
}

std::vector<std::string_view> checked_workloads() {
  std::vector<std::string_view> names;
  names.reserve(kWorkloads.size());
  for (const Workload& workload : kWorkloads) names.push_back(workload.name);
  return names;
}

}  // namespace narrows::testing
