// SPDX-License-Identifier: MIT
// `narrows tap`: stands between a node and whoever drives it, and writes down what passes.
//
//   stdin ──▶ tap ──▶ node ──▶ tap ──▶ stdout      each line, with its time, ──▶ FILE
//
// The file's format: see tap_file.hpp.
#pragma once

#include <string>

namespace narrows::tools {

struct TapOptions {
  std::string out;
  char* const* command = nullptr;
};

/// Runs the node, passes on all that it wrote, and ends as it does: with its status, or by its
/// signal. Throws std::system_error if the node cannot be started or the file not be made.
[[noreturn]] void tap(const TapOptions& options);

}  // namespace narrows::tools
