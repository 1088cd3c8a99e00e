// SPDX-License-Identifier: MIT
// A JSON text as a tree to be read by name: for documents, not for lines at speed.
//
// Ownership: a value owns all that is under it.
// Errors: looking for what is not there gives a null value, so that paths need no checks between.
// Cost: allocates; about 100 bytes a value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace narrows::json {

class Value {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  /// Deeper texts are refused.
  static constexpr std::size_t kMaxDepth = 64;

  /// Nothing unless the text is one JSON value. Numbers beyond a double's range are refused.
  [[nodiscard]] static std::optional<Value> parse(std::string_view json);

  Value() = default;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool is_object() const { return kind_ == Kind::object; }

  /// An object's last member of this name.
  [[nodiscard]] const Value& operator[](std::string_view name) const;
  /// An array's elements, or an object's members' values.
  [[nodiscard]] std::span<const Value> items() const { return items_; }
  /// The names that belong to an object's items().
  [[nodiscard]] std::span<const std::string> names() const { return names_; }

  /// As text, numbers as they were written and members in their order.
  [[nodiscard]] std::string to_json() const;
  /// An object's members by name, of a name that stands twice the last alone.
  /// Cost: as sorting the names; `operator[]` looks through all of them each time.
  [[nodiscard]] std::vector<std::pair<std::string_view, const Value*>> members() const;
  /// The same but for how numbers and strings are written, and for the order of members.
  /// Cost: as sorting the names of both; each value is looked at once.
  [[nodiscard]] bool equals(const Value& other) const;

  [[nodiscard]] std::optional<std::string_view> string() const;
  [[nodiscard]] std::optional<double> number() const;
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  [[nodiscard]] std::optional<bool> boolean() const;

 private:
  friend class TreeBuilder;

  Kind kind_ = Kind::null;
  std::string text_;                // a string decoded; a number or a boolean as written
  std::vector<std::string> names_;  // an object's
  std::vector<Value> items_;
};

}  // namespace narrows::json
