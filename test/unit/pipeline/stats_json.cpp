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
using profile::Timeline;

constexpr double kHuge = 8.9e15;  // what a cursor writes at most
constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();

std::size_t name_bytes(const Stats& stats) {
  std::size_t bytes = 0;
  for (const auto& type : stats.types) bytes += type.name.size();
  return bytes;
}

/// What is written, within its bound.
template <typename Write>
std::string text_of(std::size_t bound, Write write) {
  std::vector<char> space(bound + 64, '#');
  json::Cursor to(space.data());
  write(to);
  const auto size = static_cast<std::size_t>(to.at() - space.data());
  CHECK(size <= bound);
  for (std::size_t i = bound; i < space.size(); ++i) CHECK(space[i] == '#');
  return {space.data(), size};
}

std::string body_of(const Stats& stats, bool headline = false) {
  return "{" +
         text_of(stats_bound(stats.types.size(), name_bytes(stats)),
                 [&](json::Cursor& to) { write_stats(to, stats, headline); }) +
         "}";
}

std::string file_of(const Snapshot& snapshot) {
  return text_of(profile_bound(snapshot.all.types.size(), name_bytes(snapshot.all)),
                 [&](json::Cursor& to) { write_profile(to, snapshot); });
}

bool is_json(const std::string& text) {
  const std::string padded = text + std::string(1 + json::Decoder::kSlackBytes, '\0');
  return json::Decoder(16).is_value(padded.data(), text.size());
}

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
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
  stats.share_of_tail = {0.11, 0.21, 0.31, 0.04, 0.14, 0.12, 0.07};
  stats.scv = {0.25, 1.5, 17.0625};
  stats.stages = {{{0.9, 0.01, 0.05, 0.04}, {0.5, 0, 0.5, 0}, {0.25, 0.25, 0.5, -0.00001}}};
  stats.verdict.throughput = {1, profile::Answer::kNoStage, 0.97654};
  stats.verdict.latency = {0, 2, 0.5};
  stats.verdict.tail = {2, profile::Answer::kNoStage, 1};
  stats.verdict.state = profile::State::headroom;
  stats.verdict.headroom = 0.43214;
  std::snprintf(stats.verdict.explanation.data(), 64, "one sentence");
  stats.checks.time_accounting = {0.0015, true, true};
  stats.checks.partition = {0.25, true, false};
  stats.cpus = 1.5;
  stats.troubles = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  stats.blocked_ms = 17;
  stats.sent_unprompted = 23;
  stats.types.push_back({"other", 3, 2'500, 3'000});
  stats.types.push_back({"a \"type\"", 4, 0, 0});
  stats.timestamp_ns = 24.26;
  stats.clock_name = "tsc";
  return stats;
}

/// The largest figures that there can be.
Stats extreme() {
  Stats stats = planted();
  stats.total_messages = kMost;
  stats.elapsed_ns = 1e18;
  stats.throughput_per_second = 9e13;
  stats.latency = {kHuge, kHuge, kHuge, kHuge, kHuge, kHuge};
  for (auto& durations : stats.components) durations = stats.latency;
  stats.share_of_mean.fill(-1e9);
  stats.share_of_tail.fill(-1e9);
  stats.scv.fill(1e12);
  for (auto& shares : stats.stages) shares = {-1e9, -1e9, -1e9, -1e9};
  for (auto* answer : {&stats.verdict.throughput, &stats.verdict.latency, &stats.verdict.tail}) {
    *answer = {2, 1, 0.94999};
  }
  stats.verdict.state = profile::State::input_limited;
  stats.verdict.headroom = -1e9;
  stats.verdict.explanation.fill('x');
  stats.verdict.explanation.back() = '\0';
  for (auto* check : {&stats.checks.time_accounting, &stats.checks.partition, &stats.checks.cpu}) {
    *check = {-1e9, true, false};
  }
  stats.cpus = 1e9;
  stats.troubles.fill(kMost);
  stats.blocked_ms = kMost;
  stats.sent_unprompted = kMost;
  stats.await = {true, stats.latency, -1e9, -1e9};
  stats.timestamp_ns = 1e12;
  stats.clock_name = "monotonic";
  static const std::string name(300, '\x01');
  stats.types.assign(100, {name, kMost, kHuge, kHuge});
  return stats;
}

