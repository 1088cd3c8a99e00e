// SPDX-License-Identifier: MIT
#include "fuzz/target.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace narrows::fuzz {

void require(bool holds, std::string_view what, std::string_view of) {
  if (holds) return;
  constexpr std::size_t kMostBytes = 4000;
  const std::string_view shown = of.substr(0, std::min(of.size(), kMostBytes));
  std::fprintf(stderr, "DOES NOT HOLD: %.*s\n", static_cast<int>(what.size()), what.data());
  std::fprintf(stderr, "%.*s\n", static_cast<int>(shown.size()), shown.data());
  std::abort();
}

Chance::Chance(std::string_view input) : state_(0xcbf29ce484222325) {
  for (const char byte : input) {  // FNV-1a
    state_ = (state_ ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  }
}

std::size_t Chance::below(std::size_t bound) {
  state_ = state_ * 6364136223846793005 + 1442695040888963407;  // Knuth's MMIX
  return static_cast<std::size_t>(state_ >> 33) % bound;
}

std::uint8_t Bytes::byte() { return static_cast<std::uint8_t>(number(1)); }

std::uint64_t Bytes::number(std::size_t bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) {
    const unsigned next = rest_.empty() ? 0 : static_cast<unsigned char>(rest_.front());
    value |= std::uint64_t{next} << (8 * i);
    rest_.remove_prefix(rest_.empty() ? 0 : 1);
  }
  return value;
}

}  // namespace narrows::fuzz
