// SPDX-License-Identifier: MIT
// JSON values as small numbers, so that checks compare and count them without their text.
//
// Values are the same whose text is the same but for white space, escapes and the order of members;
// 1 and 1.0 are two.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace narrows::testing {

class Values {
 public:
  using Id = std::uint32_t;

  /// Numbers from 0 in the order in which values first came.
  [[nodiscard]] Id id(std::string_view json);
  [[nodiscard]] const std::string& text(Id id) const { return texts_[id]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;  // their addresses last
  std::unordered_map<std::string_view, Id> ids_;
};

}  // namespace narrows::testing
