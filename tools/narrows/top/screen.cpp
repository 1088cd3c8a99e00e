// SPDX-License-Identifier: MIT
#include "top/screen.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

namespace narrows::tools {
namespace {

constexpr char32_t kReplacement = U'\uFFFD';
constexpr char32_t kEllipsis = U'…';

struct Range {
  char32_t first, last;
};

template <std::size_t kCount>
bool is_in(const std::array<Range, kCount>& ranges, char32_t character) {
  return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return character >= range.first && character <= range.last;
  });
}

/// Characters of which every terminal makes one column.
constexpr std::array<Range, 13> kNarrow{{{0x20, 0x7E},
                                         {0xA1, 0xAC},
                                         {0xAE, 0x24F},
                                         {0x370, 0x377},
                                         {0x37A, 0x37F},
                                         {0x384, 0x482},
                                         {0x48A, 0x52F},
                                         {0x2010, 0x2015},
                                         {0x2018, 0x2026},
                                         {0x2190, 0x21FF},
                                         {0x2200, 0x22FF},
                                         {0x2500, 0x25FC},
                                         {0xFFFD, 0xFFFD}}};
/// Characters of which every terminal makes two: kana, ideographs, hangul, full-width forms.
constexpr std::array<Range, 5> kWide{
    {{0x3041, 0x3096}, {0x30A1, 0x30FA}, {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}, {0xFF01, 0xFF60}}};

int width_of(char32_t character) {
  return is_in(kNarrow, character) ? 1 : is_in(kWide, character) ? 2 : 0;
}

/// Takes the first character of a text; the replacement where it is none that can be shown.
char32_t take_character(std::string_view& text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const unsigned first = byte(0);
  const std::size_t size = first < 0x80   ? 1
                           : first < 0xC2 ? 0
                           : first < 0xE0 ? 2
                           : first < 0xF0 ? 3
                           : first < 0xF5 ? 4
                                          : 0;
  char32_t character = size < 2 ? first : first & (0xFFU >> (size + 1));
  bool whole = size > 0 && size <= text.size();
  for (std::size_t i = 1; whole && i < size; ++i) {
    whole = (byte(i) & 0xC0U) == 0x80;
    character = character << 6U | (byte(i) & 0x3FU);
  }
  text.remove_prefix(whole ? size : 1);
  return whole && width_of(character) > 0 ? character : kReplacement;
}

/// What stands for a character where there is only ASCII.
char32_t ascii(char32_t character) {
  constexpr std::u32string_view kFrom = U"…–·×µ░▒█▉▊▋▌▍▎▏▁▂▃▄▅▆▇│▸■●→▼─━╸“”‘’";
  constexpr std::string_view kTo = "~--xu.%#####   _.:-=+*|>#*>v---\"\"''";
  static_assert(kFrom.size() == kTo.size());
  if (character < 0x7F) return character;
  const std::size_t at = kFrom.find(character);
  return at == std::u32string_view::npos ? U'?' : static_cast<char32_t>(kTo[at]);
}

void append_utf8(std::string& text, char32_t character) {
  const auto put = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (character < 0x80) return put(character);
  if (character < 0x800) {
    put(0xC0 | character >> 6U);
  } else {
    put(0xE0 | character >> 12U);
    put(0x80 | (character >> 6U & 0x3FU));
  }
  put(0x80 | (character & 0x3FU));
}

}  // namespace

Screen::Screen(Size size, bool utf8)
    : size_{std::max(size.rows, 0), std::max(size.columns, 0)},
      utf8_(utf8),
      cells_(static_cast<std::size_t>(size_.rows) * static_cast<std::size_t>(size_.columns)) {}

std::string Screen::line(int row) const {
  std::string text;
  for (int column = 0; column < size_.columns; ++column) {
    if (const char32_t character = at(row, column).character; character != 0) {
      append_utf8(text, character);
    }
  }
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

void Screen::set(int row, int column, char32_t character, Ink ink) {
  cells_[static_cast<std::size_t>(row * size_.columns + column)] = {
      utf8_ || character == 0 ? character : ascii(character), ink};
}

int Screen::put(int row, int column, std::string_view text, Ink ink, int end) {
  end = end < 0 ? size_.columns : std::min(end, size_.columns);
  if (row < 0 || row >= size_.rows || column < 0) return column;
  const bool fits = columns_on_screen(text) <= end - column;
  while (!text.empty() && column < end) {
    const char32_t character = take_character(text);
    const int width = width_of(character);
    if (!fits && column + width >= end) {
      set(row, column++, kEllipsis, ink);
      break;
    }
    set(row, column++, character, ink);
    if (width == 2) set(row, column++, utf8_ ? 0 : U'?', ink);
  }
  return column;
}

void Screen::put_right(int row, int column, int end, std::string_view text, Ink ink) {
  put(row, std::max(column, end - columns_on_screen(text)), text, ink, end);
}

void Screen::fill(int row, int column, int end, char32_t character, Ink ink) {
  if (row < 0 || row >= size_.rows) return;
  for (column = std::max(column, 0); column < std::min(end, size_.columns); ++column) {
    set(row, column, character, ink);
  }
}

void Screen::paint(int row, int column, int end, Ink ink) {
  if (row < 0 || row >= size_.rows) return;
  for (column = std::max(column, 0); column < std::min(end, size_.columns); ++column) {
    cells_[static_cast<std::size_t>(row * size_.columns + column)].ink = ink;
  }
}

std::string text_on_screen(std::string_view text, bool utf8) {
  Screen screen({1, columns_on_screen(text)}, utf8);
  screen.put(0, 0, text);
  return screen.line(0);
}

int columns_on_screen(std::string_view text) {
  int columns = 0;
  while (!text.empty()) columns += width_of(take_character(text));
  return columns;
}

std::vector<std::string> wrapped(std::string_view text, int columns, int most) {
  std::vector<std::string> lines;
  while (!text.empty() && static_cast<int>(lines.size()) < most) {
    std::string_view rest = text;  // behind what fits
    std::size_t word = 0;          // where the last word that fits ends
    for (int used = 0; !rest.empty();) {
      const std::size_t at = text.size() - rest.size();
      if (rest.front() == ' ') word = at;
      std::string_view next = rest;
      used += width_of(take_character(next));
      if (used > columns) break;
      rest = next;
    }
    std::size_t size = text.size() - rest.size();
    const bool last = static_cast<int>(lines.size()) + 1 == most;
    if (last || size == text.size()) {  // put() cuts it
      lines.emplace_back(text);
      break;
    }
    if (word > 0) size = word;
    if (size == 0) break;  // not even one character
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(std::min(text.find_first_not_of(' ', size), text.size()));
  }
  return lines;
}

}  // namespace narrows::tools
