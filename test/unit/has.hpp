// SPDX-License-Identifier: MIT
// What a message that a node sent holds.
#pragma once

#include <string_view>

#include "narrows/testing.hpp"

namespace narrows::test {

inline bool has(const testing::Sent& sent, std::string_view part) {
  return sent.body.find(part) != std::string_view::npos;
}

}  // namespace narrows::test
