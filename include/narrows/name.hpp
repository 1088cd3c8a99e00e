// SPDX-License-Identifier: MIT
// The name of a message type or of a member: a literal is referred to, any other text is copied.
#pragma once

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

 private:
  std::string_view text_;
  bool literal_ = false;
};

}  // namespace narrows
