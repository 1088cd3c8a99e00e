// SPDX-License-Identifier: MIT
// A terminal's picture as cells, drawn without a terminal.
//
// Text is clipped at its place, never wrapped. What a terminal could take for more than a character
// (controls, marks that combine or turn the direction, widths that terminals disagree about)
// becomes a replacement character, so a picture has exactly its columns.
// Without UTF-8 each character has a stand-in of ASCII.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace narrows::tools {

/// What a cell means; what that looks like is the terminal's matter.
enum class Ink : unsigned char {
  plain,
  dim,     // labels
  strong,  // what matters most
  title,
  busy,
  blocked,
  idle,
  wait,  // time in queues
  rate,  // histories
  tail,
  mean,
  good,
  warning,
  alarm
};
inline constexpr int kInks = static_cast<int>(Ink::alarm) + 1;

struct Size {
  int rows = 0;
  int columns = 0;
};

struct Cell {
  char32_t character = U' ';  // 0: the second half of a wide one
  Ink ink = Ink::plain;
};

class Screen {
 public:
  Screen(Size size, bool utf8);

  [[nodiscard]] Size size() const { return size_; }
  [[nodiscard]] const Cell& at(int row, int column) const {
    return cells_[static_cast<std::size_t>(row * size_.columns + column)];
  }
  /// A row as text, without the spaces at its end.
  [[nodiscard]] std::string line(int row) const;

  /// Puts `text` at [column, end) of a row; what does not fit is cut off, with an ellipsis. Returns
  /// the column behind it. `end` below 0: that of the screen.
  int put(int row, int column, std::string_view text, Ink ink = Ink::plain, int end = -1);
  /// The same, its right end at `end`. Precondition: it does not fit only if [column, end) is
  /// short.
  void put_right(int row, int column, int end, std::string_view text, Ink ink = Ink::plain);
  /// All cells of [column, end) of a row.
  void fill(int row, int column, int end, char32_t character, Ink ink);
  /// Only the ink of them.
  void paint(int row, int column, int end, Ink ink);

 private:
  void set(int row, int column, char32_t character, Ink ink);

  Size size_;
  bool utf8_;
  std::vector<Cell> cells_;
};

/// A text as a screen would have it, in one line.
[[nodiscard]] std::string text_on_screen(std::string_view text, bool utf8);

/// Columns that a text takes on a screen.
[[nodiscard]] int columns_on_screen(std::string_view text);

/// Cut into lines of so many columns, between words where that can be; `most` at most, of which the
/// last has all that is left.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, int columns, int most);

}  // namespace narrows::tools
