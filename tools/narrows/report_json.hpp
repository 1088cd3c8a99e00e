// SPDX-License-Identifier: MIT
// A run as one JSON object, for programs.
//
// Version 1: members may be added; those there are keep their meaning.
#pragma once

#include <string>

#include "result.hpp"

namespace narrows::tools {

/// One line with its newline.
[[nodiscard]] std::string json_report(const Result& result);

}  // namespace narrows::tools
