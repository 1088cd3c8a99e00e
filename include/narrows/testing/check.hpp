// SPDX-License-Identifier: MIT
// Whether a history is what its workload promises: one check a workload of Maelstrom's.
//
// What each finds, by whose definition, and what it cannot find: docs/CHECKING.md.
//
// Threads: checks share nothing; a history may be checked on several threads at once.
// Errors: a workload that has no check, std::invalid_argument. An ok operation whose result is not
//   what its workload asks for is a fault of the history.
// Order: the same history gives the same result, whatever the machine.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/testing/history.hpp"

namespace narrows::testing {

/// What transactions on lists are held to.
enum class Consistency : std::uint8_t { read_committed, serializable, strict_serializable };

struct CheckOptions {
  /// Of txn-list-append; txn-rw-register is always held to read committed.
  Consistency consistency = Consistency::strict_serializable;
  /// Who must have answered a final read, where a workload has those; none named: whoever was asked
  /// anything.
  std::vector<std::string> nodes = {};
  /// States that the search of lin-kv may visit before it gives up, which is a fault: so many take
  /// about a gigabyte.
  std::size_t most_states = 4'000'000;
};

/// A number that a check found on its way.
struct Figure {
  std::string name;
  double value = 0;
  std::string unit;
};

/// A value that became known, acknowledged or read, and how long it took until every read had it.
struct Settled {
  std::chrono::nanoseconds known{};
  std::chrono::nanoseconds latency{};
};

struct CheckResult {
  /// Faults that are told in words.
  static constexpr std::size_t kMostFaults = 32;

  [[nodiscard]] bool is_valid() const { return faults.empty(); }

  /// Each one sentence, which names its operations by their place in the history, from 0.
  std::vector<std::string> faults;
  /// How many more there were.
  std::size_t more_faults = 0;
  /// "stable latency, median" and the like.
  std::vector<Figure> figures;
  /// Of broadcast and g-set, by value; only those that some read had to the end.
  std::vector<Settled> settled;
};

/// By the workload's name, as Maelstrom has it: "broadcast".
[[nodiscard]] CheckResult check(std::string_view workload, const History& history,
                                const CheckOptions& options = {});
/// The names that check() knows, in order.
[[nodiscard]] std::vector<std::string_view> checked_workloads();

[[nodiscard]] CheckResult check_echo(const History& history);
[[nodiscard]] CheckResult check_unique_ids(const History& history);
[[nodiscard]] CheckResult check_broadcast(const History& history, const CheckOptions& options = {});
[[nodiscard]] CheckResult check_g_set(const History& history, const CheckOptions& options = {});
[[nodiscard]] CheckResult check_g_counter(const History& history, const CheckOptions& options = {});
[[nodiscard]] CheckResult check_pn_counter(const History& history,
                                           const CheckOptions& options = {});
[[nodiscard]] CheckResult check_kafka(const History& history);
[[nodiscard]] CheckResult check_txn_rw_register(const History& history);
[[nodiscard]] CheckResult check_txn_list_append(const History& history,
                                                const CheckOptions& options = {});
[[nodiscard]] CheckResult check_lin_kv(const History& history, const CheckOptions& options = {});

}  // namespace narrows::testing
