// SPDX-License-Identifier: MIT
#include "profile/verdict.hpp"

#include <string>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

constexpr int kParse = 0;
constexpr int kDispatch = 1;
constexpr int kSerialize = 2;

/// Enough data, with the stages busy for these shares of the time.
Evidence busy(double parse, double dispatch, double serialize) {
  Evidence evidence;
  evidence.messages = 1'000'000;
  evidence.elapsed_ns = 10e9;
  evidence.throughput_per_second = 100'000;
  const std::array<double, kStages> shares{parse, dispatch, serialize};
  for (std::size_t i = 0; i < kStages; ++i) {
    evidence.stages[i].busy = shares[i];
    evidence.stages[i].idle = 1 - shares[i];
  }
  return evidence;
}

bool says(const Verdict& verdict, std::string_view words) {
  return std::string(verdict.explanation.data()).find(words) != std::string::npos;
}

TEST_CASE("verdict: the busiest stage is named, wherever it stands") {
  CHECK(judge(busy(0.9, 0.5, 0.5)).stage == kParse);
  CHECK(judge(busy(0.5, 0.9, 0.5)).stage == kDispatch);
  CHECK(judge(busy(0.5, 0.5, 0.9)).stage == kSerialize);
  CHECK(judge(busy(0.90, 0.91, 0.90)).stage == kDispatch);
}

TEST_CASE("verdict: of stages that are busy alike the first is named") {
  CHECK(judge(busy(0.5, 0.5, 0.5)).stage == kParse);
  CHECK(judge(busy(0.4, 0.5, 0.5)).stage == kDispatch);
  CHECK(judge(busy(0, 0, 0)).stage == kParse);
}

TEST_CASE("verdict: from 95 % on a stage is saturated, below there is headroom") {
  CHECK(judge(busy(0.5, 0.95, 0.5)).state == State::saturated);
  CHECK(judge(busy(0.5, 1.0, 0.5)).state == State::saturated);
  CHECK(judge(busy(0.5, 0.9499, 0.5)).state == State::headroom);
  CHECK(judge(busy(0.94, 0.94, 0.94)).state == State::headroom);
  CHECK(judge(busy(0, 0, 0.01)).state == State::headroom);
}

TEST_CASE("verdict: on one thread the stages' shares add up to its load") {
  Evidence evidence = busy(0.3, 0.4, 0.25);
  CHECK(judge(evidence).state == State::headroom);
  evidence.one_thread = true;
  const Verdict verdict = judge(evidence);
  CHECK(verdict.state == State::saturated);
  CHECK(verdict.stage == kDispatch);
  CHECK(says(verdict, "the one thread is busy 95 %"));
  CHECK(says(verdict, "40 % with dispatch"));
}

TEST_CASE("verdict: a serializer blocked for over half of the time is output_blocked") {
  Evidence evidence = busy(0.2, 0.2, 0.2);
  evidence.stages[kSerialize].blocked = 0.5;
  CHECK(judge(evidence).state == State::headroom);
  evidence.stages[kSerialize].blocked = 0.51;
  CHECK(judge(evidence).state == State::output_blocked);
  CHECK(says(judge(evidence), "blocked 51 %"));
  evidence.stages[kParse].busy = 0.97;  // a blocked output explains more than a busy stage
  CHECK(judge(evidence).state == State::output_blocked);
  CHECK(judge(evidence).stage == kParse);
}

TEST_CASE("verdict: only the serializer's blocking is the output's") {
  Evidence evidence = busy(0.2, 0.2, 0.2);
  evidence.stages[kParse].blocked = 0.8;
  evidence.stages[kDispatch].blocked = 0.8;
  CHECK(judge(evidence).state == State::headroom);
}

TEST_CASE("verdict: too few messages, or too little time, name no stage") {
  Evidence evidence = busy(0.5, 0.99, 0.5);
  evidence.messages = 999;
  CHECK(judge(evidence).stage == Verdict::kNoStage);
  CHECK(judge(evidence).state == State::insufficient_data);
  CHECK(says(judge(evidence), "too little to judge by: 999 messages"));
  evidence.messages = 1'000;
  CHECK(judge(evidence).stage == kDispatch);
  evidence.elapsed_ns = 0.999e9;
  CHECK(judge(evidence).state == State::insufficient_data);
  evidence.elapsed_ns = 1e9;
  CHECK(judge(evidence).state == State::saturated);
  CHECK(judge(Evidence{}).state == State::insufficient_data);
}

TEST_CASE("verdict: the explanation names the stage, its load and the rate at its limit") {
  const Verdict saturated = judge(busy(0.5, 1.0, 0.2));
  CHECK(says(saturated, "dispatch is busy 100 % of the time"));
  CHECK(says(saturated, "beyond 100.0 k/s"));
  Evidence evidence = busy(0.5, 0.25, 0.2);
  evidence.throughput_per_second = 2e6;
  CHECK(says(judge(evidence), "parse is the busiest stage, 50 % of the time"));
  CHECK(says(judge(evidence), "can reach 4.0 M/s"));
  evidence.throughput_per_second = 100;
  CHECK(says(judge(evidence), "can reach 200 /s"));
}

TEST_CASE("verdict: idle stages give no rate that is no number") {
  Evidence evidence = busy(0, 0, 0);
  CHECK(says(judge(evidence), "can reach 0 /s"));
}

TEST_CASE("verdict: the states have the names of the contract") {
  CHECK(name_of(State::saturated) == "saturated");
  CHECK(name_of(State::headroom) == "headroom");
  CHECK(name_of(State::output_blocked) == "output_blocked");
  CHECK(name_of(State::insufficient_data) == "insufficient_data");
}

}  // namespace
}  // namespace narrows::profile
