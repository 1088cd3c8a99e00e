// SPDX-License-Identifier: MIT
#include "breakdown.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "json/value.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using json::Value;

constexpr std::size_t kMostBytes = 64 << 10;  // of a body that is looked at
constexpr std::size_t kMostRows = 32;
constexpr std::size_t kNameColumns = 18;
constexpr std::size_t kNumberColumns = 10;
constexpr std::size_t kBarColumns = 16;

std::string left(std::string_view text, std::size_t width) {
  std::string padded(text);
  return padded.append(width - std::min(width, columns(text)), ' ');
}

std::string right(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, columns(text)), ' ').append(text);
}

/// Three significant digits at least, as the node's histograms have.
std::string micros(std::optional<double> us) {
  if (!us || std::fabs(*us) >= 1e15) return "-";
  const double size = std::fabs(*us);
  if (*us >= 1000) return grouped(static_cast<std::uint64_t>(*us + 0.5));
  return fixed(*us, size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0);
}

std::string percent(std::optional<double> share) {
  return share ? fixed(std::clamp(100 * *share, -999.0, 999.0), 1).append(" %") : "";
}

/// A bar of eighths of a column, or of whole ones in ASCII.
std::string bar(std::optional<double> share, const Style& style) {
  constexpr std::array<std::string_view, 8> kParts{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double length = std::clamp(share.value_or(0), 0.0, 1.0) * kBarColumns;
  if (!style.utf8) return std::string(static_cast<std::size_t>(std::lround(length)), '#');
  const auto eighths = static_cast<std::size_t>(std::lround(length * 8));
  std::string text;
  for (std::size_t i = 0; i < eighths / 8; ++i) text += "█";
  return text.append(kParts[eighths % 8]);
}

std::string emphasized(const std::string& line, const Style& style) {
  return style.bold ? joined({"\033[1m", line, "\033[0m"}) : line;
}

std::string name_of(const Value& value) {
  return printable(value.string().value_or("-"), kNameColumns - 3);
}

std::string_view unit(const Style& style) { return style.utf8 ? " µs" : " us"; }

std::string heading(const Style& style) {
  std::string line = left("", kNameColumns) + left("kind", 9);
  for (const char* const name : {"avg", "p50", "p99", "max"}) {
    line += right(joined({name, unit(style)}), kNumberColumns);
  }
  return joined({line, "   ", left("share of mean", kBarColumns + 8), " utilization\n"});
}

std::string component_row(const Value& component, const Style& style) {
  const auto share = component["share_of_mean"].number();
  std::string line = left(name_of(component["name"]), kNameColumns);
  line += left(name_of(component["kind"]), 9);
  for (const char* const name : {"avg_us", "p50_us", "p99_us", "max_us"}) {
    line += right(micros(component[name].number()), kNumberColumns);
  }
  line += joined({right(percent(share), 9), " ", left(bar(share, style), kBarColumns)});
  line += right(percent(component["utilization"].number()), 13);
  return line.substr(0, line.find_last_not_of(' ') + 1);
}

std::string verdict(const Value& bottleneck, const Style& style) {
  const auto stage = bottleneck["throughput"].string();
  const auto state = bottleneck["state"].string();
  if (!stage && !state) return {};
  std::string line = "verdict: ";
  line += stage ? printable(*stage).append(" dominates") : "no stage can be named";
  if (state) line += joined({" (", printable(*state), ")"});
  std::string text = joined({"\n", emphasized(line, style), "\n"});
  if (const auto why = bottleneck["explanation"].string()) {
    text += printable(*why, 1000).append("\n");
  }
  return text;
}

}  // namespace

bool is_breakdown(std::string_view body) {
  const auto stats = body.size() <= kMostBytes ? Value::parse(body) : std::nullopt;
  return stats && !(*stats)["stages"].items().empty() && (*stats)["latency_us"].is_object();
}

std::string breakdown(std::string_view body, const Style& style) {
  const auto stats = body.size() <= kMostBytes ? Value::parse(body) : std::nullopt;
  if (!stats) return "The node's bench_stats cannot be read.\n";
  const Value& bottleneck = (*stats)["bottleneck"];
  const Value& latency = (*stats)["latency_us"];
  std::string text = "Where the node says that a message's time goes, from read to written";
  if (latency.is_object()) {
    text += joined({" (mean ", micros(latency["avg"].number()), unit(style), ", p99 ",
                    micros(latency["p99"].number()), unit(style), ")"});
  }
  text += joined({":\n\n", heading(style)});
  const auto components = (*stats)["stages"].items();
  for (const Value& component : components.first(std::min(components.size(), kMostRows))) {
    const auto name = component["name"].string();
    const std::string line = component_row(component, style);
    const bool dominates = name && name == bottleneck["throughput"].string();
    text += joined({dominates ? emphasized(line, style) : line, "\n"});
  }
  return text + verdict(bottleneck, style);
}

}  // namespace narrows::tools
