// SPDX-License-Identifier: MIT
// Goes over a container that nobody looks into: checks every byte of it (RFC 8259), keeps nothing.
//
// RapidJSON's reader keeps its position in memory and calls a handler for each value: for values of
// a byte or two, twice the work that they are. Seen by src/json/ alone.
#pragma once

#include <rapidjson/error/error.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "json/scan.hpp"

namespace narrows::json {

inline bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

/// Behind the whitespace that begins here. One comparison where there is none, as between most
/// tokens.
inline const char* behind_space(const char* at) {
  while (static_cast<unsigned char>(*at) <= ' ') {
    if (*at != ' ' && *at != '\n' && *at != '\r' && *at != '\t') return at;
    ++at;
  }
  return at;
}

/// Behind the digits that begin here; null if none do.
inline const char* behind_digits(const char* at) {
  if (!is_digit(*at)) return nullptr;
  do ++at;
  while (is_digit(*at));
  return at;
}

/// Behind the number that begins here (RFC 8259, section 6); null if none does.
inline const char* behind_number(const char* at) {
  if (*at == '-') ++at;
  if (*at == '0') {
    ++at;
  } else {
    at = behind_digits(at);
    if (at == nullptr) return nullptr;
  }
  if (*at == '.') {
    at = behind_digits(at + 1);
    if (at == nullptr) return nullptr;
  }
  if (*at == 'e' || *at == 'E') {
    ++at;
    if (*at == '+' || *at == '-') ++at;
    at = behind_digits(at);
  }
  return at;
}

/// Precondition of all of it: the text ends with a NUL, and 16 readable bytes are behind that.
/// `UnusualString`: a function of the place in a string where its plain part ends; it checks what
/// is there (an escape, a character beyond ASCII, or an error) and returns what is behind the
/// closing quote, or null when the string is not valid. Cost: each byte once, about a nanosecond a
/// token; no recursion, four kilobytes of stack.
template <typename UnusualString>
class Skipper {
 public:
  static constexpr std::uint32_t kMostLevels = 4096;

  /// `levels`: how deep containers may be, that one included; up to kMostLevels.
  Skipper(std::uint32_t levels, UnusualString unusual_string)
      : levels_(levels), unusual_string_(unusual_string) {}

  /// Behind the value that begins here; null if it is not valid.
  const char* value(const char* at) { return is_opening(*at) ? container(at) : scalar(at); }

  /// Behind the string that begins here; null if it is not valid.
  const char* string(const char* at) {
    at = end_of_plain_text(at + 1);
    return *at == '"' ? at + 1 : unusual_string_(at);
  }

  /// Why one of them returned null: kParseErrorTermination when it is nested too deeply,
  /// kParseErrorNone when unusual_string() found the fault.
  [[nodiscard]] rapidjson::ParseErrorCode error() const { return error_; }

 private:
  static bool is_opening(char byte) { return byte == '[' || byte == '{'; }

  const char* container(const char* at) {
    depth_ = 0;
    for (;;) {
      const std::uint32_t depth = depth_;
      at = is_opening(*at) ? open(at) : scalar(at);
      if (at == nullptr) return nullptr;
      if (depth_ != depth) continue;  // at the first value inside
      if (depth == 0) return at;
      at = behind_space(at);
      while (*at == closing_) {
        ++at;
        leave();
        if (depth_ == 0) return at;
        at = behind_space(at);
      }
      at = next_item(at);
      if (at == nullptr) return nullptr;
    }
  }

  const char* refuse(rapidjson::ParseErrorCode error) {
    error_ = error;
    return nullptr;
  }

  /// Behind an empty container; otherwise enters it, and moves to its first value.
  const char* open(const char* at) {
    if (depth_ == levels_) return refuse(rapidjson::kParseErrorTermination);
    const char closing = *at == '{' ? '}' : ']';
    at = behind_space(at + 1);
    if (*at == closing) return at + 1;
    outer_[depth_++] = closing_;
    closing_ = closing;
    return closing == '}' ? key(at) : at;
  }

  void leave() { closing_ = outer_[--depth_]; }

  /// From behind an item to the value of the next.
  const char* next_item(const char* at) {
    if (*at != ',') {
      return refuse(closing_ == '}' ? rapidjson::kParseErrorObjectMissCommaOrCurlyBracket
                                    : rapidjson::kParseErrorArrayMissCommaOrSquareBracket);
    }
    at = behind_space(at + 1);
    return closing_ == '}' ? key(at) : at;
  }

  /// From a key to its value.
  const char* key(const char* at) {
    if (*at != '"') return refuse(rapidjson::kParseErrorObjectMissName);
    at = string(at);
    if (at == nullptr) return nullptr;
    at = behind_space(at);
    if (*at != ':') return refuse(rapidjson::kParseErrorObjectMissColon);
    return behind_space(at + 1);
  }

  const char* scalar(const char* at) {
    switch (*at) {
      case '"': return string(at);
      case 't': return literal(at, "true", 4);
      case 'f': return literal(at, "false", 5);
      case 'n': return literal(at, "null", 4);
      default:
        at = behind_number(at);
        return at != nullptr ? at : refuse(rapidjson::kParseErrorValueInvalid);
    }
  }

  const char* literal(const char* at, const char* text, std::size_t size) {
    if (std::memcmp(at, text, size) != 0) return refuse(rapidjson::kParseErrorValueInvalid);
    return at + size;
  }

  std::uint32_t levels_;
  std::uint32_t depth_ = 0;
  char closing_ = '\0';  // of the innermost container
  rapidjson::ParseErrorCode error_ = rapidjson::kParseErrorNone;
  UnusualString unusual_string_;
  std::array<char, kMostLevels> outer_;  // the closing ones of those around it
};

}  // namespace narrows::json
