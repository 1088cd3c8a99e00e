// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>

#include "json/value.hpp"
#include "unit/doctest.hpp"
#include "whatif_conclude.hpp"

namespace narrows::tools {
namespace {

constexpr Style kPlain{};
constexpr Style kRich{.utf8 = true};

/// The verdict names dispatch for all three questions.
constexpr std::string_view kStats = R"({"throughput_per_sec":48000,"cpus":4,"stages":[
    {"name":"parse","utilization":0.01},{"name":"dispatch","utilization":0.99},
    {"name":"serialize","utilization":0.02}],
  "bottleneck":{"throughput":"dispatch","latency":"dispatch","tail":"dispatch",
    "state":"saturated","confidence":{"throughput":1,"latency":0.99,"tail":0.97},
    "tie":{"throughput":null,"latency":null,"tail":null}}})";

Sample sample(PerFigure<double> figures, double factor) {
  StageFigures stages;
  stages.busy_us = {0.2, 20, 0.4};
  stages.utilization = {0.01, 0.99, 0.02};
  Sample run;
  run.figures = {figures[0] / factor, figures[1] * factor, figures[2] * factor};
  run.stages = stages;
  run.node = 1.1;
  run.generator = 0.2;
  return run;
}

/// Five rounds on a machine that changes; the delays' factors are what they multiply times with.
Series series(Load load, PerFigure<double> base, PerStage<double> factors) {
  Series series;
  series.load = std::move(load);
  series.bench_stats = kStats;
  series.delay_us = {0.2, 2, 0.2};
  constexpr std::array kRounds{1.0, 1.1, 0.9, 1.3, 1.0};
  constexpr std::array kNoise{1.001, 0.999, 1.002, 0.998, 1.0};
  for (std::size_t round = 0; round < kRounds.size(); ++round) {
    series.samples[0].push_back(sample(base, kRounds[round]));
    for (std::size_t i = 0; i < kStages; ++i) {
      const double noise = kNoise[(round + i) % kNoise.size()];
      Sample run = sample(base, kRounds[round] * factors[i] * noise);
      run.stages->busy_us[i] += series.delay_us[i];
      series.samples[1 + i].push_back(run);
    }
  }
  return series;
}

