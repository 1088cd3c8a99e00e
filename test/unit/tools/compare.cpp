// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include "json/value.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kThroughput = 0;
constexpr std::size_t kP50 = 1;
constexpr std::size_t kP99 = 2;
constexpr std::size_t kMemory = 4;

Comparison differs(std::size_t figure, double low, double percent, double high) {
  Comparison comparison;
  comparison.differences[figure] = {100, 100 + percent, percent, low, high, true};
  return comparison;
}

std::string_view verdict(std::size_t figure, double low, double percent, double high) {
  return differs(figure, low, percent, high).verdict(figure);
}

std::string fault(std::string_view text, const Comparison& comparison) {
  const auto limit = FailIf::parse(text);
  REQUIRE_MESSAGE(limit.has_value(), text);
  return limit->fault(comparison);
}

TEST_CASE("compare: a verdict knows whether more is better") {
  CHECK(verdict(kThroughput, 3, 5, 7) == "faster");
  CHECK(verdict(kThroughput, -7, -5, -3) == "slower");
  CHECK(verdict(kP99, 3, 5, 7) == "slower");
  CHECK(verdict(kP99, -7, -5, -3) == "faster");
  CHECK(verdict(kMemory, 3, 5, 7) == "larger");
  CHECK(verdict(kMemory, -7, -5, -3) == "smaller");
}

TEST_CASE("compare: no difference is seen unless the interval is clear of zero") {
  CHECK(verdict(kThroughput, -0.1, 50, 100) == "no difference seen");
  CHECK(verdict(kThroughput, 0, 50, 100) == "no difference seen");
  CHECK(verdict(kThroughput, 0.1, 50, 100) == "faster");
  CHECK(verdict(kThroughput, -100, -50, 0) == "no difference seen");
  CHECK(verdict(kThroughput, -100, -50, -0.1) == "slower");
}

TEST_CASE("compare: no difference is seen below 2 %, however sure it is") {
  CHECK(verdict(kP99, 1.8, 1.9, 2.1) == "no difference seen");
  CHECK(verdict(kP99, 1.9, 2, 2.1) == "slower");
  CHECK(verdict(kP99, -2.1, -1.9, -1.8) == "no difference seen");
  CHECK(verdict(kP99, -2.1, -2, -1.9) == "faster");
}

TEST_CASE("compare: of too few values no verdict is given, and no limit is kept") {
  Comparison comparison = differs(kThroughput, 3, 5, 7);
  comparison.differences[kThroughput].known = false;
  CHECK(comparison.verdict(kThroughput) == "too few values");
  CHECK(fault("throughput_per_sec>+1%", comparison).find("too few") != std::string::npos);
}

TEST_CASE("compare: a limit has a figure, a side and per cents") {
  for (std::size_t i = 0; i < kComparedFigures.size(); ++i) {
    const auto limit = FailIf::parse(std::string(kComparedFigures[i].path) + ">+2.5%");
    REQUIRE(limit.has_value());
    CHECK(limit->figure == i);
    CHECK(limit->above);
    CHECK(limit->percent == 2.5);
  }
  const auto below = FailIf::parse("throughput_per_sec<-5%");
  REQUIRE(below.has_value());
  CHECK_FALSE(below->above);
  CHECK(below->percent == -5);
  CHECK(below->text == "throughput_per_sec<-5%");
  CHECK(FailIf::parse("latency_us.p50>5%")->percent == 5);
}

TEST_CASE("compare: what is no limit is none") {
  for (const std::string_view bad :
       {"", "%", ">%", ">5%", "latency_us.p99", "latency_us.p99>5", "latency_us.p99>%",
        "latency_us.p99%", "latency_us.p99>=5%", "latency_us.p99==5%", "latency_us.p99>x%",
        "latency_us.p99>++5%", "latency_us.p99>5%%", "latency_us.p99>5%>5%", "latency_us.p98>5%",
        "latency_us>5%", "%latency_us.p99>5"}) {
    CHECK_MESSAGE(!FailIf::parse(bad).has_value(), bad);
  }
}

TEST_CASE("compare: a limit is broken when the whole interval lies beyond it") {
  const Comparison up = differs(kP99, 4, 6, 8);
  CHECK(fault("latency_us.p99>+5%", up).empty());
  CHECK(fault("latency_us.p99>+4%", up).empty());
  CHECK(fault("latency_us.p99>+3.9%", up) ==
        "latency_us.p99>+3.9%: it is +6.0 % (+4.0 % .. +8.0 %)");
  CHECK(fault("latency_us.p99<+9%", up) == "latency_us.p99<+9%: it is +6.0 % (+4.0 % .. +8.0 %)");
  CHECK(fault("latency_us.p99<+8%", up).empty());
  const Comparison down = differs(kThroughput, -8, -6, -4);
  CHECK(fault("throughput_per_sec<-5%", down).empty());
  CHECK_FALSE(fault("throughput_per_sec<-3%", down).empty());
  CHECK_FALSE(fault("throughput_per_sec>-9%", down).empty());
}

TEST_CASE("compare: a limit looks at its own figure alone") {
  Comparison other = differs(kP99, 40, 60, 80);
  other.differences[kP50].known = true;
  CHECK(fault("latency_us.p50>+5%", other).empty());
}

TEST_CASE("compare: in JSON a difference of too few values is null") {
  Comparison comparison = differs(kP99, 4, 6, 8);
  comparison.a = "./a";
  comparison.samples = 25;
  const auto report = json::Value::parse(json_report(comparison));
  REQUIRE(report.has_value());
  CHECK((*report)["a"].string() == "./a");
  CHECK((*report)["samples"].integer() == 25);
  CHECK((*report)["problem"].kind() == json::Value::Kind::null);
  const json::Value& p99 = (*report)["figures"]["latency_us.p99"];
  CHECK(p99["b"].number() == 106);
  CHECK(p99["percent"].number() == 6);
  CHECK(p99["low"].number() == 4);
  CHECK(p99["high"].number() == 8);
  CHECK(p99["verdict"].string() == "slower");
  const json::Value& memory = (*report)["figures"]["node.peak_rss_bytes"];
  CHECK(memory["percent"].kind() == json::Value::Kind::null);
  CHECK(memory["low"].kind() == json::Value::Kind::null);
  CHECK(memory["verdict"].string() == "too few values");
}

}  // namespace
}  // namespace narrows::tools
