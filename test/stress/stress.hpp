// SPDX-License-Identifier: MIT
// How much the stress tests do, and with which random numbers: NARROWS_STRESS_COUNT (a million) and
// NARROWS_STRESS_SEED (1), from the environment.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace narrows::test {

inline std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

inline std::uint64_t stress_count() { return number_from("NARROWS_STRESS_COUNT", 1'000'000); }
inline std::uint32_t stress_seed() {
  return static_cast<std::uint32_t>(number_from("NARROWS_STRESS_SEED", 1));
}

}  // namespace narrows::test
