// SPDX-License-Identifier: MIT
// A run as a table, for people.
#pragma once

#include <string>

#include "result.hpp"
#include "style.hpp"

namespace narrows::tools {

[[nodiscard]] std::string table(const Result& result, const Style& style);

}  // namespace narrows::tools
