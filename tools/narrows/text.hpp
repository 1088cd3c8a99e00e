// SPDX-License-Identifier: MIT
// Text for people: numbers that can be read, and what came from outside made harmless.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace narrows::tools {

/// All of them, one after the other.
[[nodiscard]] std::string joined(std::initializer_list<std::string_view> parts);

/// What cannot be seen (base/text.hpp) as JSON escapes, U+FFFD for bytes that are no UTF-8, cut off
/// after `most` bytes. Whatever came from outside goes through here on its way to a terminal.
[[nodiscard]] std::string printable(std::string_view text, std::size_t most = 200);

/// A character as the escape of JSON strings: \uNNNN, or two of them.
[[nodiscard]] std::string json_code(char32_t code_point);

/// Valid JSON that means the same, what cannot be seen written as escapes.
[[nodiscard]] std::string printable_json(std::string_view json);

/// As a JSON string, quotes included.
[[nodiscard]] std::string quoted(std::string_view text);

/// The same, or null for an empty text.
[[nodiscard]] std::string text_or_null(std::string_view text);

/// Like 1,234,567.
[[nodiscard]] std::string grouped(std::uint64_t value);

/// The nearest whole number likewise, whatever the figure is: 0 for what is below or none, 10^18
/// for what is above.
[[nodiscard]] std::string grouped_whole(double value);

/// With so many decimals.
[[nodiscard]] std::string fixed(double value, int decimals);

/// "10 s", "0.250 s".
[[nodiscard]] std::string seconds(std::chrono::nanoseconds time);

/// A number with a unit: ns, us, ms, s, m or h. Nothing if the text is none.
[[nodiscard]] std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

/// "1 reply", "2,000 replies".
[[nodiscard]] std::string counted(std::uint64_t count, std::string_view one, std::string_view many);

/// Columns of a terminal that a text takes, if each character takes one.
[[nodiscard]] std::size_t columns(std::string_view text);

/// As lines of at most so many columns, broken between words, but not after a number ("5 µs" stays
/// whole). A longer word has one of its own.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t width);

}  // namespace narrows::tools
