// SPDX-License-Identifier: MIT
#include "pipeline/stats_json.hpp"

#include <algorithm>
#include <cmath>

namespace narrows::pipeline {
namespace {

using json::Cursor;

constexpr std::size_t kFixedBytes = 8192;  // of what is there whatever the types
constexpr std::size_t kWindowBytes = 704;  // the most that a window takes

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

struct Shares {
  double of_mean;
  double of_tail;
};

void write_durations(Cursor& to, std::string_view name, std::string_view kind,
                     const profile::Durations& durations, Shares shares) {
  key(to, "name", true);
  quoted(to, name);
  key(to, "kind");
  quoted(to, kind);
  key(to, "avg_us");
  micros(to, durations.avg);
  key(to, "p50_us");
  micros(to, durations.p50);
  key(to, "p99_us");
  micros(to, durations.p99);
  key(to, "max_us");
  micros(to, durations.max);
  key(to, "share_of_mean");
  to.decimal(shares.of_mean, 6);
  key(to, "share_of_tail");
  to.decimal(shares.of_tail, 6);
}

void write_component(Cursor& to, const profile::Stats& stats, std::size_t index) {
  write_durations(to, profile::kComponentNames[index],
                  profile::is_service(index) ? "service" : "wait", stats.components[index],
                  {stats.share_of_mean[index], stats.share_of_tail[index]});
  if (!profile::is_service(index)) return;
  const std::size_t stage = profile::stage_of(index);
  const profile::StageShares& shares = stats.stages[stage];
  key(to, "scv");
  to.decimal(stats.scv[stage], 3);
  key(to, "utilization");
  to.decimal(shares.busy, 4);
  key(to, "blocked");
  to.decimal(shares.blocked, 4);
  key(to, "idle");
  to.decimal(shares.idle, 4);
  key(to, "unaccounted");
  to.decimal(shares.unaccounted, 4);
}

void stage_or_null(Cursor& to, int stage) {
  if (stage == profile::Answer::kNoStage) {
    to.literal("null");
  } else {
    quoted(to, profile::kStageNames[static_cast<std::size_t>(stage)]);
  }
}

void write_verdict(Cursor& to, const profile::Verdict& verdict) {
  struct Question {
    std::string_view name;
    const profile::Answer& answer;
  };
  const std::array<Question, 3> questions{
      {{"throughput", verdict.throughput}, {"latency", verdict.latency}, {"tail", verdict.tail}}};
  for (std::size_t i = 0; i < questions.size(); ++i) {
    key(to, questions[i].name, i == 0);
    stage_or_null(to, questions[i].answer.stage);
  }
  key(to, "state");
  quoted(to, profile::name_of(verdict.state));
  key(to, "confidence");
  to.literal("{");
  for (std::size_t i = 0; i < questions.size(); ++i) {
    key(to, questions[i].name, i == 0);
    if (questions[i].answer.stage == profile::Answer::kNoStage) {
      to.literal("null");
    } else {
      to.decimal(questions[i].answer.confidence, 4);
    }
  }
  to.literal("}, \"tie\": {");
  for (std::size_t i = 0; i < questions.size(); ++i) {
    key(to, questions[i].name, i == 0);
    stage_or_null(to, questions[i].answer.tie);
  }
  to.literal("}");
  key(to, "headroom");
  if (verdict.throughput.stage == profile::Answer::kNoStage) {
    to.literal("null");
  } else {
    to.decimal(verdict.headroom, 4);
  }
  key(to, "explanation");
  quoted(to, verdict.explanation.data());
}

void write_check(Cursor& to, std::string_view name, const profile::Check& check, bool first) {
  key(to, name, first);
  to.literal("{\"value\": ");
  if (check.known) {
    to.decimal(check.value, 6);
  } else {
    to.literal("null");
  }
  to.literal(", \"held\": ");
  check.held ? to.literal("true}") : to.literal("false}");
}

void write_checks(Cursor& to, const profile::Checks& checks) {
  write_check(to, "time_accounting", checks.time_accounting, true);
  write_check(to, "partition", checks.partition, false);
  write_check(to, "cpu", checks.cpu, false);
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
  return kFixedBytes + types * 128 + json::escaped_bound(name_bytes);
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
    if (i == profile::kAfterAwait && stats.await.is_there) {
      to.literal(", {");
      write_durations(to, profile::kAwaitName, "wait", stats.await.durations,
                      {stats.await.share_of_mean, stats.await.share_of_tail});
      to.literal("}");
    }
    if (i != 0) to.literal(", ");
    to.literal("{");
    write_component(to, stats, i);
    to.literal("}");
  }
  to.literal("], \"bottleneck\": {");
  write_verdict(to, stats.verdict);
  to.literal("}, \"checks\": {");
  write_checks(to, stats.checks);
  to.literal("}");
  key(to, "window");
  quoted(to, stats.period == profile::Period::all ? "all" : "last");
  key(to, "cpus");
  to.decimal(stats.cpus, 2);
  to.literal(", \"errors\": {");
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
  to.literal("}, \"sent_unprompted\": ");
  to.integer(stats.sent_unprompted);
}

namespace {

/// A value for each stage, or each wait: its mean over the messages, or its share of the time.
template <typename Value>
void write_values(Cursor& to, std::string_view name, std::size_t count, Value value) {
  key(to, name);
  to.literal("[");
  for (std::size_t i = 0; i < count; ++i) {
    if (i != 0) to.literal(", ");
    value(i);
  }
  to.literal("]");
}

void write_window(Cursor& to, const profile::Window& window, const Snapshot& snapshot) {
  const auto seconds = [&](Ticks ticks) {
    return static_cast<double>(ticks) * snapshot.ns_per_tick / 1e9;
  };
  const auto mean = [&](double sum) {
    micros(to, window.answered == 0
                   ? 0
                   : sum / static_cast<double>(window.answered) * snapshot.ns_per_tick);
  };
  const auto share = [&](Ticks ticks) {
    to.decimal(static_cast<double>(ticks) / static_cast<double>(std::max<Ticks>(window.length, 1)),
               4);
  };
  double latency = window.awaited;
  for (const double sum : window.components) latency += sum;
  to.literal("{");
  key(to, "end_s", true);
  to.decimal(seconds(window.end - std::min(window.end, snapshot.started)), 3);
  key(to, "seconds");
  to.decimal(seconds(window.length), 3);
  key(to, "messages");
  to.integer(window.messages);
  key(to, "avg_us");
  mean(latency);
  write_values(to, "wait_us", profile::kStages + 1,
               [&](std::size_t i) { mean(window.components[2 * i]); });
  write_values(to, "service_us", profile::kStages,
               [&](std::size_t i) { mean(window.components[2 * i + 1]); });
  write_values(to, "busy", profile::kStages, [&](std::size_t i) { share(window.times[i].busy); });
  write_values(to, "blocked", profile::kStages,
               [&](std::size_t i) { share(window.times[i].blocked); });
  write_values(to, "idle", profile::kStages, [&](std::size_t i) { share(window.times[i].idle); });
  if (window.awaited > 0) {
    key(to, "await_us");
    mean(window.awaited);
  }
  if (window.sent_unprompted != 0) {
    key(to, "sent_unprompted");
    to.integer(window.sent_unprompted);
  }
  to.literal("}");
}

}  // namespace

std::size_t profile_bound(std::size_t types, std::size_t name_bytes) {
  return 2 * stats_bound(types, name_bytes) + profile::Timeline::kWindows * kWindowBytes + 64;
}

void write_profile(Cursor& to, const Snapshot& snapshot) {
  to.literal("{");
  write_stats(to, snapshot.all, false);
  to.literal(", \"last\": {");
  write_stats(to, snapshot.last, false);
  to.literal("}, \"windows\": [");
  for (std::size_t i = 0; i < snapshot.windows.size(); ++i) {
    if (i != 0) to.literal(", ");
    write_window(to, snapshot.windows[i], snapshot);
  }
  to.literal("]}\n");
}

}  // namespace narrows::pipeline
