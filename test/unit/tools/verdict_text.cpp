// SPDX-License-Identifier: MIT
#include "verdict_text.hpp"

#include <string>

#include "text.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

json::Value parsed(std::string_view json) {
  const auto value = json::Value::parse(json);
  REQUIRE(value.has_value());
  return *value;
}

std::string verdict_of(std::string_view bottleneck) {
  return verdict(parsed(joined({R"({"bottleneck": )", bottleneck, "}"})), {});
}

TEST_CASE("tools verdict: an answer is a stage, or the two that are too close to call") {
  const auto stats = parsed(R"({"bottleneck": {"throughput": "parse", "latency": "parse",
      "tie": {"throughput": null, "latency": "dispatch", "tail": "dispatch"}}})");
  CHECK(answer_to("throughput", stats) == "parse");
  CHECK(answer_to("latency", stats) == "parse or dispatch");
  CHECK(answer_to("tail", stats) == std::nullopt);
  CHECK(answer_to("throughput", parsed("5")) == std::nullopt);
}

TEST_CASE("tools verdict: a state is words") {
  const auto words = [](std::string_view state) {
    return state_of(parsed(joined({R"({"bottleneck": {"state": ")", state, R"("}})"})));
  };
  CHECK(words("saturated") == "saturated");
  CHECK(words("input_limited") == "input limited");
  CHECK(words("cpu_limited") == "CPU limited");
  CHECK(state_of(parsed("{}")) == std::nullopt);
}

TEST_CASE("tools verdict: a confidence is rounded down, and never 100 %") {
  const auto sure = [](std::string_view confidence) {
    const std::string text = verdict_of(
        joined({R"({"throughput": "parse", "confidence": {"throughput": )", confidence, "}}"}));
    return text.substr(text.find("parse   ") + 14);
  };
  CHECK(sure("0.95") == "95 % sure\n");
  CHECK(sure("0.9499") == "94 % sure\n");
  CHECK(sure("0.29") == "29 % sure\n");
  CHECK(sure("0.999") == "99 % sure\n");
  CHECK(sure("1") == "over 99 % sure\n");
  CHECK(sure("7") == "over 99 % sure\n");
  CHECK(sure("-7") == "0 % sure\n");
}

TEST_CASE("tools verdict: a tie says so and names both, a tie of the first answer too") {
  CHECK(verdict_of(R"({"throughput": "parse", "tie": {"throughput": "serialize"},
                       "state": "headroom", "headroom": 0.5})") ==
        "verdict: parse or serialize dominates (headroom 50 %)\n"
        "  throughput    parse or serialize: too close to call\n");
}

TEST_CASE("tools verdict: without a stage it says that, and why") {
  CHECK(verdict_of(R"({"throughput": null, "latency": null, "tail": null, "headroom": null,
                       "confidence": {"throughput": null, "latency": null, "tail": null},
                       "state": "insufficient_data", "explanation": "too little to judge by"})") ==
        "verdict: no stage can be named (insufficient data)\ntoo little to judge by\n");
}

TEST_CASE("tools verdict: a headroom is a share") {
  CHECK(verdict_of(R"({"throughput": "a", "headroom": 5})") ==
        "verdict: a dominates (headroom 100 %)\n");
  CHECK(verdict_of(R"({"throughput": "a", "state": "saturated", "headroom": -5})") ==
        "verdict: a dominates (saturated, headroom 0 %)\n");
}

TEST_CASE("tools verdict: checks that held, or that are not known, are not mentioned") {
  CHECK(failed_checks(parsed("{}")).empty());
  CHECK(failed_checks(parsed(R"({"checks": {"cpu": {"value": null, "held": true},
      "partition": {"value": 0.5}, "time_accounting": 7}})"))
            .empty());
  CHECK(verdict(parsed(R"({"checks": {"cpu": {"value": 0.5, "held": true}}})"), {}).empty());
}

TEST_CASE("tools verdict: a check that did not hold says what was found and what it means") {
  const auto sentences = failed_checks(parsed(R"({"cpus": 1.5, "checks": {
      "time_accounting": {"value": 0.0341, "held": false},
      "partition": {"value": 0.0005, "held": false},
      "cpu": {"value": 0.617, "held": false}}})"));
  REQUIRE(sentences.size() == 3);
  CHECK(sentences[0] ==
        "3.41 % of a stage's time is not accounted for (at most 1 % may be): how busy it is, and "
        "the verdict, may be off by as much");
  CHECK(sentences[1] ==
        "the parts of 0.05 % of the messages' times do not add up to their latency (all must): the "
        "shares of mean and tail are not to be relied on");
  CHECK(sentences[2] ==
        "a busy stage had a CPU for 62 % of the time (at least 90 % are needed): its times are too "
        "long, as waiting for a CPU is in them; the node may use 1.5 CPUs");
}

TEST_CASE("tools verdict: CPUs that no machine has are not mentioned") {
  const auto sentence = [](std::string_view cpus) {
    const auto sentences = failed_checks(parsed(
        joined({R"({"checks": {"cpu": {"value": 0.5, "held": false}}, "cpus": )", cpus, "}"})));
    REQUIRE(sentences.size() == 1);
    return sentences[0].substr(sentences[0].find("CPU is in them"));
  };
  CHECK(sentence("1.0") == "CPU is in them; the node may use 1 CPU");
  CHECK(sentence("2") == "CPU is in them; the node may use 2 CPUs");
  for (const std::string_view odd : {"0", "-1", "1e300", "null", "\"2\""}) {
    CHECK(sentence(odd) == "CPU is in them");
  }
}

TEST_CASE("tools verdict: a figure beyond its limit is not rounded to it") {
  const auto sentences = failed_checks(parsed(R"({"checks": {
      "time_accounting": {"value": 0.010001, "held": false},
      "partition": {"value": 1e-9, "held": false}, "cpu": {"value": 0.8999, "held": false}}})"));
  REQUIRE(sentences.size() == 3);
  CHECK(sentences[0].substr(0, 9) == "1.01 % of");
  CHECK(sentences[1].substr(0, 23) == "the parts of 0.01 % of ");
  CHECK(sentences[2].substr(0, 30) == "a busy stage had a CPU for 89 ");
}

TEST_CASE("tools verdict: a check of another node, or without a figure, is named all the same") {
  const auto sentences = failed_checks(parsed(R"({"checks": {
      "clocks\u001b": {"held": false, "value": 2}, "cpu": {"held": false}}})"));
  REQUIRE(sentences.size() == 2);
  CHECK(sentences[0] == "the check clocks\\u001b did not hold (2.000)");
  CHECK(sentences[1].substr(0, 43) == "a busy stage had a CPU for an unknown share");
}

TEST_CASE("tools verdict: a failed check is shown even where no verdict is given") {
  CHECK(verdict(parsed(R"({"checks": {"clocks": {"held": false}}})"), {}) ==
        "check failed: the check clocks did not hold\n");
}

}  // namespace
}  // namespace narrows::tools
