// SPDX-License-Identifier: MIT
// One node's part of a counter: what it was told to add, and to take away. Both only grow, so of
// two states of one node's the one with more is the later one.
//
// Source: Shapiro et al., Conflict-free replicated data types, 2011: PN-Counter.
// Bound: a node's sums are at most its share of what 63 bits hold, so that no sum of all nodes'
//   overflows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include "narrows/error.hpp"
#include "narrows/fields.hpp"

namespace narrows::workloads {

struct Sums {
  std::uint64_t plus = 0;
  std::uint64_t minus = 0;

  [[nodiscard]] static std::uint64_t share(std::size_t nodes) {
    return static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) / nodes;
  }
  /// Throws Error (abort), and changes nothing, when this node's share is used up.
  void add(std::int64_t delta, std::size_t nodes) {
    std::uint64_t& sum = delta < 0 ? minus : plus;
    const auto bits = static_cast<std::uint64_t>(delta);
    const std::uint64_t size = delta < 0 ? 0 - bits : bits;
    if (size > share(nodes) - sum) {
      throw Error(ErrorCode::abort, "the counter might leave the numbers of 64 bits");
    }
    sum += size;
  }
  /// From someone else. Throws Error (malformed_request).
  void check(std::size_t nodes) const {
    if (plus <= share(nodes) && minus <= share(nodes)) return;
    throw Error(ErrorCode::malformed_request, "a node's sums are more than its share");
  }

  [[nodiscard]] std::uint64_t version() const { return plus + minus; }
  [[nodiscard]] std::int64_t value() const { return static_cast<std::int64_t>(plus - minus); }
};
NARROWS_FIELDS(Sums, plus, minus)

}  // namespace narrows::workloads
