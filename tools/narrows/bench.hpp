// SPDX-License-Identifier: MIT
// Drives a node with a load as fast as it takes it, and sees it off.
#pragma once

#include "load.hpp"
#include "result.hpp"

namespace narrows::tools {

/// Starts the node, sends `init` and the load, asks for its own figures, and ends it. Whatever the
/// node does, this returns, in bounded memory, and leaves none of its processes behind.
/// Throws std::system_error if the node cannot be started.
[[nodiscard]] Result run_at_most_speed(const Load& load, char* const* command);

}  // namespace narrows::tools
