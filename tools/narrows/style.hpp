// SPDX-License-Identifier: MIT
// What the place where a report is shown can show.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace narrows::tools {

struct Style {
  static constexpr std::size_t kWidth = 100;

  bool utf8 = false;
  bool bold = false;
  std::size_t width = kWidth;  // columns that tables and sentences may take

  /// By the locale's variables; bold on a terminal only, and not if NO_COLOR says so. A terminal
  /// that is narrower than kWidth says how wide it is.
  [[nodiscard]] static Style of_stdout();
};

/// Bold, where that can be shown.
[[nodiscard]] std::string emphasized(std::string_view line, const Style& style);

}  // namespace narrows::tools
