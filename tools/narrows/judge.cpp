// SPDX-License-Identifier: MIT
#include "judge.hpp"

#include <array>
#include <csignal>
#include <string_view>

#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr double kBusyGenerator = 0.95;  // share of the time that it had a core

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
  return joined({"the node's replies are not right: ", list, example.empty() ? "" : "; ", example});
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

}  // namespace

std::string so_far(Phase phase, const Load& load, const Tally& replies,
                   std::size_t unfinished_bytes) {
  std::string text = "before it answered init";
  if (phase != Phase::init) {
    text = joined(
        {"after ", counted(replies.closed(), "reply", "replies"), " of ", grouped(load.messages)});
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
  if (result.generator_cpu_s > kBusyGenerator * result.elapsed_s && result.elapsed_s > 0) {
    remarks.emplace_back(
        "the load generator was busy all the time: it may be the limit, not the node");
  }
  if (course.phase == Phase::stats) {
    remarks.emplace_back("the node did not get over the question for bench_stats");
  }
  if (course.phase == Phase::end && course.signal_sent == SIGTERM) {
    remarks.emplace_back("the node did not end at the end of its input: SIGTERM ended it");
  } else if (course.phase == Phase::end && course.signal_sent != 0) {
    remarks.emplace_back("the node ended neither at the end of its input nor at SIGTERM: killed");
  }
}

}  // namespace narrows::tools
