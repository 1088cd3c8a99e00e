// SPDX-License-Identifier: MIT
#include "testing/random_source.hpp"

namespace narrows::testing {
namespace {

std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
  bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
  return bits ^ (bits >> 31U);
}

/// number · fraction / 2^32, rounded down; the product may have more than 64 bits.
std::uint64_t part_of(std::uint64_t number, std::uint32_t fraction) {
  const std::uint64_t low = number & 0xFFFFFFFFU;
  return (number >> 32U) * fraction + ((low * fraction) >> 32U);
}

}  // namespace

RandomSource::RandomSource(std::uint64_t seed, std::uint64_t stream)
    : state_(mixed(mixed(seed) + stream)) {}

std::uint64_t RandomSource::next() { return mixed(state_ += 0x9E3779B97F4A7C15U); }

bool RandomSource::chance(double probability) {
  if (probability <= 0) return false;
  constexpr double kSteps = 9007199254740992.0;  // 2^53: the product is exact
  return static_cast<double>(next() >> 11U) < probability * kSteps;
}

std::chrono::nanoseconds RandomSource::draw(const Latency& latency) {
  const auto mean = static_cast<std::uint64_t>(latency.mean.count());
  std::uint64_t ns = mean;
  if (latency.shape == Latency::Shape::uniform) ns = below(2 * mean + 1);
  if (latency.shape == Latency::Shape::exponential) ns = exponential(mean);
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(ns));
}

/// The first of a falling run of numbers of odd length is what an exponential number has behind the
/// point; each run of even length before it adds one.
std::uint64_t RandomSource::exponential(std::uint64_t mean) {
  const auto fraction = [this] { return static_cast<std::uint32_t>(next() >> 32U); };
  for (std::uint64_t whole = 0;; whole += mean) {
    const std::uint32_t first = fraction();
    int length = 1;
    for (std::uint32_t last = first;; ++length) {
      const std::uint32_t drawn = fraction();
      if (drawn >= last) break;
      last = drawn;
    }
    if (length % 2 == 1) return whole + part_of(mean, first);
  }
}

}  // namespace narrows::testing
