// SPDX-License-Identifier: MIT
// Where a piece of text lies in the buffer that holds it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace narrows::json {

/// Offsets in bytes from the start of the buffer. A length of 0 with offset 0 means "absent".
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  [[nodiscard]] std::string_view in(const char* base) const { return {base + offset, length}; }
};

/// The first 8 bytes of a name, zero-padded, as a number: mostly all that a comparison needs.
/// Precondition: 8 bytes are readable, as they are behind everything in a batch's text.
[[nodiscard]] inline std::uint64_t padded_prefix(const char* text, std::size_t length) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, text, sizeof bytes);
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return length >= 8 ? bytes : bytes & ~(~std::uint64_t{0} << (8 * length));
}

/// The same of any text.
[[nodiscard]] constexpr std::uint64_t prefix(std::string_view text) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < text.size() && i < 8; ++i) {
    bytes |= std::uint64_t{static_cast<unsigned char>(text[i])} << (8 * i);
  }
  return bytes;
}

/// One member of a message's body.
struct Member {
  std::uint64_t prefix;  // of what the key stands for: most look-ups need not touch the text
  Span key;              // between the quotes, escapes as they came
  Span value;            // the whole JSON value, quotes included
};

}  // namespace narrows::json
