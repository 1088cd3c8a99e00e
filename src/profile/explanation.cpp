// SPDX-License-Identifier: MIT
// The verdict in words.
#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "profile/verdict.hpp"

namespace narrows::profile {
namespace {

/// Appends to a text of fixed size; what does not fit is left out.
class Sentence {
 public:
  explicit Sentence(std::span<char> room) : room_(room) { room_[0] = '\0'; }

  __attribute__((format(printf, 2, 3))) void add(const char* format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int size = std::vsnprintf(room_.data(), room_.size(), format, arguments);
    va_end(arguments);
    room_ = room_.subspan(std::min(static_cast<std::size_t>(std::max(size, 0)), room_.size() - 1));
  }

 private:
  std::span<char> room_;
};

/// "5.9 M", "12.3 k" or "870": to be followed by "/s".
std::array<char, 32> rate_text(double per_second) {
  std::array<char, 32> text{};
  if (per_second >= 999'950) {
    std::snprintf(text.data(), text.size(), "%.1f M", per_second / 1e6);
  } else if (per_second >= 9'995) {
    std::snprintf(text.data(), text.size(), "%.1f k", per_second / 1e3);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f ", per_second);
  }
  return text;
}

const char* name_of_stage(int stage) { return kStageNames[static_cast<std::size_t>(stage)].data(); }

/// "parse", or "parse or dispatch (too close to call)".
void name(Sentence& sentence, const Answer& answer) {
  sentence.add("%s", name_of_stage(answer.stage));
  if (answer.tie != Answer::kNoStage) {
    sentence.add(" or %s (too close to call)", name_of_stage(answer.tie));
  }
}

void say_limit(Sentence& sentence, const Verdict& verdict, const Reasons& reasons) {
  name(sentence, verdict.throughput);
  sentence.add(" is the first limit, at about %s/s", rate_text(reasons.limit_per_second).data());
}

/// Which stage the latency depends on.
void say_latency(Sentence& sentence, const Verdict& verdict, const Reasons& reasons) {
  if (verdict.latency.stage == Answer::kNoStage) return;
  sentence.add("; a tenth less work in ");
  name(sentence, verdict.latency);
  sentence.add(" would take %.1f %% off the mean latency", 100 * reasons.saved);
  if (verdict.tail.stage == Answer::kNoStage || verdict.tail.stage == verdict.latency.stage) return;
  sentence.add(", and in ");
  name(sentence, verdict.tail);
  sentence.add(" most off the slowest 1 %%");
}

void say_saturated(Sentence& sentence, const Evidence& evidence, const Verdict& verdict,
                   const Reasons& reasons) {
  const auto stage = static_cast<std::size_t>(verdict.throughput.stage);
  const auto limit = rate_text(reasons.limit_per_second);
  if (evidence.shape.one_thread) {
    const auto& stages = evidence.stages;
    sentence.add("the one thread is busy %.0f %% of the time, %.0f %% with ",
                 100 * (stages[0].busy + stages[1].busy + stages[2].busy),
                 100 * stages[stage].busy);
    name(sentence, verdict.throughput);
    sentence.add("; the node cannot go beyond %s/s until that is faster", limit.data());
    return;
  }
  name(sentence, verdict.throughput);
  sentence.add(
      " is busy %.0f %% of the time; the pipeline cannot go beyond %s/s until %s is faster",
      100 * evidence.stages[stage].busy, limit.data(), kStageNames[stage].data());
  sentence.add("; %.0f %% of a message's time is spent waiting for it",
               100 * evidence.waits[stage]);
}

void say_cpu(Sentence& sentence, const Evidence& evidence) {
  if (evidence.checks.cpu.held) {
    const auto& stages = evidence.stages;
    sentence.add(
        "the stages are at work %.0f %% of the time of the %.3g CPUs that the node may use, and "
        "wait for each other's: more CPUs would help first; ",
        100 * (stages[0].busy + stages[1].busy + stages[2].busy) / evidence.cpus, evidence.cpus);
    return;
  }
  sentence.add(
      "a stage had a CPU for only %.0f %% of the time that it had work for one: its times are too "
      "long, and more CPUs would help first; in CPU time ",
      100 * evidence.checks.cpu.value);
}

/// What no stage can shorten, where it is the largest part.
void say_await(Sentence& sentence, double share) {
  if (!(share > 0)) return;
  sentence.add("; %.0f %% of the mean latency is handlers waiting for others, the largest part",
               100 * share);
}

/// What makes the figures doubtful.
void say_doubts(Sentence& sentence, const Checks& checks) {
  if (!checks.time_accounting.held) {
    sentence.add("; not to be relied on: %.1f %% of a stage's time is not accounted for",
                 100 * checks.time_accounting.value);
  }
  if (!checks.partition.held) {
    sentence.add("; not to be relied on: the parts of %.2f %% of the messages' times do not add up",
                 100 * checks.partition.value);
  }
}

}  // namespace

void explain(const Evidence& evidence, const Reasons& reasons, Verdict& verdict) {
  Sentence sentence(verdict.explanation);
  const auto& output = evidence.stages[kStages - 1];
  const bool has_answer = verdict.throughput.stage != Answer::kNoStage;
  const bool says_enough = has_answer || verdict.state == State::output_blocked;
  switch (says_enough ? verdict.state : State::insufficient_data) {
    case State::insufficient_data:
      sentence.add(
          "too little to judge by: %llu messages in %.3f seconds, where %llu and about a second "
          "are needed",
          static_cast<unsigned long long>(evidence.messages), evidence.elapsed_ns / 1e9,
          static_cast<unsigned long long>(kEnoughMessages));
      break;
    case State::saturated: say_saturated(sentence, evidence, verdict, reasons); break;
    case State::output_blocked:
      sentence.add("stdout was blocked %.0f %% of the time: whoever reads it is the limit",
                   100 * output.blocked);
      if (!has_answer) break;
      sentence.add("; of the stages ");
      say_limit(sentence, verdict, reasons);
      break;
    case State::cpu_limited:
      say_cpu(sentence, evidence);
      say_limit(sentence, verdict, reasons);
      break;
    case State::input_limited:
      sentence.add("the node waits for input %.0f %% of the time; ", 100 * evidence.stages[0].idle);
      say_limit(sentence, verdict, reasons);
      say_latency(sentence, verdict, reasons);
      break;
    case State::headroom:
      sentence.add("the node is at %.0f %% of what it can do; ", 100 * reasons.load);
      say_limit(sentence, verdict, reasons);
      say_latency(sentence, verdict, reasons);
      break;
  }
  if (has_answer) say_await(sentence, evidence.await);
  say_doubts(sentence, evidence.checks);
}

}  // namespace narrows::profile
