// SPDX-License-Identifier: MIT
// What a log would print.
#pragma once

#include <string>
#include <vector>

#include "pipeline/log.hpp"
#include "pipeline/log_printer.hpp"

namespace narrows::pipeline {

/// All that is in the log, which is empty then.
inline std::vector<std::string> lines_of(Log& log) {
  std::vector<std::string> lines;
  LogPrinter printer(Options{}.log_pattern, [&](std::string_view line) {
    lines.emplace_back(line);
    return true;
  });
  Log::Line line;
  while (log.take(line)) printer.print(line.level, line.time, {line.text.data(), line.size});
  return lines;
}

}  // namespace narrows::pipeline
