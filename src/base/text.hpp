// SPDX-License-Identifier: MIT
// Text for a terminal: what came from outside can neither control it nor hide in it.
#pragma once

#include <cstddef>
#include <string_view>

namespace narrows {

/// A character of UTF-8.
struct Character {
  char32_t code_point;
  std::size_t bytes;  // 0: the text does not begin with a well-formed one
};

/// The one that `text` begins with. Source: Unicode 15, table 3-7.
[[nodiscard]] Character first_character(std::string_view text);

/// False for what controls a terminal, sets the direction of its neighbours, or takes no room:
/// control characters (C0, DEL, C1), line and paragraph separators, interlinear annotations, and
/// what Unicode 15 has as Default_Ignorable_Code_Point (DerivedCoreProperties.txt).
[[nodiscard]] bool can_be_seen(char32_t code_point);

/// Appends to [at, end) and returns the new end. Each byte of what cannot be seen or is no UTF-8
/// becomes \xNN; what does not fit is left off, never in mid-character or mid-escape.
char* append_printable(char* at, char* end, std::string_view text);

}  // namespace narrows
