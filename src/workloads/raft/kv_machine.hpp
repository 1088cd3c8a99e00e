// SPDX-License-Identifier: MIT
// The state that a lin-kv cluster replicates: values by key, and which requests were applied.
//
// A request is named by the node that a client sent it to, its origin, and that node's number for
// it. It is applied once, however often it comes: the machine remembers the numbers that it has
// applied, from the least on that its origin still waits for.
//
// Order: the same commands in the same order make the same state, and the same snapshot, byte for
//   byte.
// Bound: the values; of each origin the gaps between applied numbers, which are no more than the
//   requests that it waits for.
// Threads: one thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace narrows::workloads::raft {

/// What a client wants to change.
struct Change {
  enum class Kind : std::uint8_t { write, compare_and_set, create_or_set };
  Kind kind;
  // JSON.
  std::string_view key;
  std::string_view from;  // unless it is a write
  std::string_view to;
};

/// As JSON, for the log. `floor`: the origin waits for no request with a lower number.
[[nodiscard]] std::string command_of(std::string_view origin, std::uint64_t number,
                                     std::uint64_t floor, const Change& change);

class KvMachine {
 public:
  enum class Outcome : std::uint8_t {
    done,
    no_such_key,
    different,  // the value is not `from`
    repeated,   // it was applied before, or its origin no longer waits for it
  };
  struct Applied {
    std::string origin;
    std::uint64_t number;
    Outcome outcome;
  };

  /// Nothing: this is no command, and nothing has changed.
  std::optional<Applied> apply(std::string_view command);
  /// The value as it was written; null: there is no such key. `key`: canonical.
  [[nodiscard]] const std::string* find(const std::string& key) const;
  /// Also true of those that its origin no longer waits for.
  [[nodiscard]] bool has_applied(const std::string& origin, std::uint64_t number) const;

  /// All of it, as JSON.
  [[nodiscard]] std::string snapshot() const;
  /// In place of what it is now; false: this is no snapshot, and nothing has changed.
  [[nodiscard]] bool restore(std::string_view snapshot);

 private:
  /// Numbers that were applied: all below `floor`, and these ranges.
  struct Session {
    [[nodiscard]] bool has(std::uint64_t number) const;
    void add(std::uint64_t number);
    void raise(std::uint64_t to);

    std::uint64_t floor = 0;
    std::map<std::uint64_t, std::uint64_t> ranges;  // first to last
  };

  Outcome change(Change::Kind kind, std::string key, std::string_view from, std::string_view to);

  std::map<std::string, std::string> values_;             // by canonical key
  std::map<std::string, Session, std::less<>> sessions_;  // by origin
};

}  // namespace narrows::workloads::raft
