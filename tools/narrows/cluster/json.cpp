// SPDX-License-Identifier: MIT
// A cluster run as JSON: docs/FORMATS.md.
#include <algorithm>
#include <cctype>
#include <vector>

#include "cluster/cluster.hpp"
#include "cluster/words.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using std::chrono::nanoseconds;
using testing::Operation;
using testing::Outcome;
using testing::TrialResult;

constexpr std::size_t kMostPoints = 5'000;

std::string_view boolean(bool value) { return value ? "true" : "false"; }

std::string ms(nanoseconds time) { return fixed(milliseconds(time), 3); }

std::string number(std::uint64_t value) { return std::to_string(value); }

std::string list(const std::vector<std::string>& items) {
  std::string text = "[";
  for (const std::string& item : items) text.append(text.size() > 1 ? "," : "").append(item);
  return text + "]";
}

std::string latency(const std::vector<nanoseconds>& ascending) {
  if (ascending.empty()) return "null";
  return joined({R"({"count":)", number(ascending.size()), ",\"p50\":", ms(share(ascending, 0.5)),
                 ",\"p90\":", ms(share(ascending, 0.9)), ",\"p99\":", ms(share(ascending, 0.99)),
                 ",\"max\":", ms(ascending.back()), "}"});
}

std::string operations(const TrialResult& result) {
  const Counts counts = count(result);
  return joined({R"({"ok":)", number(counts.ok), ",\"failed\":", number(counts.failed),
                 ",\"unknown\":", number(counts.unknown),
                 ",\"per_sec\":", fixed(throughput(result), 1), "}"});
}

std::string latencies(const TrialResult& result) {
  const LatenciesOf all = latencies_of(result);
  std::string text = "{";
  for (const auto& [function, values] : all) {
    text.append(text.size() > 1 ? "," : "");
    text.append(quoted(function.empty() ? "all" : function)).append(":").append(latency(values));
  }
  return text + "}";
}

std::string messages(const TrialResult& result) {
  const testing::Traffic& traffic = result.traffic;
  std::string types;
  for (const auto& [type, times] : traffic.by_type) {
    types.append(types.empty() ? "" : ",").append(quoted(type)).append(":").append(number(times));
  }
  return joined({R"({"per_operation":)", fixed(result.messages_per_operation(), 3),
                 ",\"between_nodes\":", number(traffic.between_nodes), ",\"by_type\":{", types,
                 "},\"lost\":", number(traffic.lost), ",\"cut\":", number(traffic.cut),
                 ",\"duplicated\":", number(traffic.duplicated),
                 ",\"services\":", number(traffic.service_messages),
                 ",\"late_answers\":", number(traffic.late_answers), "}"});
}

/// "stable latency, median" in ms: stable_latency_median_ms.
std::string figure_name(const testing::Figure& figure) {
  std::string name;
  for (const char c : figure.name) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      name += c;
    } else if (!name.empty() && name.back() != '_') {
      name += '_';
    }
  }
  return figure.unit.empty() ? name : joined({name, "_", figure.unit});
}

std::string figures(const TrialResult& result) {
  std::string text = "{";
  for (const testing::Figure& figure : result.check.figures) {
    text.append(text.size() > 1 ? "," : "").append(quoted(figure_name(figure)));
    text.append(":").append(fixed(figure.value, 3));
  }
  return text + "}";
}

std::string bands(const ClusterRun& run) {
  std::vector<std::string> items;
  items.reserve(run.result.faults.size());
  for (const testing::FaultBand& band : run.result.faults) {
    items.push_back(joined({R"({"fault":)", quoted(name_of(band.fault)), ",\"who\":",
                            quoted(band.who), ",\"begin_ms\":", ms(band.begin - run.result.begin),
                            ",\"end_ms\":", ms(band.end - run.result.begin), "}"}));
  }
  return list(items);
}

