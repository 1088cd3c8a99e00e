// SPDX-License-Identifier: MIT
#include "whatif_effects.hpp"

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

/// A stage whose delay made latencies so much longer, in per cent of what they were (50 µs), and
/// throughput so much less.
StageEffect effect(double busy_us, double delay_us, double low, double percent, double high) {
  StageEffect stage;
  stage.measured = true;
  stage.busy_us = busy_us;
  stage.delay_us = delay_us;
  for (Difference& change : stage.changes) {
    change = {50, 50 * (1 + percent / 100), percent, low, high, true};
  }
  return stage;
}

/// Stages of 10 µs with a delay of 1 µs: the change is what a tenth is worth.
StageEffect latency(double low, double percent, double high) {
  return effect(10, 1, low, percent, high);
}

const StageEffect no_effect = latency(-1, 0, 1);
const StageEffect large_effect = latency(4, 5, 6);

NodeVerdict says(std::optional<std::size_t> stage, std::optional<std::size_t> tie = {}) {
  NodeVerdict verdict;
  verdict.given = true;
  verdict.stage = stage;
  verdict.tie = tie;
  verdict.state = "headroom";
  return verdict;
}

Agreement mean(const PerStage<StageEffect>& effects, const NodeVerdict& verdict) {
  return agreement(effects, Figure::mean, verdict);
}

Sample sample(double throughput, double mean_us, double p99_us, PerStage<double> busy_us) {
  StageFigures figures;
  figures.busy_us = busy_us;
  Sample run;
  run.figures = {throughput, mean_us, p99_us};
  run.stages = figures;
  return run;
}

TEST_CASE("whatif effects: each stage's runs against those of the same rounds without a delay") {
  std::array<std::vector<Sample>, 4> samples;
  for (const double speed : {1.0, 2.0, 4.0}) {
    samples[0].push_back(sample(1000 * speed, 50, 80, {1, 10, 2}));
    samples[2].push_back(sample(900 * speed, 55, 80, {1, 11.5, 2}));
  }
  const auto effects = effects_of(samples, {0.2, 1, 0.2});
  CHECK_FALSE(effects[0].measured);
  CHECK_FALSE(effects[2].measured);
  CHECK(effects[2].busy_us == 2);
  REQUIRE(effects[1].measured);
  CHECK(effects[1].busy_us == 10);
  CHECK(effects[1].delay_us == 1);
  CHECK(effects[1].added_us == doctest::Approx(1.5));
  CHECK_FALSE(effects[1].unseen);
  CHECK(effects[1].changes[0].percent == doctest::Approx(-10));
  CHECK(effects[1].changes[0].high == doctest::Approx(-10));
  CHECK(effects[1].changes[1].percent == doctest::Approx(10));
  CHECK(effects[1].changes[2].percent == doctest::Approx(0));
}

TEST_CASE("whatif effects: a delay that the node's own figures do not show is noticed") {
  std::array<std::vector<Sample>, 4> samples;
  for (int i = 0; i < 3; ++i) {
    samples[0].push_back(sample(1000, 50, 80, {1, 10 + 0.01 * i, 2}));
    samples[2].push_back(sample(1000, 50, 80, {1, 10.1 + 0.01 * i, 2}));
  }
  CHECK(effects_of(samples, {1, 1, 1})[1].unseen);
  CHECK_FALSE(effects_of(samples, {1, 0.15, 1})[1].unseen);
}

TEST_CASE("whatif effects: a round in which nothing could be measured is left out") {
  std::array<std::vector<Sample>, 4> samples;
  for (const double mean_us : {50.0, 0.0, 50.0, 50.0}) {
    samples[0].push_back(sample(1000, mean_us, 80, {1, 10, 2}));
    samples[1].push_back(sample(1000, 55, samples[1].size() == 2 ? 0 : 80, {1, 10, 2}));
  }
  const auto effects = effects_of(samples, {1, 1, 1});
  REQUIRE(effects[0].changes[1].known);
  CHECK(effects[0].changes[1].percent == doctest::Approx(10));
  REQUIRE(effects[0].changes[2].known);
  CHECK(effects[0].changes[2].percent == doctest::Approx(0));
}

TEST_CASE("whatif effects: of one round medians are known and no interval") {
  std::array<std::vector<Sample>, 4> samples;
  samples[0].push_back(sample(1000, 50, 80, {1, 10, 2}));
  samples[1].push_back(sample(900, 50, 80, {1, 10, 2}));
  const auto effects = effects_of(samples, {1, 1, 1});
  CHECK_FALSE(effects[0].changes[0].known);
  CHECK(effects[0].changes[0].b == 900);
  CHECK_FALSE(worth_of_microsecond(effects[0], Figure::throughput).known);
}

TEST_CASE("whatif effects: a bottleneck's microsecond is worth 1 / S of the throughput") {
  // d = 5 µs at S = 20 µs: throughput falls to 20 / 25.
  const StageEffect bottleneck = effect(20, 5, -20, -20, -20);
  const Worth worth = worth_of_microsecond(bottleneck, Figure::throughput);
  REQUIRE(worth.known);
  CHECK(worth.value == doctest::Approx(100 / 20.0));
  CHECK(worth_of_tenth(bottleneck, Figure::throughput).value == doctest::Approx(10));
  const StageEffect other = effect(2, 5, 0, 0, 0);
  CHECK(worth_of_microsecond(other, Figure::throughput).value == doctest::Approx(0));
}

TEST_CASE(
    "whatif effects: an interval of throughput turns around, its low end is the least worth") {
  const Worth worth = worth_of_microsecond(effect(20, 5, -30, -20, -10), Figure::throughput);
  CHECK(worth.low == doctest::Approx(100 * (1 / 0.9 - 1) / 5));
  CHECK(worth.high == doctest::Approx(100 * (1 / 0.7 - 1) / 5));
}

