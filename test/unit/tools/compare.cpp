// SPDX-License-Identifier: MIT
#include "compare.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "files.hpp"
#include "json/value.hpp"
#include "text.hpp"
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

/// A comparison of a run file with itself: of `seconds` points that are all alike.
Comparison compare_run(std::string_view point, int seconds) {
  std::string points;
  for (int i = 0; i < seconds; ++i) points.append(i > 0 ? "," : "").append(point);
  std::string path = std::filesystem::temp_directory_path() / "narrows-run-XXXXXX";
  const int file = mkstemp(path.data());
  REQUIRE(file >= 0);
  close(file);
  save_file(path, R"({"series":[)" + points + "]}");
  CompareOptions options;
  options.files = true;
  options.a = options.b = path;
  Comparison comparison = compare(options);
  unlink(path.c_str());
  return comparison;
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

TEST_CASE("compare: whatever figures a run file has, they are shown, and the JSON is JSON") {
  for (const std::string_view huge : {"9e300", "1.7e308", "-9e300", "1e-300"}) {
    const Comparison comparison =
        compare_run(joined({R"({"seconds":0.5,"end_s":1,"answered":)", huge, R"(,"p50_us":)", huge,
                            R"(,"p99_us":)", huge, R"(,"rss_bytes":)", huge, R"(,"cpu_user_s":)",
                            huge, R"(,"cpu_system_s":)", huge, "}"}),
                    6);
    const std::string text = table(comparison);
    if (huge == "9e300") CHECK(text.find("1,000,000,000,000,000,000") != std::string::npos);
    CHECK_MESSAGE(text.find("nan") == std::string::npos, text);
    CHECK_MESSAGE(json::Value::parse(json_report(comparison)).has_value(), json_report(comparison));
  }
}

TEST_CASE("compare: a figure beyond all numbers is no value to compare") {
  const Comparison comparison = compare_run(
      R"({"seconds":0.5,"end_s":1,"answered":1.7e308,"p50_us":1,"p99_us":1,"rss_bytes":1})", 6);
  CHECK(comparison.verdict(kThroughput) == "too few values");
  CHECK(comparison.verdict(kP50) == "no difference seen");
}

}  // namespace
}  // namespace narrows::tools
