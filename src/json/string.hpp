// SPDX-License-Identifier: MIT
// JSON strings: what is written between the quotes, and what it stands for.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace narrows::json {

/// Undoes the escapes of the inside of a valid JSON string. Cost: allocates, unless it is short and
/// has none.
[[nodiscard]] std::string unescape(std::string_view inside);

/// As much of the same from its beginning as `room` has place for; there it is.
[[nodiscard]] std::string_view start_of_unescaped(std::string_view inside, std::span<char> room);

/// True if `name` is what the inside of a valid JSON string stands for.
[[nodiscard]] bool unescaped_is(std::string_view inside, std::string_view name);

/// Bytes that escape_to() writes at most for `length` bytes of text.
[[nodiscard]] constexpr std::size_t escaped_bound(std::size_t length) { return 6 * length; }

/// Writes `text` as the inside of a JSON string and returns the end. Bytes that are no UTF-8 become
/// U+FFFD, so the result is always valid. `to` has room for escaped_bound(text.size()).
char* escape_to(char* to, std::string_view text);

/// The same at the end of a string.
void append_escaped(std::string& to, std::string_view text);

}  // namespace narrows::json
