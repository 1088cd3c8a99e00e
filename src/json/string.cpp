// SPDX-License-Identifier: MIT
#include "json/string.hpp"

#include <rapidjson/encodings.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace narrows::json {
namespace {

/// Takes the inside of a valid JSON string apart: plain text, and what each escape stands for.
class Unescaper {
 public:
  explicit Unescaper(std::string_view inside) : rest_(inside) {}

  /// The next piece, good until the next call; empty at the end.
  std::string_view next() {
    if (rest_.empty()) return {};
    if (rest_.front() != '\\') return take(std::min(rest_.find('\\'), rest_.size()));
    const char kind = take(2).back();
    switch (kind) {
      case 'b': return "\b";
      case 'f': return "\f";
      case 'n': return "\n";
      case 'r': return "\r";
      case 't': return "\t";
      case 'u': return character();
      default: return rest_of_escape(kind);
    }
  }

  // What RapidJSON's UTF-8 encoder takes for a stream.
  using Ch = char;
  void Put(char byte) { encoded_[size_++] = byte; }

 private:
  std::string_view take(std::size_t size) {
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  /// A quote, a backslash or a slash stands for itself.
  std::string_view rest_of_escape(char kind) {
    encoded_[0] = kind;
    return {encoded_.data(), 1};
  }

  unsigned hex() {
    unsigned unit = 0;
    const std::string_view digits = take(4);
    std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16);
    return unit;
  }

  std::string_view character() {
    unsigned code_point = hex();
    if (code_point >= 0xD800 && code_point <= 0xDBFF) {
      take(2);  // the backslash and the u of the second half
      code_point = 0x10000 + ((code_point - 0xD800) << 10) + (hex() - 0xDC00);
    }
    size_ = 0;
    rapidjson::UTF8<>::Encode(*this, code_point);
    return {encoded_.data(), size_};
  }

  std::string_view rest_;
  std::array<char, 4> encoded_{};
  std::size_t size_ = 0;
};

/// A read-only stream for RapidJSON's UTF-8 decoder, ended by a NUL that no sequence crosses.
class Utf8Source {
 public:
  using Ch = char;
  explicit Utf8Source(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}
  [[nodiscard]] char Peek() const { return at_ < end_ ? *at_ : '\0'; }
  char Take() { return at_ < end_ ? *at_++ : '\0'; }
  [[nodiscard]] std::size_t Tell() const { return 0; }
  [[nodiscard]] const char* at() const { return at_; }

 private:
  const char* at_;
  const char* end_;
};

/// A byte of UTF-8 that begins no character.
bool is_tail(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

char* put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* put_escape(char* to, unsigned char control) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (control) {
    case '"': return put(to, "\\\"");
    case '\\': return put(to, "\\\\");
    case '\n': return put(to, "\\n");
    case '\r': return put(to, "\\r");
    case '\t': return put(to, "\\t");
    default:
      to = put(to, "\\u00");
      *to++ = kHex[control >> 4];
      *to++ = kHex[control & 15];
      return to;
  }
}

}  // namespace

std::string unescape(std::string_view inside) {
  std::string text;
  text.reserve(inside.size());
  Unescaper unescaper(inside);
  for (std::string_view piece = unescaper.next(); !piece.empty(); piece = unescaper.next()) {
    text.append(piece);
  }
  return text;
}

std::string_view start_of_unescaped(std::string_view inside, std::span<char> room) {
  std::size_t size = 0;
  Unescaper unescaper(inside);
  while (size < room.size()) {
    const std::string_view piece = unescaper.next();
    if (piece.empty()) break;
    size += piece.copy(room.data() + size, room.size() - size);
  }
  return {room.data(), size};
}

bool unescaped_is(std::string_view inside, std::string_view name) {
  if (inside.size() < name.size()) return false;  // an escape is longer than what it stands for
  if (name.empty()) return inside.empty();
  if (inside.front() != name.front() && inside.front() != '\\') return false;
  Unescaper unescaper(inside);
  for (std::string_view piece = unescaper.next(); !piece.empty(); piece = unescaper.next()) {
    if (!name.starts_with(piece)) return false;
    name.remove_prefix(piece.size());
  }
  return name.empty();
}

char* escape_to(char* to, std::string_view text) {
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text.front());
    std::size_t taken = 1;
    if (first < 0x20 || first == '"' || first == '\\' || first == 0x7F) {
      to = put_escape(to, first);
    } else if (first < 0x80) {
      *to++ = text.front();
    } else {
      Utf8Source source(text);
      unsigned code_point = 0;
      if (rapidjson::UTF8<>::Decode(source, &code_point)) {
        taken = static_cast<std::size_t>(source.at() - text.data());
        to = put(to, text.substr(0, taken));
      } else {
        to = put(to, "\xEF\xBF\xBD");
      }
    }
    text.remove_prefix(taken);
  }
  return to;
}

void append_escaped(std::string& to, std::string_view text) {
  constexpr std::size_t kPiece = 256;
  std::array<char, escaped_bound(kPiece)> escaped;
  while (!text.empty()) {
    std::size_t size = std::min(text.size(), kPiece);
    // A character is not cut in two.
    for (int tail = 0; tail < 3 && size < text.size() && is_tail(text[size]); ++tail) --size;
    const char* const end = escape_to(escaped.data(), text.substr(0, size));
    to.append(escaped.data(), static_cast<std::size_t>(end - escaped.data()));
    text.remove_prefix(size);
  }
}

}  // namespace narrows::json
