// SPDX-License-Identifier: MIT
// What the delays of `narrows whatif` did, what that makes each stage worth, and whether the node's
// verdict says the same.
//
// Runs with a delay are compared with those of the same round without, as compare does
// (docs/decisions/0005), with 95 % intervals.
// Threads: pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "difference.hpp"
#include "stage_figures.hpp"

namespace narrows::tools {

enum class Figure { throughput, mean, p99 };
inline constexpr std::size_t kFigures = 3;
template <typename T>
using PerFigure = std::array<T, kFigures>;

/// One run.
struct Sample {
  PerFigure<double> figures{};  // a second, µs, µs
  std::optional<StageFigures> stages;
  double node = 0;       // CPUs that the node took, and
  double generator = 0;  // the load generator,
  bool late = false;     // which was late
};

/// A stage with a delay.
struct StageEffect {
  bool measured = false;
  double busy_us = 0;   // a message, without the delay
  double delay_us = 0;  // that was asked for
  double added_us = 0;  // by the node's own figures
  bool unseen = false;  // they show clearly less than half of the delay
  PerFigure<Difference> changes;
  std::optional<double> theory_percent;  // of throughput
};

/// By the samples of as many rounds: [0] without a delay, then with one in each stage; a stage that
/// was not slowed has none.
[[nodiscard]] PerStage<StageEffect> effects_of(const std::array<std::vector<Sample>, 4>& samples,
                                               const PerStage<double>& delay_us);

/// A figure with its interval.
struct Worth {
  double value = 0;
  double low = 0;
  double high = 0;
  bool known = false;
};

/// What one µs less in the stage gives: per cent of throughput, or µs of latency.
[[nodiscard]] Worth worth_of_microsecond(const StageEffect& effect, Figure figure);
/// The same of a tenth of the stage's own time. This is what a verdict is about: a stage that takes
/// next to nothing cannot be the answer, whatever a microsecond costs there.
[[nodiscard]] Worth worth_of_tenth(const StageEffect& effect, Figure figure);

enum class Finding { agrees, disagrees, cannot_be_told, no_verdict };
[[nodiscard]] std::string_view name_of(Finding finding);

struct Agreement {
  NodeVerdict verdict;
  std::optional<std::size_t> measured;  // the stage that is worth most, clear of the others
  Finding finding = Finding::no_verdict;
  std::string because;  // half a sentence, where it neither agrees nor disagrees
};

/// A stage is the measured answer if the interval of its worth lies above zero and above those of
/// both other stages.
[[nodiscard]] Agreement agreement(const PerStage<StageEffect>& effects, Figure figure,
                                  NodeVerdict verdict);

}  // namespace narrows::tools
