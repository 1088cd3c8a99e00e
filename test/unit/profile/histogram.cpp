// SPDX-License-Identifier: MIT
#include "profile/histogram.hpp"

#include <cmath>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

using Fine = Histogram<9>;
using Coarse = Histogram<6>;

/// The half bucket that a percentile may be off by.
template <unsigned kBits>
constexpr double kError = 1.0 / (2U << kBits);

template <unsigned kBits>
bool is_near(double found, std::uint64_t value) {
  const auto exact = static_cast<double>(value);
  return std::abs(found - exact) <= kError<kBits> * exact;
}

TEST_CASE("histogram: an empty one says zero") {
  const Fine histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.at_rank(1) == 0);
}

TEST_CASE("histogram: its buckets come in order, with all that was recorded") {
  Fine histogram;
  for (const std::uint64_t value : {7U, 3U, 7U, 100'000U, 2'000'000'000U}) histogram.record(value);
  std::vector<double> values;
  std::vector<std::uint64_t> counts;
  histogram.for_each([&](double value, std::uint64_t count) {
    values.push_back(value);
    counts.push_back(count);
  });
  CHECK(counts == std::vector<std::uint64_t>{1, 2, 1, 1});
  REQUIRE(values.size() == 4);
  CHECK(values[0] == 3);
  CHECK(values[1] == 7);
  CHECK(is_near<9>(values[2], 100'000));
  CHECK(is_near<9>(values[3], 2'000'000'000));
}

TEST_CASE("histogram: small values are told exactly") {
  Fine fine;
  for (std::uint64_t value = 0; value < 1023; ++value) fine.record(value);
  for (std::uint64_t value = 0; value < 1023; ++value) {
    CHECK(fine.at_rank(value + 1) == static_cast<double>(value));
  }
  Coarse coarse;
  for (std::uint64_t value = 0; value < 127; ++value) coarse.record(value);
  for (std::uint64_t value = 0; value < 127; ++value) {
    CHECK(coarse.at_rank(value + 1) == static_cast<double>(value));
  }
}

template <unsigned kBits>
void check_error_at_borders() {
  for (unsigned exponent = 1; exponent < 48; ++exponent) {
    const std::uint64_t power = std::uint64_t{1} << exponent;
    const std::uint64_t middle = power + power / 2;
    for (const std::uint64_t value : {power - 2, power - 1, power, power + 1, middle - 1, middle,
                                      middle + 1, power + power / 3}) {
      if (value > Histogram<kBits>::kLargest) continue;
      Histogram<kBits> histogram;
      histogram.record(value);
      CHECK_MESSAGE(is_near<kBits>(histogram.at_rank(1), value), value);
    }
  }
}

TEST_CASE("histogram: at every power of two the error is at most half a bucket") {
  check_error_at_borders<9>();
  check_error_at_borders<6>();
}

TEST_CASE("histogram: values beyond the largest count as that") {
  Fine histogram;
  for (const std::uint64_t value :
       {Fine::kLargest, Fine::kLargest + 1, std::uint64_t{1} << 48, ~std::uint64_t{0}}) {
    histogram.record(value);
  }
  CHECK(histogram.count() == 4);
  CHECK(is_near<9>(histogram.at_rank(1), Fine::kLargest));
  CHECK(histogram.at_rank(4) == histogram.at_rank(1));
}

TEST_CASE("histogram: a rank finds the value that so many do not exceed") {
  Fine histogram;
  for (int i = 0; i < 10; ++i) histogram.record(5);
  for (int i = 0; i < 5; ++i) histogram.record(100);
  histogram.record(900);
  CHECK(histogram.count() == 16);
  CHECK(histogram.at_rank(1) == 5);
  CHECK(histogram.at_rank(10) == 5);
  CHECK(histogram.at_rank(11) == 100);
  CHECK(histogram.at_rank(15) == 100);
  CHECK(histogram.at_rank(16) == 900);
}

TEST_CASE("histogram: merging adds, subtracting takes away") {
  Fine first;
  Fine second;
  first.record(3);
  first.record(100'000);
  second.record(3);
  second.record(700);
  first.merge(second);
  CHECK(first.count() == 4);
  CHECK(first.at_rank(2) == 3);
  CHECK(first.at_rank(3) == 700);
  CHECK(second.count() == 2);
  first.subtract(second);
  CHECK(first.count() == 2);
  CHECK(first.at_rank(1) == 3);
  CHECK(is_near<9>(first.at_rank(2), 100'000));
}

TEST_CASE("histogram: cleared, it is as new") {
  Fine histogram;
  for (std::uint64_t value = 1; value < 1'000'000'000; value *= 3) histogram.record(value);
  histogram.clear();
  CHECK(histogram.count() == 0);
  CHECK(histogram.at_rank(1) == 0);
  histogram.record(42);
  CHECK(histogram.count() == 1);
  CHECK(histogram.at_rank(1) == 42);
}

}  // namespace
}  // namespace narrows::profile
