// SPDX-License-Identifier: MIT
#include "pipeline/types.hpp"

namespace narrows::pipeline {

Types::Types() {
  names_.emplace_back("other");
  add("init");
  add("bench_stats");
}

std::size_t Types::slot_of(std::string_view name) {
  constexpr std::uint64_t kOddRatio = 0x9E3779B97F4A7C15;  // 2^64 / the golden ratio
  std::uint64_t hash = name.size();
  for (const char byte : name.substr(0, 32)) {
    hash = (hash ^ static_cast<unsigned char>(byte)) * kOddRatio;
  }
  return hash >> 40;
}

TypeId Types::add(std::string_view name) {
  if (names_.size() == kMost || find(name) != kOtherType) return kOtherType;
  std::size_t slot = slot_of(name) % kSlots;
  while (slots_[slot] != kOtherType) slot = (slot + 1) % kSlots;
  slots_[slot] = static_cast<TypeId>(names_.size());
  names_.emplace_back(name);
  return slots_[slot];
}

TypeId Types::find(std::string_view name) const {
  for (std::size_t slot = slot_of(name) % kSlots;; slot = (slot + 1) % kSlots) {
    const TypeId id = slots_[slot];
    if (id == kOtherType || names_[id] == name) return id;
  }
}

}  // namespace narrows::pipeline
