// SPDX-License-Identifier: MIT
// What a verdict says: the figures, in a sentence that always has room.
#include <cstring>
#include <limits>
#include <string>

#include "profile/verdict.hpp"
#include "unit/doctest.hpp"
#include "unit/evidence.hpp"

namespace narrows::profile {
namespace {

using test::Case;
using test::kDispatch;
using test::kSerialize;
using test::says;
using test::steady;
using test::text_of;

constexpr int kNone = Answer::kNoStage;
constexpr std::array<State, 6> kStates{State::saturated,     State::headroom,
                                       State::input_limited, State::output_blocked,
                                       State::cpu_limited,   State::insufficient_data};

TEST_CASE("verdict words: a saturated pipeline names the stage, its load, its limit, the wait") {
  Case made = steady({0.5, 0.99, 0.2});
  made.evidence.waits = {0.1, 0.62, 0.05};
  CHECK(text_of(made.judge()) ==
        "dispatch is busy 99 % of the time; the pipeline cannot go beyond 101.0 k/s until dispatch "
        "is faster; 62 % of a message's time is spent waiting for it");
}

TEST_CASE("verdict words: with headroom they say how much, the first limit, what would help") {
  CHECK(text_of(steady({0.5, 0.25, 0.2}, {1, 2.5, 1}).judge()) ==
        "the node is at 50 % of what it can do; parse is the first limit, at about 200.0 k/s; "
        "a tenth less work in dispatch would take 2.5 % off the mean latency");
}

TEST_CASE("verdict words: waiting for input they say how long") {
  CHECK(text_of(steady({0.1, 0.05, 0.2}, {1, 1, 2}).judge()) ==
        "the node waits for input 90 % of the time; serialize is the first limit, at about "
        "500.0 k/s; a tenth less work in serialize would take 2.0 % off the mean latency");
}

TEST_CASE("verdict words: a blocked output is the reader's, and the stages come second") {
  Case made = steady({0.1, 0.05, 0.2});
  made.evidence.stages[kSerialize].blocked = 0.77;
  CHECK(text_of(made.judge()) ==
        "stdout was blocked 77 % of the time: whoever reads it is the limit; of the stages "
        "serialize is the first limit, at about 500.0 k/s");
}

TEST_CASE("verdict words: without CPUs the times are too long") {
  Case made = steady({0.5, 0.25, 0.2});
  made.evidence.checks.cpu = {0.42, true, false};
  CHECK(
      text_of(made.judge()) ==
      "a stage had a CPU for only 42 % of the time that it had work for one: its times are too "
      "long, and more CPUs would help first; in CPU time parse is the first limit, at about 200.0 "
      "k/s");
}

TEST_CASE("verdict words: rates are short, from a few to millions a second") {
  const auto limit = [](double messages) {
    Case made = steady({0.5, 0.25, 0.2});
    made.evidence.ns_per_tick = 200'000.0 / messages;
    made.evidence.elapsed_ns *= made.evidence.ns_per_tick;
    return text_of(made.judge());
  };
  CHECK(limit(7).find("at about 7 /s;") != std::string::npos);
  CHECK(limit(9'994).find("at about 9994 /s;") != std::string::npos);
  CHECK(limit(9'995.5).find("at about 10.0 k/s;") != std::string::npos);
  CHECK(limit(999'949).find("at about 999.9 k/s;") != std::string::npos);
  CHECK(limit(999'951).find("at about 1.0 M/s;") != std::string::npos);
  CHECK(limit(5'940'000).find("at about 5.9 M/s;") != std::string::npos);
}

TEST_CASE("verdict words: too little to judge by is said with what there is") {
  Case made = steady({0.5, 0.25, 0.2}, {1, 1, 1}, 7);
  made.evidence.messages = 42;
  CHECK(text_of(made.judge()) ==
        "too little to judge by: 42 messages in 0.350 seconds, where 1000 and about a second are "
        "needed");
}

TEST_CASE("verdict words: in every state they say where handlers mostly wait for others") {
  constexpr std::string_view kWords =
      "; 63 % of the mean latency is handlers waiting for others, the largest part";
  for (const State state : kStates) {
    CAPTURE(name_of(state));
    Case made = steady({0.5, 0.25, 0.2});
    Verdict verdict = made.judge();
    verdict.state = state;
    if (state == State::insufficient_data) verdict.throughput = {};
    explain(made.evidence, {0.5, 200'000, 0.01}, verdict);
    CHECK_FALSE(says(verdict, "waiting for others"));
    made.evidence.await = 0.63;
    explain(made.evidence, {0.5, 200'000, 0.01}, verdict);
    CHECK(text_of(verdict).ends_with(kWords) == (state != State::insufficient_data));
    made.evidence.checks.partition = {0.0012, true, false};
    explain(made.evidence, {0.5, 200'000, 0.01}, verdict);
    CHECK(text_of(verdict).ends_with("do not add up"));
  }
}

TEST_CASE("verdict words: in every state a check that did not hold is said, with its figure") {
  for (const State state : kStates) {
    CAPTURE(name_of(state));
    Case made = steady({0.5, 0.25, 0.2});
    Verdict verdict = made.judge();
    verdict.state = state;
    if (verdict.state == State::insufficient_data) verdict.throughput = {};
    const auto explained = [&] {
      explain(made.evidence, {0.5, 200'000, 0.01}, verdict);
      return text_of(verdict);
    };
    CHECK(explained().find("relied on") == std::string::npos);
    made.evidence.checks.time_accounting = {0.0345, true, false};
    CHECK(explained().find("; not to be relied on: 3.5 % of a stage's time is not accounted for") !=
          std::string::npos);
    CHECK(explained().find("add up") == std::string::npos);
    made.evidence.checks.partition = {0.0012, true, false};
    const std::string words =
        "; not to be relied on: the parts of 0.12 % of the messages' times do not add up";
    CHECK(explained().ends_with(words));
    made.evidence.checks.time_accounting = {};
    CHECK(explained().ends_with(words));
    CHECK(explained().find("accounted") == std::string::npos);
  }
}

/// A verdict with ties and doubts wherever there can be some.
Case longest() {
  Case made = steady({0.9999, 0.9999, 0.9999});
  made.evidence.checks = {{1, true, false}, {1, true, false}, {0, true, false}};
  made.evidence.waits = {1, 1, 1};
  made.evidence.await = 1;
  for (StageShares& shares : made.evidence.stages) shares = {1, 1, 1, 1};
  made.evidence.messages = std::numeric_limits<std::uint64_t>::max();
  return made;
}

TEST_CASE("verdict words: the longest sentence has room to its end") {
  const Case made = longest();
  for (const State state : kStates) {
    for (const bool one_thread : {false, true}) {
      CAPTURE(name_of(state));
      Evidence evidence = made.evidence;
      evidence.shape.one_thread = one_thread;
      Verdict verdict;
      verdict.throughput = {kSerialize, kDispatch, 0.5};
      verdict.latency = {kDispatch, kSerialize, 0.5};
      verdict.tail = {kSerialize, kDispatch, 0.5};
      verdict.state = state;
      explain(evidence, {1, 123'456'789'012, 1}, verdict);
      CHECK(text_of(verdict).ends_with("do not add up"));
      CHECK(text_of(verdict).size() < verdict.explanation.size());
    }
  }
}

TEST_CASE("verdict words: whatever the figures are, the sentence ends within its room") {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double figure : {1e308, -1e308, kNaN, kInfinity, -kInfinity, 0.0, 1e-308}) {
    for (const State state : kStates) {
      for (const int stage : {kNone, kDispatch}) {
        CAPTURE(figure);
        CAPTURE(name_of(state));
        Case made = longest();
        made.evidence.elapsed_ns = figure;
        made.evidence.waits = {figure, figure, figure};
        made.evidence.await = figure;
        for (StageShares& shares : made.evidence.stages) shares = {figure, figure, figure, figure};
        made.evidence.checks = {
            {figure, true, false}, {figure, true, false}, {figure, true, false}};
        Verdict verdict;
        verdict.explanation.fill('#');
        verdict.throughput = verdict.latency = {stage, kNone, 1};
        verdict.tail = {kSerialize, kDispatch, 0.5};
        verdict.state = state;
        explain(made.evidence, {figure, figure, figure}, verdict);
        const void* end = std::memchr(verdict.explanation.data(), '\0', verdict.explanation.size());
        REQUIRE(end != nullptr);
        CHECK(text_of(verdict).size() > 20);
        for (const char c : text_of(verdict)) {
          CHECK(c >= ' ');
          CHECK(c <= '~');
          CHECK(c != '"');
          CHECK(c != '\\');
        }
      }
    }
  }
}

TEST_CASE("verdict: no evidence, however odd, is more than it can take") {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (const double figure : {1e308, -1e308, kNaN, 0.0, -1.0}) {
    for (const Ticks ticks : {Ticks{0}, Ticks{1}, ~Ticks{0}}) {
      Case made = steady({0.5, 0.4, 0.3}, {1, 2, 3}, 39);
      for (std::size_t s = 0; s < made.slices.size(); s += 2) {
        Slice& slice = made.slices[s];
        slice.length = ticks;
        for (StageTimes& times : slice.times) times = {ticks, ticks, ticks};
        slice.gains.saved.fill(figure);
        slice.gains.latency = figure;
        slice.components.fill(figure);
        slice.others.fill(figure);
        slice.awaited = figure;
        slice.bytes = slice.runs = ticks;
        for (auto& row : slice.gains.rows) row = {static_cast<float>(figure), {1, 2, 3}};
      }
      const Verdict verdict = made.judge();
      for (const Answer& answer : {verdict.throughput, verdict.latency, verdict.tail}) {
        CHECK(answer.stage >= kNone);
        CHECK(answer.stage < static_cast<int>(kStages));
        CHECK(answer.tie >= kNone);
        CHECK(answer.tie < static_cast<int>(kStages));
        CHECK(answer.confidence >= 0);
        CHECK(answer.confidence <= 1);
      }
      CHECK(text_of(verdict).size() > 20);
    }
  }
}

}  // namespace
}  // namespace narrows::profile