TEST_CASE("whatif effects: latency is worth microseconds a microsecond") {
  const Worth worth = worth_of_microsecond(effect(10, 2, 4, 6, 8), Figure::mean);
  CHECK(worth.value == doctest::Approx(1.5));  // 3 µs of 50 by a delay of 2
  CHECK(worth.low == doctest::Approx(1));
  CHECK(worth.high == doctest::Approx(2));
  CHECK(worth_of_tenth(effect(10, 2, 4, 6, 8), Figure::mean).value == doctest::Approx(1.5));
}

TEST_CASE("whatif agreement: a stage that is clearly worth most agrees or disagrees") {
  const PerStage<StageEffect> effects{no_effect, large_effect, no_effect};
  const Agreement agrees = mean(effects, says(1));
  CHECK(agrees.finding == Finding::agrees);
  CHECK(agrees.measured == 1);
  CHECK(agrees.because.empty());
  CHECK(mean(effects, says(0)).finding == Finding::disagrees);
  CHECK(mean(effects, says(2)).finding == Finding::disagrees);
  CHECK(mean(effects, says(2)).measured == 1);
}

TEST_CASE("whatif agreement: throughput is worth more where it falls") {
  const PerStage<StageEffect> effects{no_effect, latency(-6, -5, -4), no_effect};
  CHECK(agreement(effects, Figure::throughput, says(1)).finding == Finding::agrees);
  CHECK(agreement(effects, Figure::mean, says(1)).finding == Finding::cannot_be_told);
}

TEST_CASE("whatif agreement: what counts is the stage's own time, not the delay's effect alone") {
  // The same microsecond costs the same; but dispatch has five times as much to save.
  const PerStage<StageEffect> effects{effect(2, 1, 4, 5, 6), effect(10, 1, 4, 5, 6),
                                      effect(2, 1, 4, 5, 6)};
  CHECK(mean(effects, says(1)).finding == Finding::agrees);
  CHECK(mean(effects, says(0)).finding == Finding::disagrees);
}

TEST_CASE("whatif agreement: intervals that overlap leave it open") {
  const PerStage<StageEffect> effects{latency(3, 4, 5), large_effect, no_effect};
  const Agreement open = mean(effects, says(1));
  CHECK(open.finding == Finding::cannot_be_told);
  CHECK_FALSE(open.measured.has_value());
  CHECK(open.because == "the intervals of parse and dispatch overlap");
  CHECK(mean(effects, says(0)).finding == Finding::cannot_be_told);
  // But serialize is out of the question.
  CHECK(mean(effects, says(2)).finding == Finding::disagrees);
  CHECK(mean({large_effect, large_effect, large_effect}, says(0)).because ==
        "the intervals of parse, dispatch and serialize overlap");
}

TEST_CASE("whatif agreement: no effect at all leaves it open") {
  const Agreement open = mean({no_effect, no_effect, no_effect}, says(1));
  CHECK(open.finding == Finding::cannot_be_told);
  CHECK(open.because == "no stage's delay had an effect that is clear of zero");
  // What lies clearly below zero helps nobody else.
  CHECK(mean({latency(-3, -2, -1), no_effect, latency(-3, -2, -1)}, says(0)).finding ==
        Finding::cannot_be_told);
}

TEST_CASE("whatif agreement: a tie of two is neither right nor wrong, unless the third is it") {
  const PerStage<StageEffect> effects{no_effect, large_effect, no_effect};
  const Agreement tie = mean(effects, says(1, 0));
  CHECK(tie.finding == Finding::cannot_be_told);
  CHECK(tie.because == "the node calls it a tie of dispatch and parse");
  CHECK(tie.measured == 1);
  CHECK(mean(effects, says(0, 1)).finding == Finding::cannot_be_told);
  CHECK(mean(effects, says(0, 2)).finding == Finding::disagrees);
}

TEST_CASE("whatif agreement: no verdict is none, whatever was measured") {
  const PerStage<StageEffect> effects{no_effect, large_effect, no_effect};
  const Agreement absent = mean(effects, NodeVerdict());
  CHECK(absent.finding == Finding::no_verdict);
  CHECK(absent.because == "the node gives no verdict on it");
  CHECK(absent.measured == 1);
  NodeVerdict empty = says(std::nullopt);
  empty.state = "insufficient_data";
  CHECK(mean(effects, empty).finding == Finding::no_verdict);
  CHECK(mean(effects, empty).because == "the node's verdict names no stage: insufficient_data");
}

TEST_CASE("whatif agreement: one stage alone, or too few runs, tell nothing") {
  const Agreement alone = mean({StageEffect(), large_effect, StageEffect()}, says(1));
  CHECK(alone.finding == Finding::cannot_be_told);
  CHECK(alone.because == "only dispatch was slowed");
  CHECK_FALSE(alone.measured.has_value());
  CHECK(mean({}, says(1)).because == "nothing was measured");
  PerStage<StageEffect> few{no_effect, large_effect, no_effect};
  few[2].changes[1].known = false;
  CHECK(mean(few, says(1)).because == "there were too few runs");
  CHECK(mean(few, says(0)).finding == Finding::cannot_be_told);
}

TEST_CASE("whatif agreement: findings have names") {
  CHECK(name_of(Finding::agrees) == "agrees");
  CHECK(name_of(Finding::disagrees) == "disagrees");
  CHECK(name_of(Finding::cannot_be_told) == "cannot be told");
  CHECK(name_of(Finding::no_verdict) == "no verdict");
}

}  // namespace
}  // namespace narrows::tools
