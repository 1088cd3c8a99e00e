// SPDX-License-Identifier: MIT
// JSON strings: what is written between the quotes, and what it stands for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace narrows::json {

/// Undoes the escapes of the inside of a valid JSON string. Cost: allocates, unless it is short and
/// has none.
[[nodiscard]] std::string unescape(std::string_view inside);

/// Bytes that escape_to() writes at most for `length` bytes of text.
[[nodiscard]] constexpr std::size_t escaped_bound(std::size_t length) { return 6 * length; }

/// Writes `text` as the inside of a JSON string and returns the end. Bytes that are no UTF-8 become
/// U+FFFD, so the result is always valid. `to` has room for escaped_bound(text.size()).
char* escape_to(char* to, std::string_view text);

/// The same at the end of a string.
void append_escaped(std::string& to, std::string_view text);

}  // namespace narrows::json
