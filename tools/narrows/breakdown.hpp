// SPDX-License-Identifier: MIT
// A node's own figures (`bench_stats`): where a message's time goes, and which stage dominates.
#pragma once

#include <string>
#include <string_view>

#include "style.hpp"

namespace narrows::tools {

/// It says something of stages, and is not just anybody's reply.
[[nodiscard]] bool is_breakdown(std::string_view body);

/// One aligned row a component and the verdict. `body` is the node's: what is missing in it is left
/// out, what is odd is made harmless.
[[nodiscard]] std::string breakdown(std::string_view body, const Style& style);

}  // namespace narrows::tools
