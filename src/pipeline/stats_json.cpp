// SPDX-License-Identifier: MIT
#include "pipeline/stats_json.hpp"

#include <cmath>

namespace narrows::pipeline {
namespace {

using json::Cursor;

void micros(Cursor& to, double ns) { to.decimal(ns / 1000, 3); }

void rounded_micros(Cursor& to, double ns) {
  to.integer(static_cast<std::uint64_t>(std::llround(ns / 1000)));
}

/// `, "name": `, or without the comma when it is the first member.
void key(Cursor& to, std::string_view name, bool first = false) {
  if (!first) to.literal(", ");
  to.literal("\"");
  to.put(name);
  to.literal("\": ");
}

void quoted(Cursor& to, std::string_view text) {
  to.literal("\"");
  to.put(text);
  to.literal("\"");
}

void write_latency(Cursor& to, const profile::Durations& latency) {
  key(to, "avg", true);
  micros(to, latency.avg);
  key(to, "p50");
  micros(to, latency.p50);
  key(to, "p90");
  micros(to, latency.p90);
  key(to, "p99");
  micros(to, latency.p99);
  key(to, "p999");
  micros(to, latency.p999);
  key(to, "max");
  micros(to, latency.max);
}

void write_component(Cursor& to, const profile::Stats& stats, std::size_t index) {
  const profile::Durations& durations = stats.components[index];
  key(to, "name", true);
  quoted(to, profile::kComponentNames[index]);
  key(to, "kind");
  quoted(to, profile::is_service(index) ? "service" : "wait");
  key(to, "avg_us");
  micros(to, durations.avg);
  key(to, "p50_us");
  micros(to, durations.p50);
  key(to, "p99_us");
  micros(to, durations.p99);
  key(to, "max_us");
  micros(to, durations.max);
  key(to, "share_of_mean");
  to.decimal(stats.share_of_mean[index], 6);
  if (!profile::is_service(index)) return;
  const profile::StageShares& shares = stats.stages[profile::stage_of(index)];
  key(to, "utilization");
  to.decimal(shares.busy, 4);
  key(to, "blocked");
  to.decimal(shares.blocked, 4);
  key(to, "idle");
  to.decimal(shares.idle, 4);
  key(to, "unaccounted");
  to.decimal(shares.unaccounted, 4);
}

void write_verdict(Cursor& to, const profile::Verdict& verdict) {
  key(to, "throughput", true);
  if (verdict.stage == profile::Verdict::kNoStage) {
    to.literal("null");
  } else {
    quoted(to, profile::kStageNames[static_cast<std::size_t>(verdict.stage)]);
  }
  key(to, "state");
  quoted(to, profile::name_of(verdict.state));
  key(to, "explanation");
  quoted(to, verdict.explanation.data());
}

void write_type(Cursor& to, const profile::TypeStats& type, bool first) {
  if (!first) to.literal(", ");
  to.literal("\"");
  to.escaped(type.name);
  to.literal("\": {\"count\": ");
  to.integer(type.count);
  key(to, "avg_us");
  micros(to, type.avg_ns);
  key(to, "p99_us");
  micros(to, type.p99_ns);
  to.literal("}");
}

}  // namespace

std::size_t stats_bound(std::size_t types, std::size_t name_bytes) {
  return 6144 + types * 128 + json::escaped_bound(name_bytes);
}

void write_stats(Cursor& to, const profile::Stats& stats, bool headline) {
  key(to, "type", true);
  quoted(to, "bench_stats_ok");
  key(to, "total_messages");
  to.integer(stats.total_messages);
  key(to, "elapsed_ms");
  to.integer(static_cast<std::uint64_t>(stats.elapsed_ns / 1e6));
  key(to, "throughput_per_sec");
  const std::int64_t tenths = std::llround(stats.throughput_per_second * 10);
  to.integer(tenths / 10);
  to.literal(".");
  to.integer(tenths % 10);
  key(to, "avg_latency_us");
  rounded_micros(to, stats.latency.avg);
  key(to, "p99_latency_us");
  rounded_micros(to, stats.latency.p99);
  if (headline) return;
  key(to, "latency_us");
  to.literal("{");
  write_latency(to, stats.latency);
  to.literal("}, \"stages\": [");
  for (std::size_t i = 0; i < profile::kComponents; ++i) {
    if (i != 0) to.literal(", ");
    to.literal("{");
    write_component(to, stats, i);
    to.literal("}");
  }
  to.literal("], \"bottleneck\": {");
  write_verdict(to, stats.verdict);
  to.literal("}, \"errors\": {");
  for (std::size_t i = 0; i < profile::kTroubles; ++i) {
    key(to, profile::kTroubleNames[i], i == 0);
    to.integer(stats.troubles[i]);
  }
  to.literal("}, \"blocked_ms\": ");
  to.integer(stats.blocked_ms);
  to.literal(", \"by_type\": {");
  for (std::size_t i = 0; i < stats.types.size(); ++i) write_type(to, stats.types[i], i == 0);
  to.literal("}, \"overhead\": {\"timestamp_ns\": ");
  to.decimal(stats.timestamp_ns, 1);
  key(to, "clock");
  quoted(to, stats.clock_name);
  to.literal("}");
}

}  // namespace narrows::pipeline
