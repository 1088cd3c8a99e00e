// SPDX-License-Identifier: MIT
// `narrows whatif`: what is a microsecond of each stage worth, and does the node's verdict know?
//
// In rounds of short runs, the node is run without a delay and with one in each stage in turn
// (--slow), at saturation and at a rate. What a delay costs is what as much less would gain.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load.hpp"
#include "style.hpp"
#include "whatif_effects.hpp"
#include "whatif_theory.hpp"

namespace narrows::tools {

struct WhatIfOptions {
  Load load;                         // rate 0: about half of what saturation is found to be
  std::uint64_t concurrency = 0;     // at saturation; 0: what keeps it busy
  std::optional<std::size_t> stage;  // none: all
  Delta delta;
  int pairs = 15;
  bool json = false;
  char* const* command = nullptr;
};

/// One of the two loads.
struct LoadEffects {
  Load load;
  std::size_t samples = 0;   // rounds
  PerFigure<double> base{};  // medians without a delay: a second, µs, µs
  PerStage<StageEffect> stages;
};

struct WhatIf {
  std::vector<std::string> command;
  std::size_t pairs = 0;  // that were asked for
  bool one_thread = false;
  LoadEffects saturation;
  LoadEffects at_rate;
  Room room;
  std::string no_theory;                // why there is none, a sentence; empty if there is
  std::array<Agreement, 3> agreements;  // a Question each
  std::vector<std::string> remarks;     // sentences
  bool refused = false;                 // no delay can be planted in this node
  std::string problem;                  // why it ended early, a sentence; empty if it did not
  std::string generator_problem;        // the generator was the limit, again and again: the same
  int stop_signal = 0;
};

/// The figure that a question is about, and whether it is asked at saturation or at the rate.
[[nodiscard]] Figure figure_of(Question question);
[[nodiscard]] const LoadEffects& load_of(const WhatIf& what, Question question);

/// Throws std::system_error if the node cannot be started.
[[nodiscard]] WhatIf run_whatif(const WhatIfOptions& options);

/// Empty if nothing was measured.
[[nodiscard]] std::string table(const WhatIf& what, const Style& style);
/// Format: docs/FORMATS.md.
[[nodiscard]] std::string json_report(const WhatIf& what);
/// What can be done for a node that takes no delays.
[[nodiscard]] std::string from_outside();

}  // namespace narrows::tools
