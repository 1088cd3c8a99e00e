// SPDX-License-Identifier: MIT
#include "json/string.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "json/allocator.hpp"

namespace narrows::json {
namespace {

struct StringHandler : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, StringHandler> {
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    decoded.assign(text, length);
    return true;
  }
  std::string decoded;
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
  if (inside.find('\\') == std::string_view::npos) return std::string(inside);
  std::string quoted;
  quoted.reserve(inside.size() + 2);
  quoted.append("\"").append(inside).append("\"");
  rapidjson::MemoryStream stream(quoted.data(), quoted.size());
  StringHandler handler;
  Reader reader;
  reader.Parse(stream, handler);
  return std::move(handler.decoded);
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