TEST_CASE("stats json: every figure has its place, its name and its unit") {
  const std::string expected =
      R"({"type": "bench_stats_ok", "total_messages": 1234567, "elapsed_ms": 2999, )"
      R"("throughput_per_sec": 411522.4, "avg_latency_us": 2, "p99_latency_us": 3, )"
      R"("latency_us": {"avg": 1.5, "p50": 1, "p90": 2, "p99": 3.456, "p999": 4, "max": 5.001}, )"
      R"("stages": [)"
      R"({"name": "input", "kind": "wait", "avg_us": 0.101, "p50_us": 0.102, "p99_us": 0.103, )"
      R"("max_us": 0.104, "share_of_mean": 0.1, "share_of_tail": 0.11}, )"
      R"({"name": "parse", "kind": "service", "avg_us": 0.201, "p50_us": 0.202, "p99_us": 0.203, )"
      R"("max_us": 0.204, "share_of_mean": 0.2, "share_of_tail": 0.21, "scv": 0.25, )"
      R"("utilization": 0.9, "blocked": 0.01, "idle": 0.05, "unaccounted": 0.04}, )"
      R"({"name": "dispatch_queue", "kind": "wait", "avg_us": 0.301, "p50_us": 0.302, )"
      R"("p99_us": 0.303, "max_us": 0.304, "share_of_mean": 0.3, "share_of_tail": 0.31}, )"
      R"({"name": "dispatch", "kind": "service", "avg_us": 0.401, "p50_us": 0.402, )"
      R"("p99_us": 0.403, "max_us": 0.404, "share_of_mean": 0.05, "share_of_tail": 0.04, )"
      R"("scv": 1.5, "utilization": 0.5, "blocked": 0, "idle": 0.5, "unaccounted": 0}, )"
      R"({"name": "serialize_queue", "kind": "wait", "avg_us": 0.501, "p50_us": 0.502, )"
      R"("p99_us": 0.503, "max_us": 0.504, "share_of_mean": 0.15, "share_of_tail": 0.14}, )"
      R"({"name": "serialize", "kind": "service", "avg_us": 0.601, "p50_us": 0.602, )"
      R"("p99_us": 0.603, "max_us": 0.604, "share_of_mean": 0.125, "share_of_tail": 0.12, )"
      R"("scv": 17.063, "utilization": 0.25, "blocked": 0.25, "idle": 0.5, "unaccounted": 0}, )"
      R"({"name": "output", "kind": "wait", "avg_us": 0.701, "p50_us": 0.702, "p99_us": 0.703, )"
      R"("max_us": 0.704, "share_of_mean": 0.075, "share_of_tail": 0.07}], )"
      R"("bottleneck": {"throughput": "dispatch", "latency": "parse", "tail": "serialize", )"
      R"("state": "headroom", "confidence": {"throughput": 0.9765, "latency": 0.5, "tail": 1}, )"
      R"("tie": {"throughput": null, "latency": "serialize", "tail": null}, "headroom": 0.4321, )"
      R"("explanation": "one sentence"}, )"
      R"("checks": {"time_accounting": {"value": 0.0015, "held": true}, )"
      R"("partition": {"value": 0.25, "held": false}, "cpu": {"value": null, "held": true}}, )"
      R"("window": "all", "cpus": 1.5, )"
      R"("errors": {"malformed_lines": 1, "oversized_lines": 2, "blank_lines": 3, )"
      R"("malformed_requests": 4, "unknown_types": 5, "before_init": 6, "init_conflicts": 7, )"
      R"("handler_errors": 8, "late_replies": 9, "expired": 10}, "blocked_ms": 17, )"
      R"("by_type": {"other": {"count": 3, "avg_us": 2.5, "p99_us": 3}, )"
      R"("a \"type\"": {"count": 4, "avg_us": 0, "p99_us": 0}}, )"
      R"("overhead": {"timestamp_ns": 24.3, "clock": "tsc"}, "sent_unprompted": 23})";
  const std::string body = body_of(planted());
  CHECK(body == expected);
  CHECK(is_json(body));
}

