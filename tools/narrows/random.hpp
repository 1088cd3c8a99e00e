// SPDX-License-Identifier: MIT
// Random numbers that are the same on every machine, for the same seed and stream.
//
// Source: SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
// Threads: one.
#pragma once

#include <cstdint>

namespace narrows::tools {

class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mixed(seed) ^ mixed(~stream)) {}

  std::uint64_t next() { return mixed(state_ += 0x9E3779B97F4A7C15); }
  /// In [0, 1), with 53 bits.
  double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }
  /// In [0, bound). Precondition: bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide{next()} * bound) >> 64);
  }

 private:
  static std::uint64_t mixed(std::uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  std::uint64_t state_;
};

}  // namespace narrows::tools
