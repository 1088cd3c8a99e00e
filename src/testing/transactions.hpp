// SPDX-License-Identifier: MIT
// The transactions of a history, read from their JSON, and how cycles of them are told.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "narrows/testing/history.hpp"
#include "testing/findings.hpp"
#include "testing/transaction_graph.hpp"
#include "testing/values.hpp"

namespace narrows::testing {

/// One step of a transaction: ["r",key,…], ["w",key,value], ["append",key,value].
struct Step {
  bool is_read = false;
  Values::Id key = 0;
  Values::Id value = 0;          // that was read or written; not of reads of lists
  std::vector<Values::Id> list;  // that was read
};

struct Transaction {
  std::size_t operation = 0;
  Outcome outcome = Outcome::ok;
  std::vector<Step> steps;  // reads have values where the outcome is ok
};

/// A key and a value as one number.
[[nodiscard]] constexpr std::uint64_t version(Values::Id key, Values::Id value) {
  return (std::uint64_t{key} << 32U) | value;
}

class Transactions {
 public:
  /// Who writes a version.
  struct Writer {
    std::uint32_t transaction;
    bool is_last;  // of those that it writes to this key
  };

  /// What is written as "append" is read as lists. What cannot be read is told, and an answer that
  /// does not fit its request taken for none.
  Transactions(const History& history, Findings& findings, std::string_view write);

  [[nodiscard]] const std::vector<Transaction>& all() const { return all_; }
  [[nodiscard]] const Operation& operation(std::size_t transaction) const {
    return history_.operations()[all_[transaction].operation];
  }
  [[nodiscard]] const Writer* writer(Values::Id key, Values::Id value) const;
  /// True if each version has one writer: else nothing can be said of reads, which is told.
  [[nodiscard]] bool are_writes_unique() const { return are_writes_unique_; }
  [[nodiscard]] std::size_t key_count() const { return keys_.size(); }
  [[nodiscard]] std::size_t value_count() const { return values_.size(); }
  [[nodiscard]] Values::Id null() const { return null_; }

  [[nodiscard]] std::string name(std::size_t transaction) const {
    return findings_.name(all_[transaction].operation);
  }
  /// "3 of "x"".
  [[nodiscard]] std::string version_text(Values::Id key, Values::Id value) const;
  /// The fault of a read of what nobody wrote, what failed, or what was not written yet, if it is
  /// one, of each version once.
  void judge_read(std::size_t reader, Values::Id key, Values::Id value);
  /// Tells cycles of the graph, whose nodes are the transactions; an edge's detail is a place in
  /// `versions`.
  void tell_cycles(TransactionGraph& graph, const std::vector<std::uint64_t>& versions,
                   unsigned kinds);

 private:
  bool read_steps(std::string_view json, bool has_values, std::vector<Step>& steps);
  bool read_step(const Raw& json, bool has_values, Step& step);
  [[nodiscard]] bool is_answer_to(const std::vector<Step>& asked,
                                  const std::vector<Step>& answered) const;
  void take(std::size_t operation);
  void index_writes();
  [[nodiscard]] std::string told(const std::vector<TransactionGraph::Edge>& cycle,
                                 const std::vector<std::uint64_t>& versions) const;

  const History& history_;
  Findings& findings_;
  std::string write_;
  bool has_lists_;
  Values keys_;
  Values values_;
  Values::Id null_;
  std::vector<Transaction> all_;
  std::unordered_map<std::uint64_t, Writer> writers_;  // by version
  std::unordered_map<std::uint64_t, bool> is_told_;    // by version
  bool are_writes_unique_ = true;
};

}  // namespace narrows::testing
