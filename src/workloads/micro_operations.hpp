// SPDX-License-Identifier: MIT
// The micro-operations of Maelstrom's transactions: ["r",key,null], ["w",key,value],
// ["append",key,value].
//
// Errors: what is none is an Error (malformed_request) that names the place, as `txn[2][0]`.
// Bound: keys and values that one transaction writes, kMostWritten; a value's nesting,
// kDeepestValue:
//   so that what nodes keep in services, and tell each other, stays far below their longest line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/request.hpp"
#include "workloads/nesting.hpp"

namespace narrows::workloads {

inline constexpr std::size_t kMostWritten = std::size_t{4} << 10U;  // bytes

struct MicroOperation {
  bool is_read = false;
  std::string key;    // JSON of an integer or a string: one text for each key
  std::string value;  // JSON: what is written, or was read
};

/// A request's `txn`; `write` is the function of those that are no reads.
[[nodiscard]] std::vector<MicroOperation> micro_operations(const Request& request,
                                                           std::string_view write);
/// Those that another node sends, or answers: what was read has its values.
[[nodiscard]] std::vector<MicroOperation> micro_operations(const Raw& txn, std::string_view write);
/// A key's one text; empty: it is neither an integer nor a string.
[[nodiscard]] std::string key_text(const Raw& key);
/// Bytes of the keys and values that are written, and of what parts them.
[[nodiscard]] std::size_t written_bytes(const std::vector<MicroOperation>& operations);
/// The JSON of a reply's `txn`.
[[nodiscard]] std::string to_json(const std::vector<MicroOperation>& operations,
                                  std::string_view write);

}  // namespace narrows::workloads
