// SPDX-License-Identifier: MIT
// The registered message types and their numbers.
//
// Threads: filled before the first input, immutable afterwards.
// Cost: a look-up is a multiplication and mostly one comparison.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/batch.hpp"

namespace narrows::pipeline {

class Types {
 public:
  static constexpr TypeId kInit = 1;
  static constexpr TypeId kBenchStats = 2;
  static constexpr std::size_t kMost = 1024;

  Types();

  /// The new type's number, or kOtherType when the name is taken or there are too many.
  TypeId add(std::string_view name);

  /// Its number, or kOtherType.
  [[nodiscard]] TypeId find(std::string_view name) const;

  /// By number; [0] is "other".
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  static constexpr std::size_t kSlots = 4 * kMost;  // a power of two, never over a quarter full

  [[nodiscard]] static std::size_t slot_of(std::string_view name);

  std::vector<std::string> names_;
  std::array<TypeId, kSlots> slots_{};
};

}  // namespace narrows::pipeline
