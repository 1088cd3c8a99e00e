// SPDX-License-Identifier: MIT
#include "pipeline/stats_json.hpp"

#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "json/decode.hpp"
#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

using profile::Stats;

/// The body, within its bound.
std::string body_of(const Stats& stats, bool headline = false) {
  std::size_t name_bytes = 0;
  for (const auto& type : stats.types) name_bytes += type.name.size();
  std::vector<char> space(stats_bound(stats.types.size(), name_bytes) + 64, '#');
  json::Cursor to(space.data());
  write_stats(to, stats, headline);
  const auto size = static_cast<std::size_t>(to.at() - space.data());
  CHECK(size <= space.size() - 64);
  return "{" + std::string(space.data(), size) + "}";
}

bool is_json(const std::string& text) {
  const std::string padded = text + std::string(1 + json::Decoder::kSlackBytes, '\0');
  return json::Decoder(16).is_value(padded.data(), text.size());
}

/// Figures that all differ.
Stats planted() {
  Stats stats;
  stats.total_messages = 1'234'567;
  stats.elapsed_ns = 2'999'999'999;
  stats.throughput_per_second = 411'522.36;
  stats.latency = {1'500, 1'000, 2'000, 3'456, 4'000.4, 5'000.6};
  double figure = 100;
  for (auto& durations : stats.components) {
    durations = {figure + 1, figure + 2, 0, figure + 3, 0, figure + 4};
    figure += 100;
  }
  stats.share_of_mean = {0.1, 0.2, 0.3, 0.05, 0.15, 0.125, 0.075};
  stats.stages = {{{0.9, 0.01, 0.05, 0.04}, {0.5, 0, 0.5, 0}, {0.25, 0.25, 0.5, -0.00001}}};
  stats.verdict.stage = 1;
  stats.verdict.state = profile::State::headroom;
  std::snprintf(stats.verdict.explanation.data(), 64, "one sentence");
  stats.troubles = {1, 2, 3, 4, 5, 6, 7, 8, 9};
  stats.blocked_ms = 17;
  stats.types.push_back({"other", 3, 2'500, 3'000});
  stats.types.push_back({"a \"type\"", 4, 0, 0});
  stats.timestamp_ns = 24.26;
  stats.clock_name = "tsc";
  return stats;
}

TEST_CASE("stats json: every figure has its place, its name and its unit") {
  const std::string expected =
      R"({"type": "bench_stats_ok", "total_messages": 1234567, "elapsed_ms": 2999, )"
      R"("throughput_per_sec": 411522.4, "avg_latency_us": 2, "p99_latency_us": 3, )"
      R"("latency_us": {"avg": 1.5, "p50": 1, "p90": 2, "p99": 3.456, "p999": 4, "max": 5.001}, )"
      R"("stages": [)"
      R"({"name": "input", "kind": "wait", "avg_us": 0.101, "p50_us": 0.102, "p99_us": 0.103, )"
      R"("max_us": 0.104, "share_of_mean": 0.1}, )"
      R"({"name": "parse", "kind": "service", "avg_us": 0.201, "p50_us": 0.202, "p99_us": 0.203, )"
      R"("max_us": 0.204, "share_of_mean": 0.2, "utilization": 0.9, "blocked": 0.01, )"
      R"("idle": 0.05, "unaccounted": 0.04}, )"
      R"({"name": "dispatch_queue", "kind": "wait", "avg_us": 0.301, "p50_us": 0.302, )"
      R"("p99_us": 0.303, "max_us": 0.304, "share_of_mean": 0.3}, )"
      R"({"name": "dispatch", "kind": "service", "avg_us": 0.401, "p50_us": 0.402, )"
      R"("p99_us": 0.403, "max_us": 0.404, "share_of_mean": 0.05, "utilization": 0.5, )"
      R"("blocked": 0, "idle": 0.5, "unaccounted": 0}, )"
      R"({"name": "serialize_queue", "kind": "wait", "avg_us": 0.501, "p50_us": 0.502, )"
      R"("p99_us": 0.503, "max_us": 0.504, "share_of_mean": 0.15}, )"
      R"({"name": "serialize", "kind": "service", "avg_us": 0.601, "p50_us": 0.602, )"
      R"("p99_us": 0.603, "max_us": 0.604, "share_of_mean": 0.125, "utilization": 0.25, )"
      R"("blocked": 0.25, "idle": 0.5, "unaccounted": 0}, )"
      R"({"name": "output", "kind": "wait", "avg_us": 0.701, "p50_us": 0.702, "p99_us": 0.703, )"
      R"("max_us": 0.704, "share_of_mean": 0.075}], )"
      R"("bottleneck": {"throughput": "dispatch", "state": "headroom", )"
      R"("explanation": "one sentence"}, )"
      R"("errors": {"malformed_lines": 1, "oversized_lines": 2, "blank_lines": 3, )"
      R"("malformed_requests": 4, "unknown_types": 5, "before_init": 6, "init_conflicts": 7, )"
      R"("handler_errors": 8, "late_replies": 9}, "blocked_ms": 17, )"
      R"("by_type": {"other": {"count": 3, "avg_us": 2.5, "p99_us": 3}, )"
      R"("a \"type\"": {"count": 4, "avg_us": 0, "p99_us": 0}}, )"
      R"("overhead": {"timestamp_ns": 24.3, "clock": "tsc"}})";
  const std::string body = body_of(planted());
  CHECK(body == expected);
  CHECK(is_json(body));
}

TEST_CASE("stats json: the headline is the first five figures") {
  CHECK(body_of(planted(), true) ==
        R"({"type": "bench_stats_ok", "total_messages": 1234567, "elapsed_ms": 2999, )"
        R"("throughput_per_sec": 411522.4, "avg_latency_us": 2, "p99_latency_us": 3})");
}

TEST_CASE("stats json: with no stage to name the bottleneck is null") {
  const std::string body = body_of(Stats{});
  CHECK(is_json(body));
  CHECK(body.find(R"("bottleneck": {"throughput": null, "state": "insufficient_data", )") !=
        std::string::npos);
  CHECK(body.find(R"("by_type": {}, )") != std::string::npos);
  CHECK(body.find(R"("total_messages": 0, "elapsed_ms": 0, "throughput_per_sec": 0.0, )"
                  R"("avg_latency_us": 0, "p99_latency_us": 0, )") != std::string::npos);
}

TEST_CASE("stats json: the largest figures are within the bound") {
  Stats stats = planted();
  constexpr double kHuge = 8.9e15;
  stats.total_messages = std::numeric_limits<std::uint64_t>::max();
  stats.elapsed_ns = 1e18;
  stats.throughput_per_second = 9e13;
  stats.latency = {kHuge, kHuge, kHuge, kHuge, kHuge, kHuge};
  for (auto& durations : stats.components) durations = stats.latency;
  stats.troubles.fill(std::numeric_limits<std::uint64_t>::max());
  stats.verdict.explanation.fill('x');
  stats.verdict.explanation.back() = '\0';
  const std::string name(300, '\x01');
  stats.types.assign(100, {name, std::numeric_limits<std::uint64_t>::max(), kHuge, kHuge});
  CHECK(is_json(body_of(stats)));
}

}  // namespace
}  // namespace narrows::pipeline
