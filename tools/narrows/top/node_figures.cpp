// SPDX-License-Identifier: MIT
#include "top/node_figures.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "text.hpp"
#include "top/units.hpp"

namespace narrows::tools {
namespace {

using json::Value;

constexpr std::size_t kNameBytes = 40;
constexpr std::size_t kSentenceBytes = 1000;

std::string text_of(const Value& value, std::size_t most) {
  return printable(value.string().value_or(""), most);
}

Component component_of(const Value& stage) {
  Component component;
  component.name = text_of(stage["name"], kNameBytes);
  component.is_service = stage["kind"].string() == "service";
  component.avg_us = stage["avg_us"].number();
  component.p99_us = stage["p99_us"].number();
  component.max_us = stage["max_us"].number();
  component.share_of_mean = stage["share_of_mean"].number();
  component.share_of_tail = stage["share_of_tail"].number();
  component.scv = stage["scv"].number();
  component.busy = stage["utilization"].number();
  component.blocked = stage["blocked"].number();
  component.idle = stage["idle"].number();
  return component;
}

Judgement judgement_of(const Value& bottleneck) {
  Judgement judgement;
  const auto name = [&](Named& named, std::string_view question) {
    named.stage = text_of(bottleneck[question], kNameBytes);
    named.confidence = bottleneck["confidence"][question].number();
    named.tie = text_of(bottleneck["tie"][question], kNameBytes);
  };
  name(judgement.throughput, "throughput");
  name(judgement.latency, "latency");
  name(judgement.tail, "tail");
  judgement.state = text_of(bottleneck["state"], kNameBytes);
  judgement.explanation = text_of(bottleneck["explanation"], kSentenceBytes);
  judgement.headroom = bottleneck["headroom"].number();
  return judgement;
}

/// In plain words, what a check that did not hold means for whoever reads the figures.
std::string doubt_of(std::string_view name, const Value& check) {
  const std::string share = percent_text(check["value"].number());
  if (name == "time_accounting") {
    return joined(
        {"busy, blocked and idle miss ", share, " of a stage's time: its shares are rough"});
  }
  if (name == "partition") {
    return joined({"the parts of ", share, " of the messages do not add up to their latency"});
  }
  if (name == "cpu") {
    return joined({"a stage had a CPU in ", share, " of its busy time: its times are too long"});
  }
  return joined({"the node's check ", printable(name, kNameBytes), " did not hold"});
}

std::vector<std::string> doubts_of(const Value& checks) {
  std::vector<std::string> doubts;
  for (std::size_t i = 0; i < std::min<std::size_t>(checks.names().size(), 8); ++i) {
    const Value& check = checks.items()[i];
    if (check["held"].boolean() == false) doubts.push_back(doubt_of(checks.names()[i], check));
  }
  return doubts;
}

std::string errors_of(const Value& errors) {
  std::string text;
  const std::size_t count = std::min(errors.names().size(), NodeFigures::kMostErrors);
  for (std::size_t i = 0; i < count; ++i) {
    const auto number = errors.items()[i].number();
    if (!number || *number <= 0) continue;
    std::string name = printable(errors.names()[i], kNameBytes);
    std::replace(name.begin(), name.end(), '_', ' ');
    text += joined({text.empty() ? "" : ", ", count_text(*number), " ", name});
  }
  return text;
}

}  // namespace

NodeFigures NodeFigures::read(const Value& stats) {
  NodeFigures figures;
  figures.messages = stats["total_messages"].number();
  if (const auto ms = stats["elapsed_ms"].number()) figures.elapsed_s = *ms / 1000;
  figures.per_second = stats["throughput_per_sec"].number();
  const Value& latency = stats["latency_us"];
  figures.latency = {latency["avg"].number(), latency["p50"].number(),  latency["p90"].number(),
                     latency["p99"].number(), latency["p999"].number(), latency["max"].number()};
  const auto stages = stats["stages"].items();
  for (const Value& stage : stages.first(std::min(stages.size(), kMostComponents))) {
    figures.components.push_back(component_of(stage));
  }
  figures.judgement = judgement_of(stats["bottleneck"]);
  figures.doubts = doubts_of(stats["checks"]);
  figures.errors = errors_of(stats["errors"]);
  figures.blocked_s = std::max(stats["blocked_ms"].number().value_or(0), 0.0) / 1000;
  figures.cpus = stats["cpus"].number();
  figures.knows_windows = stats["window"].string().has_value();
  return figures;
}

std::vector<Moment> read_windows(const Value& profile) {
  std::vector<Moment> moments;
  const auto windows = profile["windows"].items();
  for (const Value& window : windows.last(std::min(windows.size(), kMostWindows))) {
    const auto end_s = window["end_s"].number();
    const auto seconds = window["seconds"].number();
    const auto messages = window["messages"].number();
    if (!end_s || !seconds || !messages || !(*seconds > 0)) continue;
    Moment moment{*end_s, *seconds, *messages / *seconds, {}, {}};
    if (*messages > 0) {
      moment.avg_us = window["avg_us"].number();
      moment.p99_us = window["p99_us"].number();
    }
    moments.push_back(moment);
  }
  return moments;
}

}  // namespace narrows::tools
