// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <utility>

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

std::string printable_json(std::string_view json) {
  std::string to;
  to.reserve(json.size());
  std::array<char, 8> code{};
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const unsigned next = i + 1 < json.size() ? static_cast<unsigned char>(json[i + 1]) : 0;
    unsigned control = 0;
    if (byte == 0x7F) control = byte;
    if (byte == 0xC2 && next >= 0x80 && next <= 0x9F) control = next;  // C1, in UTF-8
    if (control != 0) {
      std::snprintf(code.data(), code.size(), "\\u%04x", control);
      to += code.data();
      if (control != byte) ++i;
    } else {
      to += byte < 0x20 ? ' ' : json[i];  // outside of strings: space between tokens
    }
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
