// SPDX-License-Identifier: MIT
// Structs that are decoded and encoded, and what comes of it as text.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "narrows/decode.hpp"
#include "narrows/encode.hpp"
#include "narrows/error.hpp"
#include "unit/doctest.hpp"

namespace narrows::test {

struct Add {
  std::int64_t delta = 0;
  std::optional<std::string> key;
  bool operator==(const Add&) const = default;
};
NARROWS_FIELDS(Add, delta, key)

/// One of its fields has another name in JSON.
struct Operation {
  std::string function;
  std::int32_t key = 0;
  std::optional<std::vector<int>> values;
  bool operator==(const Operation&) const = default;
};
constexpr auto narrows_fields(std::type_identity<Operation>) {
  return fields(field("f", &Operation::function), field("key", &Operation::key),
                field("values", &Operation::values));
}

struct Transaction {
  std::vector<Operation> txn;
  std::map<std::string, Add> sums;
  bool operator==(const Transaction&) const = default;
};
NARROWS_FIELDS(Transaction, txn, sums)

struct Nothing {
  bool operator==(const Nothing&) const = default;
};
NARROWS_FIELDS(Nothing)

/// It contains itself.
struct Tree {
  std::vector<Tree> in;
};
NARROWS_FIELDS(Tree, in)

template <typename T>
T decoded(std::string_view json) {
  return decode<T>(Raw::checked(json));
}

/// What decoding it as a T is refused with.
template <typename T>
std::string refusal(std::string_view json) {
  const Raw raw = Raw::checked(json);
  try {
    static_cast<void>(decode<T>(raw));
  } catch (const Error& error) {
    CHECK(error.code() == static_cast<int>(ErrorCode::malformed_request));
    return std::string(error.text());
  }
  return "none";
}

}  // namespace narrows::test
