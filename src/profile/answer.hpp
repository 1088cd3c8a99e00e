// SPDX-License-Identifier: MIT
// Which of the three stages, and how sure: from what each slice of time says by itself.
//
// Threads: pure.
#pragma once

#include <array>
#include <span>

#include "profile/component.hpp"

namespace narrows::profile {

struct Answer {
  static constexpr int kNoStage = -1;
  /// Below it the answer is a tie between the two.
  static constexpr double kSure = 0.95;

  int stage = kNoStage;  // index into kStageNames
  int tie = kNoStage;    // the other one, where the confidence is below kSure
  double confidence = 0;
};

/// The stage with the largest sum over all slices. The confidence is the probability that it beats
/// each of the others by kMargin of itself, by a t test on the slices' differences: two stages that
/// are closer are a tie, however long one looks. Fewer than two slices, or no positive sum: none.
inline constexpr double kMargin = 0.02;
[[nodiscard]] Answer largest_of(std::span<const std::array<double, kStages>> slices);

}  // namespace narrows::profile
