// SPDX-License-Identifier: MIT
// The command line of `narrows bench`.
//
// Errors: what makes no sense prints one line on stderr, naming the option and what it takes, and
//   ends the program with status 2.
#pragma once

#include <string>

#include "load.hpp"

namespace narrows::tools {

struct BenchOptions {
  Load load;
  bool json = false;
  char* const* command = nullptr;  // the node and its arguments, ended by a null
};

/// Prints one line about a mistake on the command line, and exits with status 2.
[[noreturn]] void usage_error(const std::string& text);

/// argv[0] is the command's name. --help prints and exits with status 0.
[[nodiscard]] BenchOptions bench_options(int argc, char** argv);

}  // namespace narrows::tools
