// SPDX-License-Identifier: MIT
// The name of a message type or of a member: a literal is referred to, any other text is copied.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace narrows {

class Name {
 public:
  /// A literal, checked while compiling: one that JSON would have to escape does not compile.
  // NOLINTNEXTLINE(google-explicit-constructor): reply("echo_ok") must read like that
  consteval Name(const char* literal) : text_(literal), literal_(true) {
    for (const char byte : text_) {
      if (byte == '"' || byte == '\\' || static_cast<unsigned char>(byte) < 0x20) {
        throw "a literal name has no quotes, backslashes or control characters";
      }
    }
    if (!is_utf8(text_)) throw "a literal name is UTF-8";
    free_literal_ = !is_reserved();
  }
  // NOLINTNEXTLINE(google-explicit-constructor)
  Name(std::string_view text) : text_(text) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  Name(const std::string& text) : text_(text) {}

  /// Text that outlives whatever is made of it; it needs no escapes.
  [[nodiscard]] static Name lasting(std::string_view text) {
    Name name(text);
    name.literal_ = true;
    return name;
  }

  [[nodiscard]] std::string_view text() const { return text_; }
  [[nodiscard]] bool is_literal() const { return literal_; }
  /// A member that the node sets itself.
  [[nodiscard]] constexpr bool is_reserved() const {
    return text_ == "type" || text_ == "msg_id" || text_ == "in_reply_to";
  }
  /// A literal that is not reserved.
  [[nodiscard]] bool is_free_literal() const { return free_literal_; }

 private:
  /// Source: Unicode 15, table 3-7, well-formed byte sequences.
  [[nodiscard]] static constexpr bool is_utf8(std::string_view text) {
    const auto byte = [&](std::size_t at) {
      return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    };
    for (std::size_t at = 0; at < text.size();) {
      const unsigned first = byte(at);
      if (first < 0x80) {
        ++at;
        continue;
      }
      const std::size_t more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
      if (first < 0xC2 || first > 0xF4) return false;
      const unsigned least = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
      const unsigned most = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
      if (byte(at + 1) < least || byte(at + 1) > most) return false;
      for (std::size_t i = 2; i <= more; ++i) {
        if ((byte(at + i) & 0xC0U) != 0x80) return false;
      }
      at += more + 1;
    }
    return true;
  }

  std::string_view text_;
  bool literal_ = false;
  bool free_literal_ = false;
};

}  // namespace narrows
