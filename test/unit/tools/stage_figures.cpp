// SPDX-License-Identifier: MIT
#include "stage_figures.hpp"

#include <string>

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

constexpr std::string_view kToday =
    R"({"type":"bench_stats_ok","total_messages":50000,"elapsed_ms":1000,
  "throughput_per_sec":50000.0,"stages":[
    {"name":"input","kind":"wait","avg_us":1},
    {"name":"parse","kind":"service","utilization":0.05},
    {"name":"dispatch","kind":"service","utilization":1.0},
    {"name":"serialize","kind":"service","utilization":0.1}],
  "bottleneck":{"throughput":"dispatch","state":"saturated","explanation":"it is"}})";

constexpr std::string_view kWhole = R"({"throughput_per_sec":1000,"cpus":2.5,"stages":[
    {"name":"parse","utilization":0.5},{"name":"dispatch","utilization":0.25},
    {"name":"serialize","utilization":0}],
  "checks":{"cpu":{"value":0.7,"held":false}},
  "bottleneck":{"throughput":"parse","latency":null,"tail":"serialize","state":"cpu_limited",
    "confidence":{"throughput":1,"latency":null,"tail":0.8},
    "tie":{"throughput":null,"latency":null,"tail":"dispatch"}}})";

TEST_CASE("stage figures: a stage's busy time a message is its utilization over the throughput") {
  const auto figures = stage_figures(kToday);
  REQUIRE(figures.has_value());
  CHECK(figures->busy_us[0] == doctest::Approx(1));
  CHECK(figures->busy_us[1] == doctest::Approx(20));
  CHECK(figures->busy_us[2] == doctest::Approx(2));
  CHECK(sum(figures->utilization) == doctest::Approx(1.15));
  CHECK_FALSE(figures->cpus.has_value());
  CHECK_FALSE(figures->short_share.has_value());
}

TEST_CASE("stage figures: what a later node says besides is taken") {
  const auto figures = stage_figures(kWhole);
  REQUIRE(figures.has_value());
  CHECK(figures->cpus == 2.5);
  CHECK(figures->short_share == 0.7);
}

TEST_CASE("stage figures: a check that held says nothing is short") {
  std::string held(kWhole);
  held.replace(held.find("false"), 5, "true");
  CHECK_FALSE(stage_figures(held)->short_share.has_value());
}

TEST_CASE("stage figures: three stages that say how busy they are, or none") {
  CHECK_FALSE(stage_figures("").has_value());
  CHECK_FALSE(stage_figures("[]").has_value());
  CHECK_FALSE(stage_figures(R"({"throughput_per_sec":1000,"stages":[]})").has_value());
  for (const std::string_view part :
       {"\"utilization\":0.5", "\"name\":\"dispatch\"", "\"throughput_per_sec\":1000"}) {
    std::string less(kWhole);
    less.replace(less.find(part), part.size(), "\"other\":1");
    CHECK_MESSAGE(!stage_figures(less).has_value(), part);
  }
  std::string slow(kWhole);
  slow.replace(slow.find("1000"), 4, "1e-300");
  CHECK_FALSE(stage_figures(slow).has_value());
  std::string absurd(kWhole);
  absurd.replace(absurd.find("0.25"), 4, "-0.1");
  CHECK_FALSE(stage_figures(absurd).has_value());
}

TEST_CASE("stage figures: today's node has a verdict on throughput alone") {
  const NodeVerdict throughput = verdict_in(kToday, Question::throughput);
  CHECK(throughput.given);
  CHECK(throughput.stage == 1);
  CHECK_FALSE(throughput.tie.has_value());
  CHECK(throughput.state == "saturated");
  CHECK_FALSE(verdict_in(kToday, Question::latency).given);
  CHECK_FALSE(verdict_in(kToday, Question::tail).given);
}

TEST_CASE("stage figures: a whole verdict has three answers with confidence, and ties") {
  CHECK(verdict_in(kWhole, Question::throughput).confidence == 1);
  const NodeVerdict latency = verdict_in(kWhole, Question::latency);
  CHECK(latency.given);
  CHECK_FALSE(latency.stage.has_value());
  CHECK_FALSE(latency.confidence.has_value());
  const NodeVerdict tail = verdict_in(kWhole, Question::tail);
  CHECK(tail.stage == 2);
  CHECK(tail.tie == 1);
  CHECK(tail.confidence == 0.8);
}

TEST_CASE("stage figures: a verdict on a stage that there is not names none") {
  const std::string other = R"({"bottleneck":{"throughput":"disk","state":"a\nb"}})";
  const NodeVerdict verdict = verdict_in(other, Question::throughput);
  CHECK(verdict.given);
  CHECK_FALSE(verdict.stage.has_value());
  CHECK(verdict.state == "a\\nb");
  CHECK_FALSE(verdict_in("", Question::throughput).given);
  CHECK_FALSE(verdict_in(R"({"bottleneck":7})", Question::throughput).given);
}

}  // namespace
}  // namespace narrows::tools
