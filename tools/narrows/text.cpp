// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

#include "base/text.hpp"
#include "json/string.hpp"

namespace narrows::tools {
namespace {

std::string escaped(std::string_view text) {
  std::string to(json::escaped_bound(text.size()), '\0');
  to.resize(static_cast<std::size_t>(json::escape_to(to.data(), text) - to.data()));
  return to;
}

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

}  // namespace

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text += part;
  return text;
}

std::string json_code(char32_t code_point) {
  if (code_point > 0xFFFF) {  // a surrogate pair
    return json_code(0xD800 + ((code_point - 0x10000) >> 10))
        .append(json_code(0xDC00 + ((code_point - 0x10000) & 0x3FF)));
  }
  std::array<char, 8> code{};
  std::snprintf(code.data(), code.size(), "\\u%04x", static_cast<unsigned>(code_point));
  return code.data();
}

std::string printable_json(std::string_view json) {
  std::string to;
  to.reserve(json.size());
  while (!json.empty()) {
    const Character character = first_character(json);
    const std::size_t size = std::max<std::size_t>(character.bytes, 1);
    if (character.bytes == 0) {
      to += "\xEF\xBF\xBD";  // U+FFFD
    } else if (character.code_point < 0x20) {
      to += ' ';  // outside of strings: space between tokens
    } else if (can_be_seen(character.code_point)) {
      to += json.substr(0, size);
    } else {
      to += json_code(character.code_point);
    }
    json.remove_prefix(size);
  }
  return to;
}

std::string printable(std::string_view text, std::size_t most) {
  const bool cut = text.size() > most;
  if (cut) {
    while (most > 0 && continues(text[most])) --most;
    text = text.substr(0, most);
  }
  std::string to;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find_first_of("\"\\"), text.size());
    to += escaped(text.substr(0, plain));
    if (plain < text.size()) to += text[plain];
    text.remove_prefix(std::min(plain + 1, text.size()));
  }
  return printable_json(to).append(cut ? "..." : "");
}

std::string quoted(std::string_view text) {
  return joined({"\"", printable_json(escaped(text)), "\""});
}

std::string text_or_null(std::string_view text) { return text.empty() ? "null" : quoted(text); }

std::string grouped(std::uint64_t value) {
  const std::string digits = std::to_string(value);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string grouped_whole(double value) {
  constexpr double kMost = 1e18;
  if (!(value > 0)) return "0";  // also what is no number
  return grouped(static_cast<std::uint64_t>(std::min(value, kMost) + 0.5));
}

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", decimals, std::clamp(value, -1e30, 1e30));
  return text.data();
}

std::string seconds(std::chrono::nanoseconds time) {
  const double value = std::chrono::duration<double>(time).count();
  return fixed(value, value == std::floor(value) ? 0 : 3).append(" s");
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
  if (error != std::errc() || !(value >= 0)) return std::nullopt;
  const std::string_view unit(at, static_cast<std::size_t>(end - at));
  constexpr std::array<std::pair<std::string_view, double>, 6> kUnits{
      {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}}};
  for (const auto& [name, ns] : kUnits) {
    if (name == unit && value * ns < 1e17) {
      return std::chrono::nanoseconds(std::llround(value * ns));
    }
  }
  return std::nullopt;
}

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return grouped(count).append(" ").append(count == 1 ? one : many);
}

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return !continues(byte); }));
}

std::string wrapped(std::string_view text, std::size_t width) {
  std::string lines;
  std::size_t used = 0;  // columns of the last line
  while (!text.empty()) {
    std::size_t end = text.find(' ');
    if (end < text.size() && end > 0 && is_digit(text[end - 1])) end = text.find(' ', end + 1);
    const std::string_view word = text.substr(0, end);
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (word.empty()) continue;
    const bool fits = used > 0 && used + 1 + columns(word) <= width;
    if (!lines.empty()) lines += fits ? ' ' : '\n';
    lines += word;
    used = (fits ? used + 1 : 0) + columns(word);
  }
  return lines.empty() ? lines : lines.append("\n");
}

}  // namespace narrows::tools
