// SPDX-License-Identifier: MIT
#include "stage_figures.hpp"

#include <algorithm>

#include "json/value.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kMostStateBytes = 40;
constexpr double kLongestBusyUs = 1e9;  // of a message, that is believed

bool has(const json::Value& object, std::string_view name) {
  const auto names = object.names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<std::size_t> stage_in(const json::Value& value) {
  const auto name = value.string();
  return name ? stage_named(*name) : std::nullopt;
}

/// In a message's time, where it says how many there were a second.
std::optional<double> utilization_of(const json::Value& stats, std::string_view stage) {
  for (const json::Value& each : stats["stages"].items()) {
    if (each["name"].string() != stage) continue;
    const auto share = each["utilization"].number();
    if (share && *share >= 0 && *share <= 1.5) return share;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::size_t> stage_named(std::string_view name) {
  const auto* const found = std::find(kStageNames.begin(), kStageNames.end(), name);
  if (found == kStageNames.end()) return std::nullopt;
  return static_cast<std::size_t>(found - kStageNames.begin());
}

std::optional<StageFigures> stage_figures(std::string_view body) {
  const auto stats = json::Value::parse(body);
  if (!stats) return std::nullopt;
  const double rate = (*stats)["throughput_per_sec"].number().value_or(0);
  if (!(rate > 0)) return std::nullopt;
  StageFigures figures;
  for (std::size_t i = 0; i < kStages; ++i) {
    const auto share = utilization_of(*stats, kStageNames[i]);
    if (!share) return std::nullopt;
    figures.utilization[i] = *share;
    figures.busy_us[i] = *share / rate * 1e6;
    if (figures.busy_us[i] > kLongestBusyUs) return std::nullopt;
  }
  if (const auto cpus = (*stats)["cpus"].number(); cpus && *cpus > 0) figures.cpus = cpus;
  const json::Value& check = (*stats)["checks"]["cpu"];
  if (check["held"].boolean() == false) figures.short_share = check["value"].number();
  return figures;
}

NodeVerdict verdict_in(std::string_view body, Question question) {
  NodeVerdict verdict;
  const auto stats = json::Value::parse(body);
  if (!stats) return verdict;
  const json::Value& bottleneck = (*stats)["bottleneck"];
  const std::string_view name = kQuestionNames[static_cast<std::size_t>(question)];
  verdict.given = has(bottleneck, name);
  verdict.stage = stage_in(bottleneck[name]);
  verdict.tie = stage_in(bottleneck["tie"][name]);
  verdict.confidence = bottleneck["confidence"][name].number();
  verdict.state = printable(bottleneck["state"].string().value_or(""), kMostStateBytes);
  return verdict;
}

}  // namespace narrows::tools
