// SPDX-License-Identifier: MIT
// Who is told to talk to whom, as a request says it.
#pragma once

#include <string>

#include "narrows/node.hpp"

namespace narrows::testing {

/// Of a `topology` request, as a JSON object.
[[nodiscard]] std::string topology_argument(const Topology& neighbours);

}  // namespace narrows::testing
