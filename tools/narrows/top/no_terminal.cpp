// SPDX-License-Identifier: MIT
// Where the terminal library is missing, there is no terminal.
#include "top/terminal.hpp"

namespace narrows::tools {

std::unique_ptr<Terminal> Terminal::open(const Manner& /*manner*/) { return nullptr; }

}  // namespace narrows::tools
