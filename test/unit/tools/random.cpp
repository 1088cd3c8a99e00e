// SPDX-License-Identifier: MIT
#include "random.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

/// SplitMix64 as its paper has it.
class SplitMix {
 public:
  explicit SplitMix(std::uint64_t state) : state_(state) {}
  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15;
    return mix(state_);
  }
  static std::uint64_t mix(std::uint64_t z) {
    z ^= z >> 30;
    z *= 0xBF58476D1CE4E5B9;
    z ^= z >> 27;
    z *= 0x94D049BB133111EB;
    z ^= z >> 31;
    return z;
  }

 private:
  std::uint64_t state_;
};

TEST_CASE("random: from state 0 the numbers are those published for SplitMix64") {
  Random random(0, ~std::uint64_t{0});  // both mix to 0
  for (const std::uint64_t known :
       {0xE220A8397B1DCDAFU, 0x6E789E6AA1B965F4U, 0x06C45D188009454FU, 0xF88BB8A8724C81ECU}) {
    CHECK(random.next() == known);
  }
}

TEST_CASE("random: seed and stream are mixed into the state of a SplitMix64") {
  for (const std::uint64_t seed : {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}}) {
    for (const std::uint64_t stream : {0U, 1U, 1'000'000U}) {
      Random random(seed, stream);
      SplitMix expected(SplitMix::mix(seed) ^ SplitMix::mix(~stream));
      for (int i = 0; i < 100; ++i) CHECK(random.next() == expected.next());
    }
  }
}

TEST_CASE("random: streams of a seed, and seeds of a stream, begin with different numbers") {
  std::set<std::uint64_t> streams;
  std::set<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i < 10'000; ++i) {
    streams.insert(Random(1, i).next());
    seeds.insert(Random(i, 1).next());
  }
  CHECK(streams.size() == 10'000);
  CHECK(seeds.size() == 10'000);
}

TEST_CASE("random: below() takes each number below its bound equally often") {
  Random random(1, 0);
  std::array<int, 10> counts{};
  for (int i = 0; i < 100'000; ++i) {
    const std::uint64_t number = random.below(counts.size());
    REQUIRE(number < counts.size());
    ++counts[static_cast<std::size_t>(number)];
  }
  for (const int count : counts) CHECK(count == doctest::Approx(10'000).epsilon(0.04));
}

TEST_CASE("random: below() keeps to its bound, whatever that is") {
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
  Random random(1, 0);
  for (const std::uint64_t bound : {std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{1'000'003},
                                    kHalf, kHalf + 1, ~std::uint64_t{0}}) {
    std::uint64_t largest = 0;
    for (int i = 0; i < 1000; ++i) largest = std::max(largest, random.below(bound));
    CHECK(largest < bound);
    CHECK(largest >= bound / 2);
  }
}

TEST_CASE("random: unit() lies in [0, 1), with a mean of a half") {
  Random random(1, 0);
  double sum = 0;
  bool outside = false;
  for (int i = 0; i < 100'000; ++i) {
    const double unit = random.unit();
    outside = outside || unit < 0 || unit >= 1;
    sum += unit;
  }
  CHECK_FALSE(outside);
  CHECK(sum / 100'000 == doctest::Approx(0.5).epsilon(0.01));
}

}  // namespace
}  // namespace narrows::tools
