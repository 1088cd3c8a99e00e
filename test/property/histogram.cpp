// SPDX-License-Identifier: MIT
#include "profile/histogram.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "property/property.hpp"

namespace narrows::profile {
namespace {

using test::holds;
using Values = std::vector<std::uint64_t>;

/// Durations of every magnitude.
Values durations() {
  return *rc::gen::container<Values>(rc::gen::mapcat(rc::gen::inRange(0, 48), [](int bits) {
    return rc::gen::inRange<std::uint64_t>(0, (std::uint64_t{2} << bits) - 1);
  }));
}

template <unsigned kBits>
void record(Histogram<kBits>& histogram, const Values& values) {
  for (const std::uint64_t value : values) histogram.record(value);
}

template <unsigned kBits>
void agrees_with_a_sorted_list() {
  Values values = durations();
  Histogram<kBits> histogram;
  record(histogram, values);
  std::sort(values.begin(), values.end());
  RC_ASSERT(histogram.count() == values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto exact = static_cast<double>(std::min(values[i], Histogram<kBits>::kLargest));
    const double error = std::abs(histogram.at_rank(i + 1) - exact);
    RC_ASSERT(error <= exact / (2U << kBits));
    if (values[i] < (1U << kBits)) RC_ASSERT(error == 0);
  }
}

TEST_CASE("histogram: a percentile agrees with a sorted list within the stated error") {
  holds("9 bits", agrees_with_a_sorted_list<9>);
  holds("6 bits", agrees_with_a_sorted_list<6>);
}

template <unsigned kBits>
void same(const Histogram<kBits>& first, const Histogram<kBits>& second) {
  RC_ASSERT(first.count() == second.count());
  for (std::uint64_t rank = 1; rank <= first.count(); ++rank) {
    RC_ASSERT(first.at_rank(rank) == second.at_rank(rank));
  }
}

template <unsigned kBits>
void merges_and_subtracts() {
  const Values some = durations();
  const Values others = durations();
  Histogram<kBits> merged;
  Histogram<kBits> added;
  Histogram<kBits> together;
  Histogram<kBits> alone;
  record(merged, some);
  record(alone, some);
  record(added, others);
  record(together, some);
  record(together, others);
  merged.merge(added);
  same(merged, together);
  merged.subtract(added);
  same(merged, alone);
}

TEST_CASE("histogram: merging equals recording together, subtracting undoes it") {
  holds("9 bits", merges_and_subtracts<9>);
  holds("6 bits", merges_and_subtracts<6>);
}

TEST_CASE("histogram: several side by side do not touch each other") {
  holds("side by side", [] {
    Histograms<9, 3> side_by_side;
    std::array<Histogram<9>, 3> apart;
    for (std::size_t which = 0; which < 3; ++which) {
      const Values values = durations();
      for (const std::uint64_t value : values) side_by_side.record(value, which);
      record(apart[which], values);
    }
    for (std::size_t which = 0; which < 3; ++which) {
      RC_ASSERT(side_by_side.count(which) == apart[which].count());
      for (std::uint64_t rank = 1; rank <= apart[which].count(); ++rank) {
        RC_ASSERT(side_by_side.at_rank(rank, which) == apart[which].at_rank(rank));
      }
    }
  });
}

TEST_CASE("histogram: cleared and filled again it is as if new") {
  holds("clear", [] {
    Histogram<9> used;
    record(used, durations());
    used.clear();
    RC_ASSERT(used.count() == 0U);
    const Values values = durations();
    Histogram<9> fresh;
    record(used, values);
    record(fresh, values);
    same(used, fresh);
  });
}

}  // namespace
}  // namespace narrows::profile
