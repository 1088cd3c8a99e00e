// SPDX-License-Identifier: MIT
// `narrows top`: a live view of a node, by its profile or under a load.
#pragma once

#include <string>

#include "load.hpp"

namespace narrows::tools {

struct TopOptions {
  std::string file;  // a profile; empty: the node is run
  Load load;         // its duration counts for a file as well, if `has_duration`
  bool has_duration = false;
  bool asks = true;                // the node for its own figures
  char* const* command = nullptr;  // the node and its arguments, ended by a null
};

struct Watched {
  std::string problem;  // one sentence; empty if there was none
  int stop_signal = 0;  // that ended it
};

/// Shows it until it ends, a key or a signal says so. On a terminal a picture, of which a line is
/// left behind, else a line a second. Throws std::system_error if the node cannot be started, and
/// std::runtime_error if the file is no profile.
[[nodiscard]] Watched watch(const TopOptions& options);

}  // namespace narrows::tools
