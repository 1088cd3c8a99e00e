// SPDX-License-Identifier: MIT
#include "breakdown.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "json/value.hpp"
#include "text.hpp"
#include "verdict_text.hpp"

namespace narrows::tools {
namespace {

using json::Value;

constexpr std::size_t kMostBytes = 64 << 10;  // of a body that is looked at
constexpr std::size_t kMostRows = 32;
constexpr std::size_t kNameColumns = 15;
constexpr std::size_t kBarColumns = 8;

std::string left(std::string_view text, std::size_t width) {
  std::string padded(text);
  return padded.append(width - std::min(width, columns(text)), ' ');
}

std::string right(std::string_view text, std::size_t width) {
  return std::string(width - std::min(width, columns(text)), ' ').append(text);
}

/// Three significant digits at least, as the node's histograms have, in eight columns at most.
std::string micros(std::optional<double> us) {
  if (!us || *us >= 999'999.5e6 || *us <= -1e6) return "-";
  const double size = std::fabs(*us);
  if (*us >= 999'999.5) return fixed(*us / 1e6, size < 1e7 ? 2 : size < 1e8 ? 1 : 0).append(" s");
  if (*us >= 999.95) return grouped_whole(*us);
  return fixed(*us, size < 10 ? 3 : size < 100 ? 2 : size < 1000 ? 1 : 0);
}

std::string percent(std::optional<double> share) {
  return share ? fixed(std::clamp(100 * *share, -99.0, 999.0), 1).append(" %") : "";
}

/// The squared coefficient of variation: 0 constant, 1 exponential, above 2 now and then far
/// longer.
std::string variation(std::optional<double> scv) {
  if (!scv) return "";
  if (*scv >= 99'999.5) return ">99999";
  return fixed(std::max(*scv, 0.0), *scv < 9.995 ? 2 : *scv < 99.95 ? 1 : 0);
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

/// In `width` columns.
std::string short_name(const Value& value, std::size_t width) {
  std::string name = printable(value.string().value_or("-"));
  if (columns(name) <= width) return name;
  while (columns(name) > width - 3) name.pop_back();  // a character's first byte is its last to go
  return name.append("...");
}

std::string_view unit(const Style& style) { return style.utf8 ? " µs" : " us"; }

/// What a table shows of each component.
struct Column {
  std::string heading;
  std::size_t width = 0;
  bool is_text = false;  // set left; numbers are set right
  std::function<std::string(const Value&)> cell;

  [[nodiscard]] std::string set(std::string_view text) const {
    return is_text ? left(text, width) : right(text, width);
  }
  [[nodiscard]] bool is_empty(std::span<const Value> components) const {
    return std::all_of(components.begin(), components.end(),
                       [&](const Value& component) { return cell(component).empty(); });
  }
};

Column share_column(const char* name, std::string heading) {
  return {std::move(heading), 8, false,
          [name](const Value& component) { return percent(component[name].number()); }};
}

/// Those that there is room for. What an older node does not say takes none.
std::vector<Column> table_columns(std::span<const Value> components, const Style& style) {
  const bool wide = style.width >= Style::kWidth;
  std::vector<Column> all;
  all.push_back({"", kNameColumns + 1, true, [](const Value& component) {
                   return short_name(component["name"], kNameColumns);
                 }});
  if (wide) {
    all.push_back(
        {"kind", 7, true, [](const Value& component) { return short_name(component["kind"], 7); }});
  }
  for (const char* const name : {"avg", "p50", "p99", "max"}) {
    all.push_back({joined({name, unit(style)}), 9, false,
                   [key = joined({name, "_us"})](const Value& component) {
                     return micros(component[key].number());
                   }});
  }
  if (wide) {
    all.push_back({"   share of mean", 8 + 1 + kBarColumns, true, [style](const Value& component) {
                     const auto share = component["share_of_mean"].number();
                     return joined({right(percent(share), 8), " ", bar(share, style)});
                   }});
  } else {
    all.push_back(share_column("share_of_mean", "of mean"));
  }
  std::vector<Column> extra{share_column("share_of_tail", "of tail"),
                            share_column("utilization", "busy")};
  if (wide) {
    extra.push_back({"scv", 7, false,
                     [](const Value& component) { return variation(component["scv"].number()); }});
  }
  for (Column& column : extra) {
    if (!column.is_empty(components)) all.push_back(std::move(column));
  }
  return all;
}

std::string trimmed(std::string line) {
  line.resize(line.find_last_not_of(' ') + 1);
  return line;
}

/// What the node sent without being asked; empty if it says nothing of that, or sent nothing.
std::string unprompted(const Value& stats) {
  const auto sent = stats["sent_unprompted"].number();
  if (!sent || !(*sent >= 1) || *sent >= 1e18) return {};
  return joined({"\nBeside its replies the node sent ", grouped(static_cast<std::uint64_t>(*sent)),
                 *sent < 2 ? " message" : " messages", " of its own.\n"});
}

std::string table(std::span<const Value> components, std::string_view dominant,
                  const Style& style) {
  const std::vector<Column> all = table_columns(components, style);
  std::string line;
  for (const Column& column : all) line += column.set(column.heading);
  std::string text = trimmed(line).append("\n");
  for (const Value& component : components) {
    line.clear();
    for (const Column& column : all) line += column.set(column.cell(component));
    const auto name = component["name"].string();
    const bool dominates = name && name == dominant;
    text += dominates ? emphasized(trimmed(line), style) : trimmed(line);
    text += "\n";
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
  const Value& latency = (*stats)["latency_us"];
  std::string title = "Where the node says that time goes, from read to written";
  if (latency.is_object()) {
    title += joined({" (mean ", micros(latency["avg"].number()), unit(style), ", p99 ",
                     micros(latency["p99"].number()), unit(style), ")"});
  }
  const auto components = (*stats)["stages"].items();
  const std::string rows = table(components.first(std::min(components.size(), kMostRows)),
                                 (*stats)["bottleneck"]["throughput"].string().value_or(""), style);
  const std::string judged = verdict(*stats, style);
  return joined({wrapped(title.append(":"), style.width), "\n", rows, unprompted(*stats),
                 judged.empty() ? "" : "\n", judged});
}

}  // namespace narrows::tools
