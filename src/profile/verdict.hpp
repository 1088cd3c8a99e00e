// SPDX-License-Identifier: MIT
// Which stage is the narrows: what limits throughput, and how near it is to its limit.
//
// The stage with the highest utilisation, never the one in which messages spend most time: under
// overload, waiting collects in front of the limit and says nothing about it.
// Threads: pure.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "profile/component.hpp"

namespace narrows::profile {

/// Shares of the period's wall time.
struct StageShares {
  double busy = 0;
  double blocked = 0;
  double idle = 0;
  double unaccounted = 0;
};

enum class State : std::uint8_t { saturated, headroom, output_blocked, insufficient_data };
[[nodiscard]] std::string_view name_of(State state);

struct Verdict {
  static constexpr int kNoStage = -1;

  int stage = kNoStage;  // index into kStageNames
  State state = State::insufficient_data;
  std::array<char, 320> explanation{};  // one sentence, NUL-terminated
};

/// Fewer messages, or less time, say too little.
inline constexpr std::uint64_t kEnoughMessages = 1000;
inline constexpr double kEnoughNs = 20 * 50e6;  // 20 slices of 50 ms

inline constexpr double kSaturated = 0.95;
inline constexpr double kOutputBlocked = 0.5;

struct Evidence {
  std::array<StageShares, kStages> stages;
  std::uint64_t messages = 0;
  double elapsed_ns = 0;
  double throughput_per_second = 0;
  bool one_thread = false;  // the stages take turns on one thread: their shares add up
};

[[nodiscard]] Verdict judge(const Evidence& evidence);

}  // namespace narrows::profile
