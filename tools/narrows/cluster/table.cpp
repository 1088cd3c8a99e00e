// SPDX-License-Identifier: MIT
// A cluster run for people.
#include <algorithm>
#include <vector>

#include "cluster/cluster.hpp"
#include "cluster/words.hpp"
#include "json/value.hpp"
#include "text.hpp"
#include "verdict_text.hpp"

namespace narrows::tools {
namespace {

using std::chrono::nanoseconds;
using testing::TrialResult;

constexpr std::size_t kMostTypes = 4;
constexpr std::size_t kMostBands = 8;
constexpr std::size_t kMostFaults = 5;
constexpr std::size_t kMostCommand = 100'000;  // bytes
constexpr std::size_t kLabel = 12;             // columns

std::string ms(nanoseconds time) { return fixed(milliseconds(time), 1).append(" ms"); }

std::string line(std::string_view label, std::string_view text, const Style& style) {
  std::string lines = wrapped(text, style.width > 2 * kLabel ? style.width - kLabel : kLabel);
  std::string made(label);
  made.append(kLabel - std::min(kLabel - 1, columns(label)), ' ');
  for (std::size_t at = 0; at < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    if (at > 0) made.append(kLabel, ' ');
    made.append(lines, at, end - at).append("\n");
    at = end + 1;
  }
  return made;
}

std::string latency_text(const std::vector<nanoseconds>& ascending) {
  return joined({"median ", ms(share(ascending, 0.5)), ", p99 ", ms(share(ascending, 0.99)),
                 ", max ", ms(ascending.back())});
}

std::string headline(const ClusterRun& run) {
  const ClusterOptions& options = run.options;
  const testing::NetworkOptions& network = options.network;
  std::string text = joined({options.workload, ": ", counted(network.nodes, "node", "nodes")});
  if (options.command == nullptr) {
    text.append(joined({", simulated, seed ", std::to_string(network.seed)}));
  } else {
    text.append(joined({" of ", printable(options.command[0])}));
  }
  if (network.latency.mean.count() > 0) text.append(", ").append(ms(network.latency.mean));
  return text;
}

std::string requests(const TrialResult& result) {
  const Counts counts = count(result);
  return joined({grouped(counts.ok), " answered, ", grouped(counts.failed), " refused, ",
                 grouped(counts.unknown), " open; ", grouped_whole(throughput(result)), "/s"});
}

/// The types that were sent most.
std::string messages(const TrialResult& result) {
  using Type = std::pair<std::string, std::uint64_t>;
  std::vector<Type> types(result.traffic.by_type.begin(), result.traffic.by_type.end());
  std::ranges::stable_sort(types, std::ranges::greater(), &Type::second);
  std::string text = joined({fixed(result.messages_per_operation(), 2), " a request"});
  for (std::size_t i = 0; i < std::min(types.size(), kMostTypes); ++i) {
    text.append(i == 0 ? ": " : ", ").append(printable(types[i].first, 40));
    text.append(" ").append(grouped(types[i].second));
  }
  const testing::Traffic& traffic = result.traffic;
  if (traffic.cut + traffic.lost + traffic.duplicated > 0) {
    text.append(joined({"; ", grouped(traffic.cut), " cut off, ", grouped(traffic.lost), " lost, ",
                        grouped(traffic.duplicated), " twice"}));
  }
  if (traffic.service_messages > 0) {
    text.append(joined({"; ", grouped(traffic.service_messages), " with services"}));
  }
  return text;
}

std::string bands(const TrialResult& result, const Style& style) {
  std::string lines;
  for (std::size_t i = 0; i < std::min(result.faults.size(), kMostBands); ++i) {
    const testing::FaultBand& band = result.faults[i];
    lines += line(i == 0 ? "faults" : "",
                  joined({fixed(milliseconds(band.begin - result.begin) / 1e3, 1), " to ",
                          fixed(milliseconds(band.end - result.begin) / 1e3, 1),
                          " s: ", name_of(band.fault), " ", band.who}),
                  style);
  }
  if (result.faults.size() > kMostBands) {
    lines += line("", joined({"and ", std::to_string(result.faults.size() - kMostBands), " more"}),
                  style);
  }
  return lines;
}

std::string node(const NodeOfCluster& node, const Style& style) {
  const auto stats = json::Value::parse(node.stats);
  if (!stats) return {};
  const auto stage = answer_to("throughput", *stats);
  const auto explanation = (*stats)["bottleneck"]["explanation"].string();
  std::string text = joined({"bottleneck: ", stage ? *stage : "not known yet"});
  if (explanation) text.append("; ").append(printable(*explanation, 400));
  return line(node.name, text, style);
}

std::string verdict(const ClusterRun& run, const Style& style) {
  const testing::CheckResult& check = run.result.check;
  if (run.is_partial) return emphasized("Not checked: it was broken off.", style) + "\n";
  if (check.is_valid()) {
    return emphasized(
               "Valid: what clients saw is what " + run.options.trial.workload + " promises.",
               style) +
           "\n";
  }
  const std::size_t all = check.faults.size() + check.more_faults;
  std::string text =
      emphasized(joined({"Not valid: ", counted(all, "fault", "faults"), "."}), style) + "\n";
  for (std::size_t i = 0; i < std::min(check.faults.size(), kMostFaults); ++i) {
    text += line("", printable(check.faults[i], 600), style);
  }
  if (all > kMostFaults) {
    text += line("", joined({"and ", grouped(all - kMostFaults), " more"}), style);
  }
  return text + "again with  " + printable(replay_command(run.options), kMostCommand) + "\n";
}

}  // namespace

std::string table(const ClusterRun& run, const Style& style) {
  const TrialResult& result = run.result;
  if (!run.problem.empty() && result.history.operations().empty()) return {};
  std::string text = emphasized(headline(run), style) + "\n\n";
  text += line("requests", requests(result), style);
  const LatenciesOf latencies = latencies_of(result);
  for (const auto& [function, values] : latencies) {
    if (!function.empty() && latencies.size() == 2) continue;  // one function: as all
    text += line(function.empty() ? "latency" : "",
                 (function.empty() ? "" : function + ": ") + latency_text(values), style);
  }
  text += line("messages", messages(result), style);
  text += bands(result, style);
  for (const testing::Figure& figure : result.check.figures) {
    text += line("",
                 joined({figure.name, ": ", fixed(figure.value, figure.unit.empty() ? 0 : 1),
                         figure.unit.empty() ? "" : " ", figure.unit}),
                 style);
  }
  for (const NodeOfCluster& one : run.nodes) text += node(one, style);
  return text + "\n" + verdict(run, style);
}

}  // namespace narrows::tools
