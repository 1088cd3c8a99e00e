// SPDX-License-Identifier: MIT
// What a check finds, told in words: the operations of a fault by place, client, node and time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "narrows/raw.hpp"
#include "narrows/testing/check.hpp"

namespace narrows::testing {

class Findings {
 public:
  /// The history outlives it.
  explicit Findings(const History& history) : history_(history) {}

  void fault(std::string sentence);
  /// So many are not even told.
  void count_faults(std::size_t count) { result_.more_faults += count; }
  void figure(std::string name, double value, std::string unit);
  void settled(Settled value) { result_.settled.push_back(value); }

  /// "operation 12 (read on n1 by process 3, 1.203000 s)"; one with an argument has its text, cut.
  [[nodiscard]] std::string name(std::size_t operation) const;
  /// Says that an ok operation's result has not what is asked for.
  void bad_result(std::size_t operation, std::string_view wanted);

  [[nodiscard]] CheckResult take();

 private:
  const History& history_;
  CheckResult result_;
};

/// A text of JSON, cut where it is long.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t most_bytes = 100);

/// A member of an operation's argument or result, which is an object.
[[nodiscard]] std::optional<Raw> member_of(const std::string& object, std::string_view name);
/// The same where it is an array.
[[nodiscard]] std::optional<Raw> array_of(const std::string& object, std::string_view name);

/// Places in the history, by when they were invoked; at one moment in the history's order.
[[nodiscard]] std::vector<std::size_t> by_invocation(const History& history);

/// Nodes that must answer a final read: those of the options, or all that were asked, by name.
[[nodiscard]] std::vector<std::string> nodes_of(const History& history,
                                                const CheckOptions& options);

/// A workload's final reads of nodes that never answered one are faults.
void require_final_reads(Findings& findings, const History& history, const CheckOptions& options);

}  // namespace narrows::testing
