// SPDX-License-Identifier: MIT
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace narrows {
namespace {

struct Range {
  char32_t first, last;
};

/// What cannot be seen, beyond ASCII, in order.
constexpr std::array<Range, 19> kUnseen{{{0x80, 0x9F},
                                         {0xAD, 0xAD},
                                         {0x34F, 0x34F},
                                         {0x61C, 0x61C},
                                         {0x115F, 0x1160},
                                         {0x17B4, 0x17B5},
                                         {0x180B, 0x180F},
                                         {0x200B, 0x200F},
                                         {0x2028, 0x202E},
                                         {0x2060, 0x206F},
                                         {0x3164, 0x3164},
                                         {0xFE00, 0xFE0F},
                                         {0xFEFF, 0xFEFF},
                                         {0xFFA0, 0xFFA0},
                                         {0xFFF0, 0xFFFB},
                                         {0x1BCA0, 0x1BCA3},
                                         {0x1D173, 0x1D17A},
                                         {0xE0000, 0xE0FFF},
                                         {0x110000, 0xFFFFFFFF}}};

char* put_byte(char* at, char byte) {
  constexpr char kHex[] = "0123456789abcdef";
  const auto value = static_cast<unsigned char>(byte);
  *at++ = '\\';
  *at++ = 'x';
  *at++ = kHex[value >> 4];
  *at++ = kHex[value & 15];
  return at;
}

}  // namespace

Character first_character(std::string_view text) {
  const auto at = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return at(i) >= 0x80 && at(i) <= 0xBF; };
  const unsigned first = at(0);
  const unsigned second = at(1);
  if (first < 0x80) return {first, text.empty() ? 0U : 1U};
  if (first >= 0xC2 && first <= 0xDF && is_tail(1)) {
    return {(first & 0x1F) << 6 | (second & 0x3F), 2};
  }
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    if (second < low || second > high || !is_tail(2)) return {0, 0};
    return {(first & 0xF) << 12 | (second & 0x3F) << 6 | (at(2) & 0x3F), 3};
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high || !is_tail(2) || !is_tail(3)) return {0, 0};
    return {(first & 7) << 18 | (second & 0x3F) << 12 | (at(2) & 0x3F) << 6 | (at(3) & 0x3F), 4};
  }
  return {0, 0};
}

bool can_be_seen(char32_t code_point) {
  if (code_point < 0x7F) return code_point >= 0x20;
  if (code_point == 0x7F) return false;
  const auto* const range =
      std::lower_bound(kUnseen.begin(), kUnseen.end(), code_point,
                       [](const Range& each, char32_t wanted) { return each.last < wanted; });
  return code_point < range->first;  // the last range has all the rest
}

char* append_printable(char* at, char* end, std::string_view text) {
  constexpr std::size_t kEscapeBytes = 4;  // \xNN
  while (!text.empty()) {
    const Character character = first_character(text);
    const bool is_plain = character.bytes != 0 && can_be_seen(character.code_point);
    const std::size_t size = std::max<std::size_t>(character.bytes, 1);
    if (static_cast<std::size_t>(end - at) < (is_plain ? size : kEscapeBytes * size)) break;
    if (is_plain) {
      std::memcpy(at, text.data(), size);
      at += size;
    } else {
      for (const char byte : text.substr(0, size)) at = put_byte(at, byte);
    }
    text.remove_prefix(size);
  }
  return at;
}

}  // namespace narrows
