// SPDX-License-Identifier: MIT
// Appends JSON to a string, spaced as the node's own lines are: ", " and ": ".
//
// Bound: kDeepest levels of arrays and objects.
// Errors: beyond that std::length_error is thrown.
#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "narrows/detail/form.hpp"
#include "narrows/raw.hpp"

namespace narrows::detail {

class Writer {
 public:
  explicit Writer(std::string& to) : to_(to) {}

  void null() { to_.append("null"); }
  void write(const bool& value) { to_.append(value ? "true" : "false"); }
  void write(const Raw& value) { to_.append(value.text()); }
  /// Escaped; bytes that are no UTF-8 become U+FFFD.
  void write(std::string_view text);
  /// The shortest text that reads back the same; null when JSON has none.
  void write(float value);
  void write(double value);
  void write(long double value) { write(static_cast<double>(value)); }
  template <Integer T>
  void write(T value) {
    if constexpr (std::signed_integral<T>) {
      write_signed(value);
    } else {
      write_unsigned(value);
    }
  }

  /// A member's name, and what stands before its value.
  void key(std::string_view name);
  template <Integer T>
  void key(T name) {
    to_.push_back('"');
    write(name);
    to_.append("\": ");
  }
  /// The same of a name that needs no escapes.
  void plain_key(std::string_view name) { to_.append("\"").append(name).append("\": "); }

  void open(char bracket);
  void close(char bracket);
  /// What stands before an item or a member.
  void separate(bool& is_first) {
    if (!is_first) to_.append(", ");
    is_first = false;
  }

 private:
  void write_signed(std::int64_t value);
  void write_unsigned(std::uint64_t value);

  std::string& to_;
  std::uint32_t depth_ = 0;
};

}  // namespace narrows::detail
