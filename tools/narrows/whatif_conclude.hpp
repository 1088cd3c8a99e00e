// SPDX-License-Identifier: MIT
// From the runs of `narrows whatif` to what it says.
//
// Threads: pure.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "whatif.hpp"

namespace narrows::tools {

/// One of the two loads, as it is measured.
struct Series {
  Load load;
  std::string bench_stats;  // of a run long enough for a verdict
  PerStage<double> delay_us{};
  std::array<std::vector<Sample>, 1 + kStages> samples;  // [0]: without a delay
};

/// Of what was measured so far, be it nothing. `cpus`: that we may use.
void conclude(const Series& saturation, const Series& at_rate, double cpus, WhatIf& what);

}  // namespace narrows::tools
