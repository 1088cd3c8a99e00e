// SPDX-License-Identifier: MIT
// Random numbers that are the same on every machine: integer arithmetic alone, none of the standard
// library's distributions, whose results are each library's own.
//
// Source: of the numbers, SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
//   generators, 2014); of exponential ones, von Neumann, Various techniques used in connection with
//   random digits, 1951.
#pragma once

#include <chrono>
#include <cstdint>

#include "narrows/testing/network.hpp"

namespace narrows::testing {

class RandomSource {
 public:
  /// Of one seed, `stream` tells sources apart.
  explicit RandomSource(std::uint64_t seed, std::uint64_t stream = 0);

  std::uint64_t next();
  /// From 0 to below `bound`, which is at least 1.
  std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// True so often; 0: without a draw.
  bool chance(double probability);
  std::chrono::nanoseconds draw(const Latency& latency);

 private:
  std::uint64_t exponential(std::uint64_t mean);

  std::uint64_t state_;
};

}  // namespace narrows::testing
