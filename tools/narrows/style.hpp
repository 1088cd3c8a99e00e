// SPDX-License-Identifier: MIT
// What the place where a report is shown can show.
#pragma once

namespace narrows::tools {

struct Style {
  bool utf8 = false;
  bool bold = false;

  /// By the locale's variables; bold on a terminal only, and not if NO_COLOR says so.
  [[nodiscard]] static Style of_stdout();
};

}  // namespace narrows::tools
