// SPDX-License-Identifier: MIT
#include "statistics.hpp"

#include <array>
#include <cmath>

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

TEST_CASE("statistics: Student's t is what the tables have") {
  struct Row {
    int degrees;
    double confidence;  // two-sided
    double t;
  };
  for (const Row& row :
       {Row{1, 0.5, 1.000}, Row{1, 0.95, 12.706}, Row{1, 0.998, 318.309}, Row{2, 0.95, 4.303},
        Row{2, 0.99, 9.925}, Row{3, 0.95, 3.182}, Row{4, 0.95, 2.776}, Row{5, 0.99, 4.032},
        Row{10, 0.95, 2.228}, Row{11, 0.9, 1.796}, Row{24, 0.99, 2.797}, Row{24, 0.998, 3.467},
        Row{25, 0.998, 3.450}, Row{30, 0.95, 2.042}, Row{49, 0.95, 2.010}, Row{120, 0.95, 1.980},
        Row{120, 0.99, 2.617}, Row{1000, 0.95, 1.962}}) {
    INFO(row.degrees << " degrees, " << row.confidence);
    CHECK(std::abs(student_t(row.degrees, row.confidence) - row.t) < 0.0006);
  }
}

TEST_CASE("statistics: with many degrees of freedom Student's t is the normal distribution's") {
  CHECK(student_t(100'000, 0.95) == doctest::Approx(1.95996).epsilon(1e-4));
  CHECK(student_t(100'001, 0.998) == doctest::Approx(3.09023).epsilon(1e-4));
}

TEST_CASE("statistics: a mean's interval is t standard errors to each side") {
  const Interval interval = mean_interval(std::array{1.0, 2.0, 3.0, 4.0, 5.0}, 0.95);
  CHECK(interval.mean == 3);
  CHECK(interval.low == doctest::Approx(3 - 2.7764 * std::sqrt(0.5)).epsilon(1e-4));
  CHECK(interval.high == doctest::Approx(3 + 2.7764 * std::sqrt(0.5)).epsilon(1e-4));
}

TEST_CASE("statistics: two values have an interval, equal values have one of no width") {
  const Interval two = mean_interval(std::array{-1.0, 1.0}, 0.95);
  CHECK(two.mean == 0);
  CHECK(two.high == doctest::Approx(12.7062).epsilon(1e-4));
  CHECK(two.low == -two.high);
  const Interval equal = mean_interval(std::array{7.0, 7.0, 7.0}, 0.99);
  CHECK(equal.low == 7);
  CHECK(equal.high == 7);
}

TEST_CASE("statistics: the difference of two means is Welch's, with whole degrees of freedom") {
  // Variances 1 of 3 values and 80/3 of 4: 3.295 degrees of freedom, of which 3 count.
  const std::array few{1.0, 2.0, 3.0};
  const std::array wide{10.0, 14.0, 18.0, 22.0};
  const double half_width = 3.18245 * std::sqrt(1.0 / 3 + 80.0 / 12);
  const Interval interval = difference_interval(few, wide, 0.95);
  CHECK(interval.mean == 14);
  CHECK(interval.low == doctest::Approx(14 - half_width).epsilon(1e-4));
  CHECK(interval.high == doctest::Approx(14 + half_width).epsilon(1e-4));
  const Interval back = difference_interval(wide, few, 0.95);
  CHECK(back.mean == -14);
  CHECK(back.low == doctest::Approx(-interval.high));
  CHECK(back.high == doctest::Approx(-interval.low));
}

TEST_CASE("statistics: samples of the same size and variance are compared as Student does") {
  const std::array a{1.0, 2.0, 3.0, 4.0, 5.0, 6.0};
  const std::array b{2.0, 3.0, 4.0, 5.0, 6.0, 7.0};
  const Interval interval = difference_interval(a, b, 0.95);
  CHECK(interval.mean == 1);
  CHECK(interval.high - 1 == doctest::Approx(2.2281 * std::sqrt(3.5 / 3)).epsilon(1e-4));
}

TEST_CASE("statistics: a difference without any variance is exact, with one side's it is not") {
  const std::array three{3.0, 3.0};
  const std::array five{5.0, 5.0, 5.0};
  const Interval exact = difference_interval(three, five, 0.99);
  CHECK(exact.low == 2);
  CHECK(exact.high == 2);
  const Interval half = difference_interval(std::array{2.0, 4.0}, five, 0.95);
  CHECK(half.mean == 2);
  CHECK(half.high == doctest::Approx(2 + 12.7062).epsilon(1e-4));  // one degree of freedom
}

}  // namespace
}  // namespace narrows::tools
