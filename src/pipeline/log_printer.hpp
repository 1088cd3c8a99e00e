// SPDX-License-Identifier: MIT
// Log lines as they appear, with their level and, if the pattern says so, their time: by spdlog,
// whose headers log_printer.cpp alone sees.
//
// Threads: one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "pipeline/log.hpp"

namespace narrows::pipeline {

class LogPrinter {
 public:
  /// Takes a line, its end included, or says false.
  using Write = std::function<bool(std::string_view line)>;

  /// `pattern`: as in Options::log_pattern.
  LogPrinter(const std::string& pattern, Write write);
  ~LogPrinter();
  LogPrinter(const LogPrinter&) = delete;
  LogPrinter& operator=(const LogPrinter&) = delete;

  /// False: it was not taken.
  bool print(LogLevel level, Log::Time time, std::string_view text);

 private:
  class Printing;

  std::unique_ptr<Printing> printing_;
};

}  // namespace narrows::pipeline
