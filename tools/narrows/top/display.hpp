// SPDX-License-Identifier: MIT
// Shows a source until it is over: as a picture that lives, or a line a second.
//
// Threads: one, which waits for nothing but its descriptors.
#pragma once

#include <string>

#include "top/source.hpp"
#include "top/terminal.hpp"

namespace narrows::tools {

enum class Shown {
  over,  // the source was
  quit,  // by a key
  lost   // who looked at it is gone
};

Shown show(Source& source, Terminal& terminal, bool utf8);

/// On stdout. What that does not take at once is left out. Throws std::runtime_error if it cannot
/// be written to, unless its reader is gone.
Shown print_lines(Source& source, bool utf8);

}  // namespace narrows::tools
