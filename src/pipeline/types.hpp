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
  static constexpr std::size_t kMost = 256;

  Types();

  /// The new type's number, or kOtherType when the name is taken or there are too many.
  TypeId add(std::string_view name);

  /// Its number, or kOtherType. Precondition: 8 bytes of the name's text are readable.
  [[nodiscard]] TypeId find_padded(std::string_view name) const {
    return find(name, json::padded_prefix(name.data(), name.size()));
  }
  /// The same for any text.
  [[nodiscard]] TypeId find(std::string_view name) const { return find(name, json::prefix(name)); }

  /// Bytes of the longest name.
  [[nodiscard]] std::size_t longest() const { return longest_; }

  /// By number; [0] is "other".
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  static constexpr std::size_t kSlots = 1024;  // never over a quarter full
  static constexpr int kHashShift = 64 - 10;   // 2^10 slots

  struct Slot {
    std::uint64_t prefix = 0;
    std::size_t size = 0;
    TypeId id = kOtherType;  // an empty slot
  };

  [[nodiscard]] static std::size_t slot_of(std::uint64_t prefix, std::size_t size) {
    constexpr std::uint64_t kOddRatio = 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio
    return ((prefix + size) * kOddRatio) >> kHashShift;
  }

  [[nodiscard]] TypeId find(std::string_view name, std::uint64_t prefix) const {
    for (std::size_t at = slot_of(prefix, name.size());; at = (at + 1) % kSlots) {
      const Slot& slot = slots_[at];
      const bool same = slot.prefix == prefix && slot.size == name.size() &&
                        (slot.size <= 8 || names_[slot.id] == name);
      if (same || slot.id == kOtherType) return slot.id;
    }
  }

  std::vector<std::string> names_;
  std::size_t longest_ = 0;
  std::array<Slot, kSlots> slots_{};
};

}  // namespace narrows::pipeline
