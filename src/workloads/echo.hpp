// SPDX-License-Identifier: MIT
// Maelstrom's echo workload: https://github.com/jepsen-io/maelstrom/blob/main/doc/workloads.md
#pragma once

#include "narrows/node.hpp"

namespace narrows::workloads {

/// Registers `echo`: answered with the same payload, byte for byte.
void serve_echo(Node& node);

}  // namespace narrows::workloads
