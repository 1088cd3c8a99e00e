// SPDX-License-Identifier: MIT
#include "schedule.hpp"

#include <cmath>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

std::vector<std::int64_t> times(Schedule schedule, int count) {
  std::vector<std::int64_t> times;
  for (int i = 0; i < count; ++i, schedule.advance()) times.push_back(schedule.next_ns());
  return times;
}

TEST_CASE("schedule: constant gaps start at once and follow each other by 1/rate") {
  CHECK(times({4, Arrivals::constant, 1}, 4) ==
        std::vector<std::int64_t>{0, kSecond / 4, kSecond / 2, kSecond / 4 * 3});
  CHECK(times({3, Arrivals::constant, 1}, 4) ==
        std::vector<std::int64_t>{0, 333'333'333, 666'666'667, kSecond});
  CHECK(times({0.5, Arrivals::constant, 1}, 3) ==
        std::vector<std::int64_t>{0, 2 * kSecond, 4 * kSecond});
}

TEST_CASE("schedule: ten million constant gaps do not drift, not by a nanosecond") {
  for (const std::int64_t rate : {7, 1000, 30'000, 700'000}) {
    Schedule schedule(static_cast<double>(rate), Arrivals::constant, 1);
    std::int64_t far = 0;
    for (std::int64_t i = 0; i <= 10'000'000; ++i, schedule.advance()) {
      const std::int64_t off = schedule.next_ns() * rate - i * kSecond;  // in ns / rate
      far += std::abs(off) >= rate ? 1 : 0;
    }
    CHECK_MESSAGE(far == 0, rate);
  }
}

TEST_CASE("schedule: Poisson gaps have the mean and the spread of an exponential distribution") {
  constexpr int kGaps = 1'000'000;
  constexpr double kMean = 1e9 / 5000;
  Schedule schedule(5000, Arrivals::poisson, 1);
  double squares = 0;
  int below_mean = 0;
  bool backward = false;
  for (int i = 0; i < kGaps; ++i) {
    const std::int64_t before = schedule.next_ns();
    schedule.advance();
    const auto gap = static_cast<double>(schedule.next_ns() - before);
    squares += (gap - kMean) * (gap - kMean);
    below_mean += gap < kMean ? 1 : 0;
    backward = backward || gap < 0;
  }
  CHECK_FALSE(backward);
  CHECK(static_cast<double>(schedule.next_ns()) / kGaps == doctest::Approx(kMean).epsilon(0.005));
  CHECK(std::sqrt(squares / kGaps) == doctest::Approx(kMean).epsilon(0.01));
  CHECK(below_mean / 1e6 == doctest::Approx(1 - std::exp(-1.0)).epsilon(0.005));
}

TEST_CASE("schedule: the same seed gives the same times, another one gives others") {
  const auto first = times({1000, Arrivals::poisson, 7}, 1000);
  CHECK(times({1000, Arrivals::poisson, 7}, 1000) == first);
  CHECK(times({1000, Arrivals::poisson, 8}, 1000) != first);
}

TEST_CASE("schedule: constant gaps are no matter of the seed") {
  CHECK(times({1000, Arrivals::constant, 7}, 100) == times({1000, Arrivals::constant, 8}, 100));
}

}  // namespace
}  // namespace narrows::tools
