// SPDX-License-Identifier: MIT
// What the table and the JSON of a cluster run share.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "narrows/testing/trial.hpp"

namespace narrows::tools {

struct Counts {
  std::uint64_t ok = 0;
  std::uint64_t failed = 0;
  std::uint64_t unknown = 0;
};

inline Counts count(const testing::TrialResult& result) {
  Counts counts;
  for (const testing::Operation& operation : result.history.operations()) {
    switch (operation.outcome) {
      case testing::Outcome::ok: ++counts.ok; break;
      case testing::Outcome::failed: ++counts.failed; break;
      case testing::Outcome::unknown: ++counts.unknown; break;
    }
  }
  return counts;
}

/// The value that so great a share is not above. Precondition: there are values.
inline std::chrono::nanoseconds share(const std::vector<std::chrono::nanoseconds>& ascending,
                                      double part) {
  const auto place = static_cast<std::size_t>(part * static_cast<double>(ascending.size()));
  return ascending[place < ascending.size() ? place : ascending.size() - 1];
}

inline double milliseconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double, std::milli>(time).count();
}

}  // namespace narrows::tools
