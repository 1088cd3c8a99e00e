// SPDX-License-Identifier: MIT
// An echo node that does next to nothing: what the generator measures of it, is its own.
#pragma once

namespace narrows::tools {

/// Answers the generator's own requests, and only those, on stdin and stdout until the end of its
/// input. Returns an exit status.
int ideal_node();

}  // namespace narrows::tools
