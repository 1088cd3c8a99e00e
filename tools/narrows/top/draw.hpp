// SPDX-License-Identifier: MIT
// Lays a view out on a screen of any size.
//
// Pure: the same view gives the same picture, whatever the terminal.
#pragma once

#include "top/screen.hpp"
#include "top/view.hpp"

namespace narrows::tools {

/// Below this there is only a sentence that says so.
inline constexpr Size kLeastSize{16, 64};

struct Wish {
  bool since_start = false;  // rather than the last second
};

[[nodiscard]] Screen draw(const View& view, const Wish& wish, Size size, bool utf8);

}  // namespace narrows::tools
