// SPDX-License-Identifier: MIT
#include "difference.hpp"

#include <cmath>

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

TEST_CASE("difference: the median of a few, of an even number, of none") {
  CHECK(median({}) == 0);
  CHECK(median({7}) == 7);
  CHECK(median({9, 1, 5}) == 5);
  CHECK(median({4, 1, 3, 2}) == 2.5);
}

TEST_CASE("difference: pairs take out what both have in common") {
  // The machine is twice as slow in each round; b takes a tenth more than a.
  const std::vector<double> a{100, 200, 400, 800, 1600};
  const std::vector<double> b{110, 220, 440, 880, 1760};
  const Difference paired = difference(a, b, Pairing::paired, 0.95, 5);
  REQUIRE(paired.known);
  CHECK(paired.percent == doctest::Approx(10));
  CHECK(paired.low == doctest::Approx(10));
  CHECK(paired.high == doctest::Approx(10));
  CHECK(paired.a == 400);
  CHECK(paired.b == 440);
  const Difference apart = difference(a, b, Pairing::apart, 0.95, 5);
  REQUIRE(apart.known);
  CHECK(apart.percent == doctest::Approx(10));
  CHECK(apart.low < -50);
  CHECK(apart.high > 100);
}

TEST_CASE("difference: the interval is that of the ratios' logarithms") {
  const double e = std::exp(1.0);
  const Difference found = difference({1, 1, 1}, {1, e, e * e}, Pairing::paired, 0.95, 3);
  const double half_width = 4.3027 / std::sqrt(3.0);  // Student's t with 2 degrees of freedom
  CHECK(found.percent == doctest::Approx(100 * (e - 1)));
  CHECK(found.low == doctest::Approx(100 * (std::exp(1 - half_width) - 1)).epsilon(1e-3));
  CHECK(found.high == doctest::Approx(100 * (std::exp(1 + half_width) - 1)).epsilon(1e-3));
}

TEST_CASE("difference: of too few values, and of none above zero, only medians are known") {
  const std::vector<double> few{1, 2};
  CHECK_FALSE(difference(few, few, Pairing::paired, 0.95, 3).known);
  CHECK(difference(few, few, Pairing::paired, 0.95, 2).known);
  CHECK(difference(few, {2, 4}, Pairing::paired, 0.95, 3).b == 3);
  CHECK_FALSE(difference({1, 0, 1}, {1, 1, 1}, Pairing::paired, 0.95, 2).known);
  CHECK_FALSE(difference({1, 1, 1}, {1, 1, -1}, Pairing::paired, 0.95, 2).known);
  CHECK_FALSE(difference({1, 1, INFINITY}, {1, 1, 1}, Pairing::paired, 0.95, 2).known);
  CHECK_FALSE(difference({1, 1, 1}, {INFINITY, 1, 1}, Pairing::apart, 0.95, 2).known);
}

}  // namespace
}  // namespace narrows::tools
