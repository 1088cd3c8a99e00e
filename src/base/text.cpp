// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <cstddef>
#include <cstring>

namespace narrows {
namespace {

/// Bytes of the well-formed UTF-8 character that `text` begins with, C1 controls excepted; else 0.
/// Source: Unicode 15, table 3-7.
std::size_t character(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const unsigned first = at(0);
  const unsigned second = at(1);
  if (first >= 0x20 && first < 0x7F) return 1;
  if (first == 0xC2 && second < 0xA0) return 0;  // C1 controls
  if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return second >= low && second <= high && tail(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

char* append_printable(char* at, char* end, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  while (!text.empty()) {
    const std::size_t size = character(text);
    const auto room = static_cast<std::size_t>(end - at);
    if (room < (size == 0 ? 4 : size)) break;
    if (size != 0) {
      std::memcpy(at, text.data(), size);
      at += size;
    } else {
      const auto byte = static_cast<unsigned char>(text.front());
      *at++ = '\\';
      *at++ = 'x';
      *at++ = kHex[byte >> 4];
      *at++ = kHex[byte & 15];
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return at;
}

}  // namespace narrows
