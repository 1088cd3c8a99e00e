// SPDX-License-Identifier: MIT
#include "pipeline/types.hpp"

#include <algorithm>

namespace narrows::pipeline {

Types::Types() {
  names_.emplace_back("other");
  add("init");
  add("bench_stats");
}

TypeId Types::add(std::string_view name) {
  if (names_.size() == kMost || name.empty() || name == names_[kOtherType] ||
      find(name) != kOtherType)
    return kOtherType;
  const std::uint64_t prefix = json::prefix(name);
  std::size_t at = slot_of(prefix, name.size());
  while (slots_[at].id != kOtherType) at = (at + 1) % kSlots;
  slots_[at] = {prefix, name.size(), static_cast<TypeId>(names_.size())};
  names_.emplace_back(name);
  longest_ = std::max(longest_, name.size());
  return slots_[at].id;
}

}  // namespace narrows::pipeline
