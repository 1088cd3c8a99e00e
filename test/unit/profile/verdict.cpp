// SPDX-License-Identifier: MIT
// Which stage is named for each question, and in which state the node is said to be.
#include "profile/verdict.hpp"

#include <string>

#include "unit/doctest.hpp"
#include "unit/evidence.hpp"

namespace narrows::profile {
namespace {

using test::Case;
using test::in_batches;
using test::kDispatch;
using test::kParse;
using test::kSerialize;
using test::says;
using test::steady;
using test::Values;

constexpr int kNone = Answer::kNoStage;

TEST_CASE("verdict: throughput's answer is the stage that costs a message most") {
  const std::array<Values, 3> cases{{{0.6, 0.5, 0.4}, {0.4, 0.6, 0.5}, {0.5, 0.4, 0.6}}};
  for (int stage = 0; stage < 3; ++stage) {
    const Verdict verdict = steady(cases[static_cast<std::size_t>(stage)]).judge();
    CHECK(verdict.throughput.stage == stage);
    CHECK(verdict.throughput.confidence > 0.999);
    CHECK(verdict.throughput.tie == kNone);
  }
}

TEST_CASE("verdict: stages closer than the margin are a tie, and the answer says with which") {
  const Verdict verdict = steady({0.3, 0.5, 0.495}).judge();
  CHECK(verdict.throughput.stage == kDispatch);
  CHECK(verdict.throughput.tie == kSerialize);
  CHECK(verdict.throughput.confidence < Answer::kSure);
  CHECK(says(verdict, "dispatch or serialize (too close to call) is the first limit"));
}

TEST_CASE("verdict: what fuller batches would save is not held against a stage") {
  // Half of the parser's time goes into reads of 10 messages, where 1,024 fit.
  Case made = in_batches({0.6, 0.4, 0.3}, 10, 10, 1);
  for (Slice& slice : made.slices) {
    slice.components[1] /= 2;
    slice.overheads[0] = slice.components[1];
  }
  const Verdict verdict = made.judge();
  CHECK(verdict.throughput.stage == kDispatch);
  CHECK(verdict.throughput.confidence >= Answer::kSure);
  CHECK(verdict.headroom == doctest::Approx(0.6).epsilon(0.01));
}

TEST_CASE("verdict: a stage that is busy with half-empty batches is not saturated") {
  CHECK(in_batches({0.97, 0.3, 0.3}, 10, 10, 0.5).judge().state == State::headroom);
  CHECK(in_batches({0.97, 0.3, 0.3}, 1'024, 10, 0.5).judge().state == State::saturated);
}

TEST_CASE("verdict: full costs are the service, and of the overheads a full batch's share") {
  const NodeShape shape{false, 65'536, 1'024};
  SliceCounts sums;
  CHECK(costs_of(sums, shape).full == Values{0, 0, 0});
  sums.messages = sums.answered = 1'000;
  sums.runs = 100;      // of 10 messages …
  sums.bytes = 64'000;  // … of 64 bytes: 1,024 of them fit
  sums.components[1] = 300'000;
  sums.components[3] = 500'000;
  sums.components[5] = 700'000;
  sums.overheads = {200'000, 0, 50'000};
  for (std::size_t i = 0; i < kStages; ++i) {
    sums.times[i].busy = static_cast<Ticks>(sums.components[2 * i + 1] + sums.overheads[i]);
  }
  const double rest = 10.0 / 1'024;
  const Values costs = costs_of(sums, shape).full;
  CHECK(costs[0] == doctest::Approx(300 + 200 * rest));
  CHECK(costs[1] == doctest::Approx(500));
  CHECK(costs[2] == doctest::Approx(700 + 50 * rest));
  CHECK(costs_of(sums, shape).now[0] == doctest::Approx(500));
  sums.bytes = 6'400'000;  // 6,400 bytes each: 10.24 of them fit
  CHECK(costs_of(sums, shape).full[0] == doctest::Approx(300 + 200 * 10 / 10.24));
  sums.bytes = 0;  // not known: as many as a batch takes
  CHECK(costs_of(sums, shape).full[0] == doctest::Approx(300 + 200 * rest));
  sums.bytes = 6'400'000;
  sums.runs = 50;  // fuller than full
  CHECK(costs_of(sums, shape).full[0] == doctest::Approx(500));
  sums.bytes = 1'000 * 70'000;  // none of them fits: each batch is full
  CHECK(costs_of(sums, shape).full[0] == doctest::Approx(500));
  sums.runs = 0;  // not known
  CHECK(costs_of(sums, shape).full[0] == doctest::Approx(500));
}

TEST_CASE("verdict: work on what is no answered message is work on messages, as far as there was") {
  SliceCounts sums;
  sums.messages = 100;  // of which half are replies to the node's own requests
  sums.answered = sums.runs = 50;
  sums.components = {0, 50'000, 0, 10'000, 0, 10'000, 0};
  sums.others = {50'000, 0, 90'000};
  sums.overheads = {10'000, 0, 0};
  sums.times[0].busy = 110'000;
  sums.times[1].busy = 10'000;
  sums.times[2].busy = 40'000;  // it cannot have been more
  const Costs costs = costs_of(sums, {});
  CHECK(costs.now[0] == doctest::Approx(1'100));
  CHECK(costs.now[1] == doctest::Approx(100));
  CHECK(costs.now[2] == doctest::Approx(400));
}

TEST_CASE("verdict: what a tenth saves is a share of a mean that has the handlers' waits in it") {
  Case made = steady({0.5, 0.4, 0.3}, {1, 2, 3});
  for (Slice& slice : made.slices) slice.awaited = 2 * slice.gains.latency;
  const Verdict verdict = made.judge();
  CHECK(verdict.latency.stage == kSerialize);
  CHECK(says(verdict, "a tenth less work in serialize would take 1.0 % off the mean latency"));
}

TEST_CASE("verdict: an overhead that is longer than the stage's busy time was waiting") {
  SliceCounts sums;
  sums.messages = sums.answered = sums.runs = 100;
  sums.components = {0, 100'000, 0, 10'000, 0, 10'000, 0};
  sums.overheads = {0, 900'000, 5'000};  // dispatch was blocked for most of it
  sums.times[0].busy = 100'000;
  sums.times[1].busy = 12'000;
  sums.times[2].busy = 9'000;  // less than its services: some of them ended before the time
  const Costs costs = costs_of(sums, {});
  CHECK(costs.now[0] == doctest::Approx(1'000));
  CHECK(costs.now[1] == doctest::Approx(120));
  CHECK(costs.now[2] == doctest::Approx(100));
}

/// The threads of `made` had a CPU for these shares of their services.
void set_cpu(Case& made, const Values& shares) {
  for (profile::Slice& slice : made.slices) {
    for (std::size_t i = 0; i < kStages; ++i) {
      slice.cpu.worked[i] = slice.times[i].busy;
      slice.cpu.cpu_ns[i] =
          static_cast<std::uint64_t>(shares[i] * static_cast<double>(slice.times[i].busy));
    }
  }
}

TEST_CASE("verdict: what takes long for want of a CPU is not the limit by itself") {
  Case made = steady({0.5, 0.4, 0.3});
  CHECK(made.judge().throughput.stage == kParse);
  set_cpu(made, {0.6, 1, 1});
  Verdict verdict = made.judge();
  CHECK(verdict.throughput.stage == kDispatch);
  CHECK(verdict.throughput.confidence >= Answer::kSure);
  set_cpu(made, {0.9, 0.9, 0.9});
  CHECK(made.judge().throughput.stage == kParse);
  // What cannot be told of is taken as it is: hidden by pauses, or too little.
  set_cpu(made, {0.6, 1, 1});
  for (profile::Slice& slice : made.slices) slice.cpu.pauses_ns[0] = slice.times[0].busy;
  CHECK(made.judge().throughput.stage == kParse);
}

TEST_CASE("verdict: stages that use all CPUs while none of them is the limit lack CPUs") {
  Case made = steady({0.4, 0.3, 0.25});
  for (auto& stage : made.evidence.stages) stage.idle = 0;  // nor does the input keep it waiting
  made.evidence.cpus = 1;
  CHECK(made.judge().state == State::cpu_limited);
  CHECK(says(made.judge(), "the stages are at work 95 % of the time of the 1 CPUs"));
  CHECK(made.judge().throughput.stage == kParse);
  made.evidence.cpus = 2;
  CHECK(made.judge().state == State::headroom);
  made.evidence.cpus = 0;  // not known
  CHECK(made.judge().state == State::headroom);
  made = steady({0.9, 0.6, 0.4});  // 1.9 of 2: one of them is nearly all the time at work
  made.evidence.cpus = 2;
  CHECK(made.judge().state == State::headroom);
  made = steady({0.4, 0.3, 0.25});
  made.evidence.cpus = 1;
  made.evidence.shape.one_thread = true;  // has no use for more
  CHECK(made.judge().state == State::saturated);
}

TEST_CASE("verdict: without any answer the clocks say what a message costs") {
  SliceCounts sums;
  sums.messages = 1'000;
  sums.times[0].busy = 1'000'000;
  sums.times[2].busy = 3'000;
  CHECK(costs_of(sums, {}).full == Values{1'000, 0, 3});
  CHECK(costs_of(sums, {false, 0, 0}).now == Values{1'000, 0, 3});
}

TEST_CASE("verdict: below the limit latency's answer is the stage that saves most") {
  const Verdict verdict = steady({0.5, 0.4, 0.3}, {1, 2, 3}).judge();
  CHECK(verdict.throughput.stage == kParse);
  CHECK(verdict.latency.stage == kSerialize);
  CHECK(verdict.latency.confidence > 0.999);
  CHECK(verdict.latency.tie == kNone);
  CHECK(says(verdict, "a tenth less work in serialize would take 3.0 % off the mean latency"));
}

TEST_CASE("verdict: near the limit latency and tail are the throughput's answer") {
  const Verdict near = steady({0.96, 0.4, 0.3}, {1, 2, 3}).judge();
  CHECK(near.latency.stage == kParse);
  CHECK(near.tail.stage == kParse);
  CHECK(near.latency.confidence == near.throughput.confidence);
  const Verdict below = steady({0.94, 0.4, 0.3}, {1, 2, 3}).judge();
  CHECK(below.latency.stage == kSerialize);
  CHECK(below.tail.stage == kSerialize);
}

TEST_CASE("verdict: tail's answer is what saves most about the 99th percentile") {
  Case made = steady({0.5, 0.5, 0.5}, {1, 2, 3});
  for (Slice& slice : made.slices) {
    auto& rows = slice.gains.rows;
    rows[40] = {4'900, {1e6, 2e6, 3e6}};  // the first 98 %
    rows[60] = {90, {9e5, 1e3, 1e3}};     // to 99.8 %
    rows[90] = {10, {1e3, 1e9, 1e3}};     // the slowest two in a thousand
  }
  CHECK(made.judge().tail.stage == kParse);
  CHECK(made.judge().latency.stage == kSerialize);
  CHECK(says(made.judge(), "serialize would take 3.0 % off the mean latency, and in parse"));
}

TEST_CASE("verdict: a row that reaches beyond the tail counts by the part that lies in it") {
  Case made = steady({0.5, 0.5, 0.5}, {1, 2, 3});
  for (Slice& slice : made.slices) {
    auto& rows = slice.gains.rows;
    rows[40] = {4'950, {1e6, 2e6, 3e6}};  // up to 99 %: of them 0.8 % of all count, 40 of 4,950
    rows[60] = {50, {3.5e4, 0, 0}};       // of them 40 of 50
  }
  // Parse: 1e6 * 40 / 4950 + 3.5e4 * 40 / 50; serialize: 3e6 * 40 / 4950.
  CHECK(made.judge().tail.stage == kParse);
  for (Slice& slice : made.slices) slice.gains.rows[60].saved[0] = 1.5e4;
  CHECK(made.judge().tail.stage == kSerialize);
}

TEST_CASE("verdict: stages that save alike are a tie, for the mean and for the tail") {
  const Verdict verdict = steady({0.3, 0.4, 0.5}, {3, 3.03, 1}).judge();
  CHECK(verdict.latency.stage == kDispatch);
  CHECK(verdict.latency.tie == kParse);
  CHECK(verdict.tail.tie == kParse);
  CHECK(says(verdict, "less work in dispatch or parse (too close to call) would take"));
}

TEST_CASE("verdict: from 95 % on, and near the limit, the node is saturated") {
  CHECK(steady({0.5, 0.951, 0.5}).judge().state == State::saturated);
  CHECK(steady({0.5, 0.99, 0.5}).judge().state == State::saturated);
  CHECK(steady({0.5, 0.9499, 0.5}).judge().state == State::headroom);
  CHECK(steady({0.94, 0.94, 0.94}).judge().state == State::headroom);
  CHECK(steady({0.5, 0.99, 0.5}).judge().headroom == doctest::Approx(0.01).epsilon(0.1));
}

TEST_CASE("verdict: the load is the busy time's, however few of its messages are done") {
  Case made = steady({0.5, 0.99, 0.5});
  for (Slice& slice : made.slices) {  // a third of the work is on a batch that is not done
    slice.messages = slice.answered = slice.runs = slice.runs * 2 / 3;
    for (double& component : slice.components) component *= 2.0 / 3;
  }
  CHECK(made.judge().headroom == doctest::Approx(0.01).epsilon(0.1));
  CHECK(made.judge().state == State::saturated);
}

TEST_CASE("verdict: on one thread the stages' times add up to its load") {
  Case made = steady({0.3, 0.4, 0.26});
  CHECK(made.judge().state == State::headroom);
  CHECK(made.judge().headroom == doctest::Approx(0.6).epsilon(0.01));
  made.evidence.shape.one_thread = true;
  const Verdict verdict = made.judge();
  CHECK(verdict.state == State::saturated);
  CHECK(verdict.throughput.stage == kDispatch);
  CHECK(verdict.headroom == doctest::Approx(0.04).epsilon(0.1));
  CHECK(says(verdict, "the one thread is busy 96 % of the time, 40 % with dispatch; "));
}

TEST_CASE("verdict: with little to do and waiting for input the node is input_limited") {
  CHECK(steady({0.29, 0.1, 0.1}).judge().state == State::input_limited);
  CHECK(steady({0.3, 0.1, 0.1}).judge().state == State::headroom);
  Case made = steady({0.29, 0.1, 0.1});
  made.evidence.stages[kParse].idle = 0.5;  // it waits for something else
  CHECK(made.judge().state == State::headroom);
  made = steady({0.1, 0.1, 0.1});
  made.evidence.shape.one_thread = true;
  CHECK(made.judge().state == State::headroom);  // 0.3 of its one thread
}

TEST_CASE("verdict: a serializer blocked for over half of the time is output_blocked") {
  Case made = steady({0.2, 0.2, 0.2}, {3, 2, 1});
  made.evidence.stages[kSerialize].blocked = 0.5;
  CHECK(made.judge().state == State::input_limited);
  made.evidence.stages[kSerialize].blocked = 0.51;
  const Verdict verdict = made.judge();
  CHECK(verdict.state == State::output_blocked);
  CHECK(says(verdict, "stdout was blocked 51 % of the time"));
  CHECK(verdict.latency.stage == kParse);
}

TEST_CASE("verdict: a blocked output comes first, then a lack of CPUs, then saturation") {
  Case made = steady({0.97, 0.2, 0.2}, {1, 1, 3});
  CHECK(made.judge().state == State::saturated);
  made.evidence.checks.cpu = {0.7, true, false};
  CHECK(made.judge().state == State::cpu_limited);
  CHECK(made.judge().throughput.stage == kParse);  // still named
  CHECK(made.judge().latency.stage == kParse);
  CHECK(says(made.judge(), "had a CPU for only 70 % of the time"));
  made.evidence.stages[kSerialize].blocked = 0.6;
  CHECK(made.judge().state == State::output_blocked);
  CHECK(made.judge().throughput.stage == kParse);
  CHECK(made.judge().latency.stage == kSerialize);  // however near the stages' limit
}

TEST_CASE("verdict: a check of the CPUs that held, or of which nothing is known, limits nothing") {
  Case made = steady({0.97, 0.2, 0.2});
  made.evidence.checks.cpu = {0.95, true, true};
  CHECK(made.judge().state == State::saturated);
  made.evidence.checks.cpu = {0, false, true};
  CHECK(made.judge().state == State::saturated);
}

TEST_CASE("verdict: only the serializer's blocking is the output's") {
  Case made = steady({0.4, 0.2, 0.2});
  made.evidence.stages[kParse].blocked = 0.8;
  made.evidence.stages[kDispatch].blocked = 0.8;
  CHECK(made.judge().state == State::headroom);
}

TEST_CASE("verdict: too few messages, or too little time, name no stage") {
  for (const bool few_messages : {true, false}) {
    Case made = steady({0.5, 0.99, 0.5}, {1, 1, 1}, few_messages ? 20 : 19);
    if (few_messages) made.evidence.messages = 999;
    const Verdict verdict = made.judge();
    CHECK(verdict.state == State::insufficient_data);
    CHECK(verdict.throughput.stage == kNone);
    CHECK(verdict.latency.stage == kNone);
    CHECK(verdict.tail.stage == kNone);
    CHECK(says(verdict, "too little to judge by: "));
  }
  Case enough = steady({0.5, 0.99, 0.5}, {1, 1, 1}, 20);
  enough.evidence.messages = 1'000;
  CHECK(enough.judge().throughput.stage == kDispatch);
  CHECK(judge(Evidence{}).state == State::insufficient_data);
}

TEST_CASE("verdict: where no stage took any time none is named") {
  Case made = steady({0, 0, 0}, {0, 0, 0});
  const Verdict verdict = made.judge();
  CHECK(verdict.throughput.stage == kNone);
  CHECK(verdict.state == State::insufficient_data);
  CHECK_FALSE(test::text_of(verdict).empty());
}

TEST_CASE(
    "verdict: while nothing could be written the output is the limit, and no stage is named") {
  // All slices are of one write that waits: what it writes is booked when it returns.
  Case made = steady({0, 0, 0}, {0, 0, 0});
  for (Slice& slice : made.slices) {
    slice = {};
    slice.length = 50'000'000;
    slice.times[kSerialize].blocked = slice.length;
  }
  made.evidence.stages[kSerialize] = {0, 0.99, 0, 0};
  const Verdict verdict = made.judge();
  CHECK(verdict.state == State::output_blocked);
  CHECK(verdict.throughput.stage == kNone);
  CHECK(verdict.latency.stage == kNone);
  CHECK(test::text_of(verdict) ==
        "stdout was blocked 99 % of the time: whoever reads it is the limit");
  made.evidence.messages = 999;
  CHECK(made.judge().state == State::insufficient_data);
}

TEST_CASE("verdict: one message that takes longer than all others together is no trap") {
  // A burst of quick ones, then one that dispatch works on for two seconds.
  Case made = steady({0, 0, 0}, {0, 0, 0}, 39);
  for (Slice& slice : made.slices) {
    slice.messages = slice.answered = slice.runs = 0;
    slice.components = {};
    slice.times = {};
    slice.times[kDispatch].busy = slice.length;
    slice.gains = {};
  }
  made.slices.front().messages = made.slices.front().answered = 5'000;
  made.slices.front().runs = 5;
  made.slices.back().messages = made.slices.back().answered = made.slices.back().runs = 1;
  made.slices.back().components[3] = 39 * 50e6;
  made.evidence.messages = 5'001;
  made.evidence.stages[kDispatch] = {1, 0, 0, 0};
  const Verdict verdict = made.judge();
  CHECK(verdict.throughput.stage == kDispatch);
  CHECK(verdict.throughput.confidence < Answer::kSure);  // it is one message
  CHECK_FALSE(test::text_of(verdict).empty());
}

TEST_CASE("verdict: slices without messages, or without runs, leave the others' answer") {
  Case made = steady({0.6, 0.3, 0.2}, {2, 1, 1}, 39);
  for (std::size_t s = 0; s < made.slices.size(); s += 3) {
    Slice empty;
    empty.length = made.slices[s].length;
    for (auto& times : empty.times) times.idle = empty.length;
    made.slices[s] = empty;
  }
  CHECK(made.judge().throughput.stage == kParse);
  CHECK(made.judge().throughput.confidence >= Answer::kSure);
  CHECK(made.judge().latency.stage == kParse);
}

TEST_CASE("verdict: the states have the names of the contract") {
  CHECK(name_of(State::saturated) == "saturated");
  CHECK(name_of(State::headroom) == "headroom");
  CHECK(name_of(State::input_limited) == "input_limited");
  CHECK(name_of(State::output_blocked) == "output_blocked");
  CHECK(name_of(State::cpu_limited) == "cpu_limited");
  CHECK(name_of(State::insufficient_data) == "insufficient_data");
}

}  // namespace
}  // namespace narrows::profile
