// SPDX-License-Identifier: MIT
// What a delay in one stage should do to throughput, and where that can be said at all.
//
// A pipeline that is saturated makes 1 / max(S) messages a second, where S is a stage's busy time a
// message: a delay d changes that by -d / (S + d) at the bottleneck, and by nothing elsewhere until
// the stage is itself the slowest. On one thread the S add up, and every stage counts alike.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "stage_figures.hpp"

namespace narrows::tools {

/// How long a delay is: a share of the stage's own time, or a time.
struct Delta {
  static constexpr std::chrono::nanoseconds kLeast{200};
  static constexpr std::chrono::nanoseconds kMost = std::chrono::seconds(1);

  double share = 0.1;
  std::optional<std::chrono::nanoseconds> time;

  /// Like 10% or 2us; nothing if the text is neither.
  [[nodiscard]] static std::optional<Delta> parse(std::string_view text);
  /// Of a stage that is busy so long a message; within the two limits.
  [[nodiscard]] std::chrono::nanoseconds of(double busy_us) const;
};

/// Change of throughput in per cent when one stage takes `delay_us` longer. Precondition: some
/// stage is busy.
[[nodiscard]] double theory_percent(const PerStage<double>& busy_us, std::size_t stage,
                                    double delay_us, bool one_thread);

/// What the theory needs to know about a saturated node.
struct Room {
  double node_cpus = 0;        // that the node may use,
  double cpus = 0;             // and that we may
  double stages = 0;           // so many CPUs all stages took at most, and
  double generator = 0;        // the load generator
  double busiest = 0;          // share of the time: of the busiest stage, or of the one thread
  double busiest_delayed = 1;  // the same with a delay, where it is least
  std::optional<double> short_share;

  /// In one sentence why the theory does not hold here; empty if it does.
  [[nodiscard]] std::string lack() const;
};

}  // namespace narrows::tools
