// SPDX-License-Identifier: MIT
// How deep JSON is nested. What a node keeps of a client's it sends on in messages that have it
// deeper than the one that it came with, and nobody takes any depth.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace narrows::workloads {

/// Levels of a value that may be kept.
inline constexpr std::size_t kDeepestValue = 256;

/// How deep its arrays and objects are nested; `json` is valid.
[[nodiscard]] inline std::size_t depth_of(std::string_view json) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool is_string = false;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const char byte = json[at];
    if (byte == '"') is_string = !is_string;
    if (is_string) {
      at += byte == '\\' ? 1 : 0;
    } else if (byte == '[' || byte == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (byte == ']' || byte == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace narrows::workloads
