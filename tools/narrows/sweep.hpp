// SPDX-License-Identifier: MIT
// `narrows sweep`: a node at one rate after the other, and where it stops keeping up.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load.hpp"
#include "result.hpp"
#include "style.hpp"
#include "threshold.hpp"

namespace narrows::tools {

struct SweepOptions {
  Load load;  // but for its rate
  double from = 1000;
  double to = 0;                 // 0: until the node does not keep up
  int steps = 10;                // of a ladder of equal ratios
  std::optional<Threshold> slo;  // then: the highest rate that keeps it
  bool keep = false;             // one node for all
  bool json = false;
  std::string save;
  char* const* command = nullptr;
};

struct Sweep {
  std::vector<Result> runs;    // in the order of their rates
  std::optional<double> knee;  // the highest rate that was kept up with, a second
  std::string slo;             // its text, if that was looked for
  std::string problem;         // why it ended early, one sentence; empty if it did not
  int stop_signal = 0;
};

/// Throws std::system_error if the node cannot be started.
[[nodiscard]] Sweep run_sweep(const SweepOptions& options);

[[nodiscard]] std::string table(const Sweep& sweep, const Style& style);
/// Format: docs/FORMATS.md.
[[nodiscard]] std::string sweep_file(const Sweep& sweep);

}  // namespace narrows::tools
