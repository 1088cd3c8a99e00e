// SPDX-License-Identifier: MIT
// Which stage, and how sure, on numbers whose answer is known.
#include "profile/answer.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

using Values = std::array<double, kStages>;
using Slices = std::vector<Values>;
constexpr int kNone = Answer::kNoStage;

/// Slices about these means, each stage off by up to `off` by itself.
Slices scattered(const Values& means, double off, std::size_t count, std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> some(-off, off);
  Slices slices(count);
  for (Values& slice : slices) {
    for (std::size_t i = 0; i < kStages; ++i) slice[i] = means[i] + some(random);
  }
  return slices;
}

TEST_CASE("answer: the largest sum wins, wherever it stands") {
  for (std::size_t best = 0; best < kStages; ++best) {
    Values means{1, 1, 1};
    means[best] = 2;
    const Answer answer = largest_of(scattered(means, 0.1, 20, 1));
    CHECK(answer.stage == static_cast<int>(best));
    CHECK(answer.confidence > 0.999);
    CHECK(answer.tie == kNone);
  }
}

TEST_CASE("answer: nothing is named without two slices, or without a positive sum") {
  CHECK(largest_of({}).stage == kNone);
  CHECK(largest_of(Slices{{1, 2, 3}}).stage == kNone);
  CHECK(largest_of(Slices(20, {0, 0, 0})).stage == kNone);
  CHECK(largest_of(Slices(20, {-1, -2, -3})).stage == kNone);
  CHECK(largest_of(Slices{{1, 2, 3}, {1, 2, 3}}).stage == 2);
  const Answer none = largest_of(Slices(20, {0, 0, 0}));
  CHECK(none.confidence == 0);
  CHECK(none.tie == kNone);
}

TEST_CASE("answer: without any scatter the margin alone decides") {
  CHECK(largest_of(Slices(20, {1, 0.97, 0})).confidence == 1);
  CHECK(largest_of(Slices(20, {1, 0.97, 0})).tie == kNone);
  const Answer close = largest_of(Slices(20, {0.5, 1, 0.99}));
  CHECK(close.stage == 1);
  CHECK(close.confidence == 0);
  CHECK(close.tie == 2);
  const Answer equal = largest_of(Slices(20, {1, 1, 1}));
  CHECK(equal.stage == 0);
  CHECK(equal.confidence == 0);
  CHECK(equal.tie != kNone);
  CHECK(equal.tie != 0);
}

TEST_CASE("answer: two that are closer than the margin stay a tie, however long one looks") {
  const Answer answer = largest_of(scattered({1, 1.01, 0.2}, 0.05, 100'000, 2));
  CHECK(answer.stage == 1);
  CHECK(answer.tie == 0);
  CHECK(answer.confidence < 0.05);
}

TEST_CASE("answer: more slices make it surer, more scatter less so") {
  const auto confidence = [](double off, std::size_t slices) {
    double sum = 0;
    for (std::uint32_t seed = 1; seed <= 40; ++seed) {
      sum += largest_of(scattered({1, 0.9, 0.1}, off, slices, seed)).confidence;
    }
    return sum / 40;
  };
  CHECK(confidence(0.3, 40) > confidence(0.3, 20) + 0.02);
  CHECK(confidence(0.3, 20) > confidence(0.6, 20) + 0.02);
}

TEST_CASE("answer: the tie is with the closest, not with the next in order") {
  const Answer answer = largest_of(scattered({0.999, 0.2, 1}, 0.1, 20, 3));
  CHECK(answer.tie == 2 - answer.stage);
  CHECK(largest_of(scattered({1, 0.2, 0.999}, 0.1, 20, 3)).tie != 1);
}

TEST_CASE("answer: the confidence is that of a t test") {
  // Differences less the margin: mean m, deviation 1 (of n - 1), so t = m * sqrt(n).
  const auto confidence = [](double mean, std::size_t count) {
    Slices slices(count);
    const double off = std::sqrt((static_cast<double>(count) - 1) / static_cast<double>(count));
    for (std::size_t s = 0; s < count; ++s) {
      const double by = mean + (s % 2 == 0 ? off : -off);
      slices[s] = {1'000, (1 - kMargin) * 1'000 - by, -1e6};  // the third is no rival
    }
    return largest_of(slices).confidence;
  };
  // Student's distribution function at these t, from tables.
  CHECK(confidence(1.729 / std::sqrt(20.0), 20) == doctest::Approx(0.95).epsilon(0.001));
  CHECK(confidence(2.539 / std::sqrt(20.0), 20) == doctest::Approx(0.99).epsilon(0.001));
  CHECK(confidence(0, 20) == doctest::Approx(0.5).epsilon(0.001));
  CHECK(confidence(-1.729 / std::sqrt(20.0), 20) == doctest::Approx(0.05).epsilon(0.02));
  CHECK(confidence(1.684 / std::sqrt(40.0), 40) == doctest::Approx(0.95).epsilon(0.002));
}

TEST_CASE("answer: doubts about both rivals add up, and the confidence is never negative") {
  const Slices three = scattered({1, 1, 1}, 0.2, 20, 4);
  const Answer answer = largest_of(three);
  CHECK(answer.confidence >= 0);
  CHECK(answer.confidence < 0.6);
  CHECK(answer.tie != kNone);
  CHECK(answer.tie != answer.stage);
  // Against one rival it is surer than against two.
  Slices two = three;
  const auto other = static_cast<std::size_t>(3 - answer.stage - answer.tie);
  for (Values& slice : two) slice[other] = -1e6;
  CHECK(largest_of(two).confidence > answer.confidence);
}

TEST_CASE("answer: what is no number names nothing, or is nothing to be sure of") {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double odd : {kNaN, kInfinity, -kInfinity, 1e308}) {
    for (std::size_t stage = 0; stage < kStages; ++stage) {
      Slices slices = scattered({3, 2, 1}, 0.1, 20, 5);
      slices[7][stage] = odd;
      slices[8][stage] = odd;
      const Answer answer = largest_of(slices);
      CHECK(answer.stage >= kNone);
      CHECK(answer.stage < static_cast<int>(kStages));
      CHECK(answer.confidence >= 0);  // and so a number
      CHECK(answer.confidence <= 1);
    }
  }
}

}  // namespace
}  // namespace narrows::profile
