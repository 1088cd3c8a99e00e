// SPDX-License-Identifier: MIT
// Committed offsets of kafka, which only grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "narrows/testing/history.hpp"
#include "testing/findings.hpp"

namespace narrows::testing {

class OffsetCommits {
 public:
  /// Both outlive it.
  OffsetCommits(const History& history, Findings& findings)
      : history_(history), findings_(findings) {}

  /// Tells what goes back, and what nobody has committed.
  void judge();

 private:
  /// An offset of one key, in a commit or in an answer to list_committed_offsets; -1: the answer
  /// has none.
  struct Told {
    std::size_t operation;
    std::int64_t offset;
  };
  struct Key {
    std::vector<Told> commits;  // that may have happened
    std::vector<Told> lists;
  };

  void take_commit(std::size_t operation);
  void take_list(std::size_t operation);
  void judge_key(const std::string& name, const Key& key);
  [[nodiscard]] bool is_committed(const Key& key, const Told& list) const;
  [[nodiscard]] const Operation& at(std::size_t i) const { return history_.operations()[i]; }

  const History& history_;
  Findings& findings_;
  std::map<std::string, Key> keys_;
};

}  // namespace narrows::testing
