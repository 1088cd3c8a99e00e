// SPDX-License-Identifier: MIT
// Goes over JSON that is known to be valid, without converting or copying any of it.
//
// Precondition of everything here: the text is one valid JSON value (a Member's value, or what
// Decoder::is_value took), and the calls follow its structure.
// Cost: each byte once; no allocation, no recursion.
#pragma once

#include <algorithm>
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
  std::string_view value() {
    const char* const begin = at_;
    switch (*at_) {
      case '"': skip_string(); break;
      case '[':
      case '{': skip_container(); break;
      default: skip_scalar();
    }
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  /// Moves into the array or object that is next.
  void enter() { ++at_; }

  /// Moves to the next item, or member, of what was entered; without one, behind it.
  [[nodiscard]] bool next() {
    skip_space();
    if (*at_ == ']' || *at_ == '}') {
      ++at_;
      return false;
    }
    if (*at_ == ',') ++at_;
    skip_space();
    return true;
  }

  /// Moves from a member to its value; the inside of its key, escapes as they came.
  std::string_view key() {
    const char* const begin = at_ + 1;
    skip_string();
    const std::string_view inside{begin, static_cast<std::size_t>(at_ - begin - 1)};
    skip_space();
    ++at_;  // the colon
    skip_space();
    return inside;
  }

 private:
  void skip_space() {
    while (at_ != end_ && static_cast<unsigned char>(*at_) <= ' ') ++at_;
  }

  void skip_string() {
    // Most are shorter than a call is worth.
    const char* const begin = at_ + 1;
    const char* const near = begin + std::min<std::ptrdiff_t>(end_ - begin, 16);
    for (const char* quote = begin; quote != near && *quote != '\\'; ++quote) {
      if (*quote == '"') {
        at_ = quote + 1;
        return;
      }
    }
    skip_long_string();
  }

  void skip_scalar() {
    while (at_ != end_ && *at_ != ',' && *at_ != ']' && *at_ != '}' &&
           static_cast<unsigned char>(*at_) > ' ') {
      ++at_;
    }
  }

  void skip_long_string();
  void skip_container();

  const char* at_;
  const char* end_;
};

}  // namespace narrows::json
