// SPDX-License-Identifier: MIT
#include "threshold.hpp"

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

json::Value report() {
  const auto value = json::Value::parse(R"({
      "latency_us": {"p50": 20, "p99": 499.5},
      "valid": true, "partial": false, "problem": null, "type": "echo", "below": -3,
      "stages": [{"name": "parse", "avg": 4}, {"name": "write", "avg": 9}, {"avg": 7}],
      "pairs": [[1, 2], [3, 4]]})");
  REQUIRE(value.has_value());
  return *value;
}

std::string fault(std::string_view text) {
  const auto threshold = Threshold::parse(text);
  REQUIRE_MESSAGE(threshold.has_value(), text);
  CHECK(threshold->text() == text);
  return threshold->fault(report());
}

TEST_CASE("threshold: each operator holds for what it says and for nothing else") {
  struct Row {
    std::string_view sign;
    bool below, same, above;  // 20 against 21, 20 and 19
  };
  for (const Row& row : {Row{"<", true, false, false}, Row{"<=", true, true, false},
                         Row{">", false, false, true}, Row{">=", false, true, true},
                         Row{"==", false, true, false}, Row{"!=", true, false, true}}) {
    const auto holds = [&](std::string_view limit) {
      return fault(std::string("latency_us.p50").append(row.sign).append(limit)).empty();
    };
    CHECK_MESSAGE(holds("21") == row.below, row.sign);
    CHECK_MESSAGE(holds("20") == row.same, row.sign);
    CHECK_MESSAGE(holds("19") == row.above, row.sign);
  }
}

TEST_CASE("threshold: a fault has the condition and the figure") {
  CHECK(fault("latency_us.p50<20") == "latency_us.p50<20: it is 20");
  CHECK(fault("latency_us.p99 < 100") == "latency_us.p99 < 100: it is 499.5");
  CHECK(fault("latency_us.p99<499.4999") == "latency_us.p99<499.4999: it is 499.5");
  CHECK(fault("valid==false") == "valid==false: it is 1");
}

TEST_CASE("threshold: there may be blanks around the operator") {
  CHECK(fault(" latency_us.p50 \t<=  20 ").empty());
}

TEST_CASE("threshold: limits are JSON numbers, true or false") {
  CHECK(fault("below==-3").empty());
  CHECK(fault("below<-2.9e0").empty());
  CHECK(fault("valid==true").empty());
  CHECK(fault("valid==1").empty());
  CHECK(fault("partial==false").empty());
  CHECK(fault("partial!=true").empty());
}

TEST_CASE("threshold: what is no condition is none") {
  for (const std::string_view bad :
       {"",       "a",     "<",     "<5",    " <5",  "a<",    "a< ",  "a=5",
        "a!5",    "a=<5",  "a<>5",  "a===5", "a<b",  "a<5ms", "a<5%", "a<\"5\"",
        "a<null", "a<[5]", "a<5<6", "a<+5",  "a<.5", "a<5 5"}) {
    CHECK_MESSAGE(!Threshold::parse(bad).has_value(), bad);
  }
}

TEST_CASE("threshold: a figure that is not there, or is no number, is a fault whatever is asked") {
  for (const std::string_view path :
       {"latency", "latency_us", "latency_us.p98", "latency_us.p50.x", "problem", "type", "stages",
        "stages.3.avg", "stages.-1.avg", "stages.read.avg", "stages.parse"}) {
    for (const std::string_view sign : {"<", ">=", "!="}) {
      const std::string text = std::string(path).append(sign).append("0");
      CHECK(fault(text) == text + ": there is no figure " + std::string(path));
    }
  }
}

TEST_CASE("threshold: an array's elements are found by their name or their place") {
  CHECK(figure_at(report(), "stages.parse.avg") == 4);
  CHECK(figure_at(report(), "stages.write.avg") == 9);
  CHECK(figure_at(report(), "stages.0.avg") == 4);
  CHECK(figure_at(report(), "stages.2.avg") == 7);
  CHECK(figure_at(report(), "pairs.1.0") == 3);
  CHECK_FALSE(figure_at(report(), "pairs.1.2").has_value());
}

}  // namespace
}  // namespace narrows::tools
