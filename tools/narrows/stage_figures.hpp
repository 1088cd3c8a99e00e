// SPDX-License-Identifier: MIT
// What a node's bench_stats say of its stages. Members that a node does not have are passed over.
#pragma once

#include <array>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

#include "profile/component.hpp"

namespace narrows::tools {

inline constexpr std::size_t kStages = profile::kStages;
inline constexpr auto kStageNames = profile::kStageNames;

template <typename T>
using PerStage = std::array<T, kStages>;

[[nodiscard]] inline double sum(const PerStage<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// A stage's place; nothing if the name is none's.
[[nodiscard]] std::optional<std::size_t> stage_named(std::string_view name);

struct StageFigures {
  PerStage<double> busy_us{};         // a message: its service time, with all that belongs to it
  PerStage<double> utilization{};     // share of the time
  std::optional<double> cpus;         // that the node may use
  std::optional<double> short_share;  // a stage had a CPU for only so much of its busy time
};

/// Nothing unless all three stages say how busy they are. `body` is bench_stats_ok's.
[[nodiscard]] std::optional<StageFigures> stage_figures(std::string_view body);

/// The questions that a verdict answers, by the names of its members.
enum class Question { throughput, latency, tail };
inline constexpr std::array<std::string_view, 3> kQuestionNames{"throughput", "latency", "tail"};

struct NodeVerdict {
  bool given = false;  // the node has an answer to the question, if only that it names no stage
  std::optional<std::size_t> stage;
  std::optional<std::size_t> tie;  // or this one
  std::optional<double> confidence;
  std::string state;
};

[[nodiscard]] NodeVerdict verdict_in(std::string_view body, Question question);

}  // namespace narrows::tools