TEST_CASE(
    "stats json: await stands before serialize_queue, where messages waited, and only there") {
  Stats stats = planted();
  const std::string without = body_of(stats);
  CHECK_FALSE(has(without, "await"));
  stats.await = {true, {801, 802, 0, 803, 0, 804}, 0.45, 0.55};
  const std::string body = body_of(stats);
  CHECK(is_json(body));
  const std::string entry =
      R"({"name": "await", "kind": "wait", "avg_us": 0.801, "p50_us": 0.802, "p99_us": 0.803, )"
      R"("max_us": 0.804, "share_of_mean": 0.45, "share_of_tail": 0.55}, )";
  const std::size_t at = body.find(entry + R"({"name": "serialize_queue", )");
  REQUIRE(at != std::string::npos);
  CHECK(body.substr(0, at) + body.substr(at + entry.size()) == without);
}

TEST_CASE("stats json: the headline is the first five figures") {
  CHECK(body_of(planted(), true) ==
        R"({"type": "bench_stats_ok", "total_messages": 1234567, "elapsed_ms": 2999, )"
        R"("throughput_per_sec": 411522.4, "avg_latency_us": 2, "p99_latency_us": 3})");
}

TEST_CASE("stats json: with no stage to name all of the bottleneck's figures are null") {
  const std::string body = body_of(Stats{});
  CHECK(is_json(body));
  CHECK(has(body, R"("bottleneck": {"throughput": null, "latency": null, "tail": null, )"
                  R"("state": "insufficient_data", )"
                  R"("confidence": {"throughput": null, "latency": null, "tail": null}, )"
                  R"("tie": {"throughput": null, "latency": null, "tail": null}, )"
                  R"("headroom": null, "explanation": ""}, )"));
  CHECK(has(body, R"("checks": {"time_accounting": {"value": null, "held": true}, )"
                  R"("partition": {"value": null, "held": true}, )"
                  R"("cpu": {"value": null, "held": true}}, )"));
  CHECK(has(body, R"("by_type": {}, )"));
  CHECK(has(body, R"("total_messages": 0, "elapsed_ms": 0, "throughput_per_sec": 0.0, )"
                  R"("avg_latency_us": 0, "p99_latency_us": 0, )"));
}

TEST_CASE("stats json: each state has its name, and the window says what the figures are of") {
  Stats stats = planted();
  stats.period = profile::Period::last;
  for (const auto state :
       {profile::State::saturated, profile::State::input_limited, profile::State::output_blocked,
        profile::State::cpu_limited, profile::State::headroom}) {
    stats.verdict.state = state;
    const std::string body = body_of(stats);
    CHECK(has(body, "\"state\": \"" + std::string(profile::name_of(state)) + "\", "));
    CHECK(has(body, R"("window": "last", )"));
    CHECK(has(body, R"("headroom": 0.4321, )"));
  }
}

TEST_CASE("stats json: the largest figures are within the bound") {
  CHECK(is_json(body_of(extreme())));
  CHECK(is_json(body_of(extreme(), true)));
  Stats few = extreme();  // no room of the types' is left to hide in
  few.types.clear();
  CHECK(is_json(body_of(few)));
}

TEST_CASE("stats json: what is no number, or none that JSON has room for, is null") {
  Stats stats = planted();
  stats.scv[0] = std::numeric_limits<double>::quiet_NaN();
  stats.scv[1] = std::numeric_limits<double>::infinity();
  stats.stages[0].busy = -std::numeric_limits<double>::infinity();
  stats.stages[1].busy = 1e300;
  const std::string body = body_of(stats);
  CHECK(is_json(body));
  CHECK(has(body, R"("scv": null, "utilization": null, )"));
  CHECK_FALSE(has(body, "e+300"));
}