Series saturation(PerStage<double> factors) {
  Load load;
  load.pace = Pace::concurrency;
  load.concurrency = 2400;
  load.duration = std::chrono::milliseconds(500);
  load.warmup = std::chrono::milliseconds(100);
  return series(load, {48'000, 50'000, 55'000}, factors);
}

Series at_rate(PerStage<double> factors) {
  Load load;
  load.pace = Pace::rate;
  load.rate = 24'000;
  load.duration = std::chrono::milliseconds(500);
  Series at_rate = series(load, {1, 60, 120}, factors);
  for (auto& samples : at_rate.samples) {
    for (Sample& run : samples) run.figures[0] = 24'000;
  }
  return at_rate;
}

WhatIf concluded(const Series& saturation, const Series& at_rate, double cpus = 4) {
  WhatIf what;
  what.command = {"./node", "--slow", "dispatch=20us"};
  what.pairs = 5;
  conclude(saturation, at_rate, cpus, what);
  return what;
}

WhatIf good() { return concluded(saturation({1, 1.1, 1}), at_rate({1, 1.06, 1})); }

bool says(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string row_of(const std::string& text, std::string_view heading, std::string_view name) {
  const std::size_t block = text.find(heading);
  REQUIRE_MESSAGE(block != std::string::npos, heading);
  const std::size_t at = text.find("\n" + std::string(name), block) + 1;
  return text.substr(at, text.find('\n', at) - at);
}

TEST_CASE("whatif report: a row a stage, with intervals and theory") {
  const std::string text = table(good(), kRich);
  CHECK(says(text, "node           ./node --slow dispatch=20us\n"));
  CHECK(says(text, "measured       5 rounds of runs of 0.500 s after 0.100 s of warm-up"));
  CHECK(says(text,
             "At saturation, 2,400 in flight: 48,000 messages/s, mean latency 50,000 µs, p99 "
             "55,000 µs\n"));
  CHECK(row_of(text, "At saturation", "dispatch") ==
        "dispatch         20.00 + 2.000   -9.1 % (-9.3 .. -8.9)       -9.1 %  "
        "+10.0 % (+9.8 .. +10.2)     +10.0 % (+9.8 .. +10.2)");
  CHECK(says(row_of(text, "At saturation", "parse"), "0.200 + 0.200    0.0 % ("));
  CHECK(says(text, "Theory: a delay d changes throughput by -d / (busy + d) in the slowest stage"));
  CHECK(says(row_of(text, "At 24,000 a second: mean latency 60.00 µs", "dispatch"), "+6.0 % ("));
}

TEST_CASE("whatif report: what a microsecond less gives") {
  const std::string row = row_of(table(good(), kRich), "a microsecond less  ", "  dispatch");
  CHECK(says(row, " +5.00 % (+4.89 .. +5.11)"));
  CHECK(says(row, " -1.80 µs (-1.86 .. -1.74)"));
  CHECK(says(row, " -3.60 µs (-3.72 .. -3.48)"));
  CHECK(says(row_of(table(good(), kRich), "a microsecond less  ", "  parse"), "unclear ("));
}

TEST_CASE("whatif report: what a tenth less of a stage's own time gives") {
  const std::string row = row_of(table(good(), kRich), "a tenth less", "  dispatch");
  CHECK(says(row, " +10.0 % (+9.78 .. +10.2)"));
  CHECK(says(row, " -3.60 µs (-3.72 .. -3.48)"));
  CHECK(says(row, " -7.20 µs ("));
}

TEST_CASE("whatif report: a sentence at the end says what is worth most, and whether it agrees") {
  CHECK(says(
      table(good(), kPlain),
      "\nA microsecond less in dispatch is worth +5.00 % throughput; the node's verdict, "
      "dispatch, agrees.\n"
      "A microsecond less in dispatch is worth 1.80 us of the mean latency at 24,000 a second; "
      "the node's verdict, dispatch, agrees.\n"));
  const std::string other =
      table(concluded(saturation({1.1, 1, 1}), at_rate({1, 1.0001, 1})), kPlain);
  CHECK(says(other, "less in parse is worth"));
  CHECK(says(other, "throughput; the node's verdict, dispatch, disagrees."));
  CHECK(says(other,
             "\nMean latency at 24,000 a second: whether the node's verdict, dispatch, is right "
             "cannot be told: no stage's delay had an effect that is clear of zero.\n"));
}

TEST_CASE("whatif report: a delay that the node's own figures do not show is remarked on") {
  CHECK_FALSE(says(table(good(), kPlain), "did not get the delay"));
  Series lost = saturation({1, 1.1, 1});
  lost.samples[3] = lost.samples[0];
  CHECK(says(table(concluded(lost, at_rate({1, 1.06, 1})), kPlain),
             "By the node's own figures serialize did not get the delay that was asked for."));
}

TEST_CASE("whatif report: on a terminal the stage that is worth most stands out") {
  const std::string text = table(good(), {.utf8 = true, .bold = true});
  CHECK(says(text, "\033[1m  dispatch "));
  CHECK_FALSE(says(text, "\033[1m  parse "));
}

TEST_CASE("whatif report: in ASCII there is nothing else") {
  const std::string text = table(good(), kPlain);
  CHECK(std::all_of(text.begin(), text.end(), [](char byte) { return byte > 0; }));
}

TEST_CASE("whatif report: a node that is faster is told in smaller pieces") {
  Series fast = saturation({1, 1.1, 1});
  for (auto& samples : fast.samples) {
    for (Sample& run : samples) run.stages->busy_us = {0.1, 0.15, 0.1};
  }
  const WhatIf what = concluded(fast, at_rate({1, 1.06, 1}));
  CHECK(says(table(what, kPlain), "10 ns less in dispatch is worth "));
}

TEST_CASE("whatif report: without a core for each stage it says so, in place of a theory") {
  const WhatIf what = concluded(saturation({1, 1.1, 1}), at_rate({1, 1.06, 1}), 1);
  const std::string text = table(what, kPlain);
  CHECK(says(text, "There is no core for each busy stage"));
  CHECK_FALSE(says(text, "theory  "));
  CHECK_FALSE(what.saturation.stages[1].theory_percent.has_value());
}

TEST_CASE("whatif report: stages whose process got no CPU time have no theory") {
  Series starved = saturation({1, 1.1, 1});
  for (Sample& run : starved.samples[0]) run.node = 0.6;
  const WhatIf what = concluded(starved, at_rate({1, 1.06, 1}));
  CHECK(says(what.no_theory, "a CPU for only 59 % of their busy time"));
}

TEST_CASE("whatif report: on one thread the theory is another") {
  WhatIf what;
  what.one_thread = true;
  conclude(saturation({1, 1, 1}), at_rate({1, 1, 1}), 4, what);
  CHECK(what.saturation.stages[0].theory_percent == doctest::Approx(100 * (20.6 / 20.8 - 1)));
  CHECK(says(table(what, kPlain), "Theory: on one thread"));
}

TEST_CASE("whatif report: a stage that its delay makes the slowest is remarked on") {
  Series pushed = saturation({1, 1.1, 1});
  pushed.delay_us[2] = 30;
  const WhatIf what = concluded(pushed, at_rate({1, 1, 1}));
  CHECK(what.saturation.stages[2].theory_percent == doctest::Approx(100 * (20 / 30.4 - 1)));
  CHECK(says(table(what, kPlain),
             "note           With its delay serialize is itself the slowest stage"));
}

TEST_CASE("whatif report: a generator that was late is told, and if mostly, is a problem") {
  Series late = at_rate({1, 1.06, 1});
  late.samples[0][0].late = true;
  WhatIf what = concluded(saturation({1, 1.1, 1}), late);
  CHECK(says(table(what, kPlain), "The load generator was late in 1 of 20 runs at the rate"));
  CHECK(what.generator_problem.empty());
  for (std::size_t i = 0; i < kStages; ++i) {
    for (Sample& run : late.samples[i]) run.late = true;
  }
  what = concluded(saturation({1, 1.1, 1}), late);
  CHECK(says(what.generator_problem, "the load generator was late in 15 of 20 runs"));
}

TEST_CASE("whatif report: what was cut short says so, and has what there is") {
  WhatIf nothing;
  conclude({}, {}, 4, nothing);
  CHECK(table(nothing, kPlain).empty());
  nothing.stop_signal = 2;
  CHECK(table(nothing, kPlain) == "PARTIAL: stopped by a signal before anything was measured\n");
  WhatIf half;
  half.stop_signal = 2;
  conclude(saturation({1, 1.1, 1}), {}, 4, half);
  const std::string text = table(half, kPlain);
  CHECK(says(text, "valid          no: PARTIAL\n"));
  CHECK(says(text, "is worth +5.00 % throughput; the node's verdict, dispatch, agrees."));
  CHECK(text.ends_with("PARTIAL: stopped by a signal\n"));
  CHECK_FALSE(says(text, "Mean latency at"));
}

TEST_CASE("whatif report: as JSON it has what docs/FORMATS.md says") {
  const auto report = json::Value::parse(json_report(good()));
  REQUIRE(report.has_value());
  const json::Value& all = *report;
  CHECK(all["version"].integer() == 1);
  CHECK(all["kind"].string() == "whatif");
  CHECK(all["partial"].boolean() == false);
  CHECK(all["takes_delays"].boolean() == true);
  CHECK(all["cpus"]["usable"].number() == 4);
  CHECK(all["cpus"]["stages"].number() == 1.02);
  CHECK(all["no_theory"].kind() == json::Value::Kind::null);
  CHECK(all["rate"]["rate_per_sec"].number() == 24'000);
  const json::Value& stage = all["saturation"]["stages"].items()[1];
  CHECK(stage["name"].string() == "dispatch");
  CHECK(stage["busy_us"].number() == 20);
  CHECK(stage["delay_us"].number() == 2);
  CHECK(*stage["changes"]["throughput"]["percent"].number() ==
        doctest::Approx(-9.09).epsilon(1e-3));
  CHECK(*stage["theory_percent"].number() == doctest::Approx(-9.09).epsilon(1e-3));
  CHECK(*stage["worth_of_microsecond"]["throughput"]["value"].number() ==
        doctest::Approx(5).epsilon(1e-3));
  CHECK(*stage["worth_of_tenth"]["throughput"]["value"].number() ==
        doctest::Approx(10).epsilon(1e-3));
  const auto verdicts = all["verdicts"].items();
  REQUIRE(verdicts.size() == 3);
  CHECK(verdicts[1]["question"].string() == "latency");
  CHECK(verdicts[1]["load"].string() == "rate");
  CHECK(verdicts[1]["stage"].string() == "dispatch");
  CHECK(verdicts[1]["confidence"].number() == 0.99);
  CHECK(verdicts[1]["finding"].string() == "agrees");
  CHECK(verdicts[1]["because"].kind() == json::Value::Kind::null);
}

TEST_CASE("whatif report: as JSON what is not there is null") {
  WhatIf what;
  what.refused = true;
  what.problem = "the node has \"no\" stages";
  conclude({}, {}, 4, what);
  const auto report = json::Value::parse(json_report(what));
  REQUIRE(report.has_value());
  CHECK((*report)["takes_delays"].boolean() == false);
  CHECK((*report)["problem"].string() == what.problem);
  CHECK((*report)["saturation"].kind() == json::Value::Kind::null);
  CHECK((*report)["verdicts"].items()[0]["finding"].string() == "no verdict");
}

}  // namespace
}  // namespace narrows::tools