/// What happened between two samples, the first's time being the beginning.
std::string series(const TrialResult& result) {
  struct Bin {
    std::uint64_t ok = 0;
    std::uint64_t failed = 0;
    std::uint64_t unknown = 0;
    std::vector<nanoseconds> latencies;
  };
  const auto& samples = result.samples;
  std::vector<Bin> bins(samples.size());
  for (const Operation& operation : result.history.operations()) {
    const auto after =
        std::ranges::upper_bound(samples, operation.completed, {}, &testing::TrafficSample::at);
    if (after == samples.begin()) continue;
    Bin& bin = bins[static_cast<std::size_t>(after - samples.begin()) - 1];
    switch (operation.outcome) {
      case Outcome::ok:
        ++bin.ok;
        bin.latencies.push_back(operation.completed - operation.invoked);
        break;
      case Outcome::failed: ++bin.failed; break;
      case Outcome::unknown: ++bin.unknown; break;
    }
  }
  std::vector<std::string> items;
  items.reserve(samples.size());
  for (std::size_t i = 0; i + 1 < samples.size(); ++i) {
    Bin& bin = bins[i];
    std::ranges::sort(bin.latencies);
    const bool has_latency = !bin.latencies.empty();
    items.push_back(joined(
        {R"({"t_ms":)", ms(samples[i].at - result.begin), ",\"ok\":", number(bin.ok),
         ",\"failed\":", number(bin.failed), ",\"unknown\":", number(bin.unknown),
         ",\"p50_ms\":", has_latency ? ms(share(bin.latencies, 0.5)) : std::string("null"),
         ",\"max_ms\":", has_latency ? ms(bin.latencies.back()) : std::string("null"),
         ",\"messages\":", number(samples[i + 1].between_nodes - samples[i].between_nodes), "}"}));
  }
  return list(items);
}

/// [when it was known, until it was everywhere], thinned out where there are many.
std::string settled(const TrialResult& result) {
  const auto& values = result.check.settled;
  const std::size_t step = values.size() / kMostPoints + 1;
  std::vector<std::string> items;
  items.reserve(values.size() / step + 1);
  for (std::size_t i = 0; i < values.size(); i += step) {
    items.push_back(
        joined({"[", ms(values[i].known - result.begin), ",", ms(values[i].latency), "]"}));
  }
  return list(items);
}

std::string nodes(const ClusterRun& run) {
  std::vector<std::string> items;
  items.reserve(run.nodes.size());
  for (const NodeOfCluster& node : run.nodes) {
    items.push_back(joined(
        {R"({"name":)", quoted(node.name), ",\"bench_stats\":", printable_json(node.stats), "}"}));
  }
  return list(items);
}

std::string texts(const std::vector<std::string>& sentences) {
  std::vector<std::string> items;
  items.reserve(sentences.size());
  for (const std::string& sentence : sentences) items.push_back(quoted(sentence));
  return list(items);
}

std::string command(const ClusterOptions& options) {
  if (options.command == nullptr) return "null";
  std::vector<std::string> words;
  for (char* const* word = options.command; *word != nullptr; ++word)
    words.push_back(quoted(*word));
  return list(words);
}

}  // namespace

std::string cluster_file(const ClusterRun& run) {
  const ClusterOptions& options = run.options;
  const TrialResult& result = run.result;
  const bool is_simulated = options.command == nullptr;
  return joined({R"({"version":1,"kind":"cluster","workload":)",
                 quoted(options.workload),
                 ",\"nodes\":",
                 number(options.network.nodes),
                 ",\"simulated\":",
                 boolean(is_simulated),
                 ",\"seed\":",
                 number(options.network.seed),
                 ",\"command\":",
                 command(options),
                 ",\"again\":",
                 quoted(replay_command(options)),
                 ",\"partial\":",
                 boolean(run.is_partial),
                 ",\"problem\":",
                 text_or_null(run.problem),
                 ",\"duration_s\":",
                 fixed(milliseconds(result.end - result.begin) / 1e3, 3),
                 ",\"operations\":",
                 operations(result),
                 ",\"latency_ms\":",
                 latencies(result),
                 ",\"messages\":",
                 messages(result),
                 ",\"valid\":",
                 run.is_partial ? "null" : boolean(result.check.is_valid()),
                 ",\"faults\":",
                 texts(result.check.faults),
                 ",\"more_faults\":",
                 number(result.check.more_faults),
                 ",\"figures\":",
                 figures(result),
                 ",\"bands\":",
                 bands(run),
                 ",\"series\":",
                 series(result),
                 ",\"settled\":",
                 settled(result),
                 ",\"cluster\":",
                 nodes(run),
                 "}\n"});
}

}  // namespace narrows::tools
