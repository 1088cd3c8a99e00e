// SPDX-License-Identifier: MIT
// Goes over JSON that is known to be valid, without converting or copying any of it.
//
// Precondition of everything here: the text is one valid JSON value (a Member's value, or what
// Decoder::is_value took), and the calls follow its structure.
// Cost: each byte once; no allocation, no recursion.
#pragma once

#include <cstddef>
#include <string_view>

namespace narrows::json {

class Walk {
 public:
  explicit Walk(std::string_view json) : Walk(json.data(), json.data() + json.size()) {}
  /// Goes on at a value, or behind one.
  Walk(const char* at, const char* end) : at_(at), end_(end) { skip_space(); }

  [[nodiscard]] const char* at() const { return at_; }
  [[nodiscard]] const char* end() const { return end_; }
  /// The first byte of the value that is next: it tells the kind.
  [[nodiscard]] char first() const { return *at_; }

  /// Moves behind the value that is next; its text.
  std::string_view value();
  /// Moves into the array or object that is next.
  void enter() { ++at_; }
  /// Moves to the next item, or member, of what was entered; without one, behind it.
  [[nodiscard]] bool next();
  /// Moves from a member to its value; the inside of its key, escapes as they came.
  std::string_view key();

 private:
  void skip_space() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }
  void skip_string();
  void skip_container();
  void skip_scalar();

  const char* at_;
  const char* end_;
};

}  // namespace narrows::json
