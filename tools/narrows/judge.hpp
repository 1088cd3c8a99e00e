// SPDX-License-Identifier: MIT
// Says in one sentence why a run is not valid, and what else is worth knowing about it.
#pragma once

#include <cstddef>
#include <string>

#include "result.hpp"

namespace narrows::tools {

/// How far a run came: what the node had to do last.
enum class Phase { init, load, stats, end };

/// What judge() needs beside the figures.
struct Course {
  Phase phase = Phase::init;
  int signal_sent = 0;               // what it took to end the node, 0 if nothing
  std::size_t unfinished_bytes = 0;  // that the node wrote last, without a newline
};

/// "after 12 replies of 1,000", for a sentence about the node.
[[nodiscard]] std::string so_far(Phase phase, const Load& load, const Tally& replies,
                                 std::size_t unfinished_bytes);

/// Sets the result's problem, unless one is known already, and its remarks.
void judge(Result& result, const Course& course);

}  // namespace narrows::tools