/// A minute, of windows that say so much.
Snapshot minute_of(const profile::Window& window) {
  Snapshot snapshot;
  snapshot.all = snapshot.last = planted();
  snapshot.last.period = profile::Period::last;
  snapshot.windows.assign(Timeline::kWindows, window);
  return snapshot;
}

TEST_CASE("profile file: two sets of figures, and the windows, the oldest first") {
  profile::Window window;
  window.end = 3'250'000;
  window.length = 250'000;
  window.times = {{{125'000, 25'000, 100'000}, {0, 0, 250'000}, {62'500, 187'500, 0}}};
  window.messages = 5;
  window.answered = 4;
  window.components = {1'000, 2'000, 3'000, 4'000, 5'000, 6'000, 7'000};
  Snapshot snapshot = minute_of(window);
  snapshot.started = 1'000'000;
  snapshot.ns_per_tick = 1'000;
  snapshot.windows.resize(2);
  snapshot.windows[1] = {};  // nothing happened
  snapshot.windows[1].end = 3'500'000;
  snapshot.windows[1].length = 250'000;
  const std::string text = file_of(snapshot);
  CHECK(is_json(text));
  CHECK(text.back() == '\n');
  CHECK(text.starts_with(body_of(snapshot.all).substr(0, 400)));
  CHECK(has(text, ", \"last\": " + body_of(snapshot.last) + ", \"windows\": ["));
  CHECK(has(text, R"("windows": [{"end_s": 2.25, "seconds": 0.25, "messages": 5, "avg_us": 7000, )"
                  R"("wait_us": [250, 750, 1250, 1750], "service_us": [500, 1000, 1500], )"
                  R"("busy": [0.5, 0, 0.25], "blocked": [0.1, 0, 0.75], "idle": [0.4, 1, 0]}, )"
                  R"({"end_s": 2.5, "seconds": 0.25, "messages": 0, "avg_us": 0, )"
                  R"("wait_us": [0, 0, 0, 0], "service_us": [0, 0, 0], )"
                  R"("busy": [0, 0, 0], "blocked": [0, 0, 0], "idle": [0, 0, 0]}]})"
                  "\n"));
}

TEST_CASE("profile file: a window says what handlers waited and what was sent, if there was any") {
  profile::Window window;
  window.length = 250'000;
  window.messages = window.answered = 4;
  window.components = {1'000, 2'000, 3'000, 4'000, 5'000, 6'000, 7'000};
  CHECK_FALSE(
      has(file_of(minute_of(window)).substr(file_of(minute_of(window)).find("windows")), "await"));
  window.awaited = 12'000;
  window.sent_unprompted = 77;
  const std::string text = file_of(minute_of(window));
  CHECK(is_json(text));
  CHECK(has(text, R"("avg_us": 10, "wait_us": [0.25, 0.75, 1.25, 1.75], )"));
  CHECK(has(text, R"(, "await_us": 3, "sent_unprompted": 77})"));
}

TEST_CASE("profile file: a minute of the largest figures is within the bound, and JSON") {
  profile::Window window;
  window.end = kMost / 2;
  window.length = 1;  // so that the shares are large, too
  for (auto& times : window.times) times = {500'000'000'000, 500'000'000'000, 500'000'000'000};
  window.messages = kMost;
  window.answered = 1;
  window.components.fill(kHuge / 9);
  window.awaited = kHuge / 9;
  window.sent_unprompted = kMost;
  Snapshot snapshot = minute_of(window);
  snapshot.all = extreme();
  snapshot.last = extreme();
  CHECK(is_json(file_of(snapshot)));
  snapshot.all.types.clear();
  snapshot.last.types.clear();
  CHECK(is_json(file_of(snapshot)));
}

TEST_CASE("profile file: windows of no length, and before the start, are no numbers out of range") {
  profile::Window window;
  window.end = 5;
  window.length = 0;
  Snapshot snapshot = minute_of(window);
  snapshot.started = 10;
  const std::string text = file_of(snapshot);
  CHECK(is_json(text));
  CHECK(has(text, R"({"end_s": 0, "seconds": 0, "messages": 0, )"));
}

}  // namespace
}  // namespace narrows::pipeline
