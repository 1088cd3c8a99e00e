// SPDX-License-Identifier: MIT
// The handlers of the nodes that are fuzzed; fuzz::Model knows what they answer.
#pragma once

#include "narrows/node.hpp"

namespace narrows::fuzz {

/// echo, add, fail, quiet, topology: they do not wait.
void serve_at_once(Node& node);
/// nap, ask, both: they wait for time, and for other nodes.
void serve_in_time(Node& node);

}  // namespace narrows::fuzz
