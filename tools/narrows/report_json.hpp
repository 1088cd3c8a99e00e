// SPDX-License-Identifier: MIT
// A run as one JSON object, for programs. Format: docs/FORMATS.md.
#pragma once

#include <string>

#include "result.hpp"

namespace narrows::tools {

/// One line with its newline.
[[nodiscard]] std::string json_report(const Result& result);
/// The same with all that a report is drawn from.
[[nodiscard]] std::string run_file(const Result& result);

}  // namespace narrows::tools
