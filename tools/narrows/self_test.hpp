// SPDX-License-Identifier: MIT
// What the load generator itself adds, measured against an ideal node.
#pragma once

#include <string>

#include "style.hpp"

namespace narrows::tools {

/// Runs a few seconds at each of some rates. Throws std::system_error if the ideal node, which is
/// this program, cannot be started.
[[nodiscard]] std::string self_test(const Style& style);

}  // namespace narrows::tools
