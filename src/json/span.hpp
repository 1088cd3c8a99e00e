// SPDX-License-Identifier: MIT
// Where a piece of text lies in the buffer that holds it.
#pragma once

#include <cstdint>
#include <string_view>

namespace narrows::json {

/// Offsets in bytes from the start of the buffer. A length of 0 with offset 0 means "absent".
struct Span {
  std::uint32_t offset = 0;
  std::uint32_t length = 0;

  [[nodiscard]] std::string_view in(const char* base) const { return {base + offset, length}; }
};

/// One member of a message's body.
struct Member {
  std::uint64_t prefix;  // the key's first 8 bytes, zero-padded: most look-ups need not touch the text
  Span key;              // between the quotes, escapes as they came
  Span value;            // the whole JSON value, quotes included
};

}  // namespace narrows::json
