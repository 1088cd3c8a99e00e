// SPDX-License-Identifier: MIT
#include "judge.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>

#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr double kBusyGenerator = 0.95;  // share of the time that it had a core
constexpr double kMostLagUs = 1000;      // of the sends, at p99; or
constexpr double kMostLagShare = 0.1;    // of the latency's p99
constexpr double kMostHeldBack = 0.001;  // of the requests that were due

/// Where replies are missing: why that may be. Empty if the node sent nothing to others.
std::string asked_of_others(const Tally& replies) {
  if (replies.sent_to_others == 0) return {};
  return joined({" (it sent ", counted(replies.sent_to_others, "message", "messages"),
                 " to others, whom nobody plays here)"});
}

/// Which replies were not as they must be; empty if all were.
std::string faults(const Result& result) {
  const Tally& replies = result.replies;
  struct Fault {
    std::uint64_t count;
    std::string_view what;
  };
  const std::array<Fault, 4> all{{{result.missing(), "missing"},
                                  {replies.wrong, "wrong"},
                                  {replies.duplicated, "duplicated"},
                                  {replies.unsolicited, "unsolicited"}}};
  std::string list;
  for (const auto& [count, what] : all) {
    if (count == 0) continue;
    list += joined({list.empty() ? "" : ", ", grouped(count), " ", what});
  }
  if (list.empty()) return {};
  const std::string& example = replies.example;
  return joined({"the node's replies are not right: ", list,
                 result.missing() > 0 ? asked_of_others(replies) : "", example.empty() ? "" : "; ",
                 example});
}

/// The first thing that makes the run invalid; empty if nothing does.
std::string problem_of(const Result& result, const Course& course) {
  const Ending& node = result.node;
  const bool ended_itself = course.signal_sent == 0;
  if (course.phase == Phase::init || course.phase == Phase::load) {
    return joined({"the node ", ended_itself ? node.how() : "closed its stdout", " ",
                   so_far(course.phase, result.load, result.replies, course.unfinished_bytes)});
  }
  if (std::string said = faults(result); !said.empty()) return said;
  const std::uint64_t errors = result.replies.errors();
  if (errors > 0 && errors == result.replies.answered) {
    const std::int64_t code = result.replies.errors_by_code.begin()->first;
    return joined(
        {"the node answered every request with an error, first with code ", std::to_string(code)});
  }
  if (course.phase == Phase::end && ended_itself && (node.signal != 0 || node.exit_status != 0)) {
    return joined({"the node ", node.how(), " at the end of its input"});
  }
  if (course.unfinished_bytes > 0) return "the node's last line has no newline";
  return {};
}

/// Why the load generator, and not the node, was the limit of an open loop; empty if it was not.
std::string generator_problem_of(const Result& result) {
  if (result.load.pace != Pace::rate) return {};
  const double lag_us = result.figures.send_lag().summary().p99;
  const double latency_us = result.figures.latency().summary().p99;
  if (lag_us > std::max(kMostLagUs, kMostLagShare * latency_us)) {
    return joined({"the load generator, not the node, was the limit: its sends were late by ",
                   grouped(static_cast<std::uint64_t>(lag_us)), " us at p99"});
  }
  const auto most_held_back =
      static_cast<std::uint64_t>(kMostHeldBack * static_cast<double>(result.figures.due()));
  if (result.held_back > most_held_back) {
    return joined({"the load generator, not the node, was the limit: ", grouped(result.held_back),
                   " sends that were due had not been made at the end"});
  }
  return {};
}

}  // namespace

std::string so_far(Phase phase, const Load& load, const Tally& replies,
                   std::size_t unfinished_bytes) {
  std::string text = "before it answered init";
  if (phase != Phase::init) {
    text = joined({"after ", counted(replies.closed(), "reply", "replies")});
    if (load.messages < Load::kMostMessages) text += joined({" of ", grouped(load.messages)});
    text += asked_of_others(replies);
  }
  if (unfinished_bytes > 0) {
    text += joined(
        {", with ", counted(unfinished_bytes, "byte", "bytes"), " of a line without its end"});
  }
  return text;
}

void judge(Result& result, const Course& course) {
  std::vector<std::string>& remarks = result.remarks;
  if (result.stop_signal == 0 && result.problem.empty()) {
    result.problem = problem_of(result, course);
  }
  if (const std::uint64_t count = result.replies.out_of_order; count > 0) {
    remarks.push_back(joined(
        {counted(count, "reply was", "replies were"), " out of order, which the protocol allows"}));
  }
  result.generator_problem = generator_problem_of(result);
  if (const std::uint64_t open = result.unanswered + result.unsent; open > result.held_back) {
    remarks.push_back(joined({"the node was overloaded: at the end ", grouped(result.unsent),
                              " due requests were not sent and ", grouped(result.unanswered),
                              " not answered; how long they had waited counts"}));
  }
  if (result.sent > 0 && result.figures.latency().count() == 0) {
    remarks.emplace_back("nothing was measured: all requests belong to the warm-up");
  }
  if (result.load.pace == Pace::max && result.load_s > 0 &&
      result.generator_cpu_s > kBusyGenerator * result.load_s) {
    remarks.emplace_back(
        "the load generator was busy all the time: it may be the limit, not the node");
  }
  if (course.phase == Phase::stats) {
    remarks.emplace_back("the node did not get over the question for bench_stats");
  }
  if (result.stop_signal != 0) return;  // then it was not given its time
  if (course.phase == Phase::end && course.signal_sent == SIGTERM) {
    remarks.emplace_back("the node did not end at the end of its input: SIGTERM ended it");
  } else if (course.phase == Phase::end && course.signal_sent != 0) {
    remarks.emplace_back("the node ended neither at the end of its input nor at SIGTERM: killed");
  }
}

}  // namespace narrows::tools
