// SPDX-License-Identifier: MIT
// Where two messages differ, apart from what may.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "json/value.hpp"

namespace narrows::tools {

class Comparer {
 public:
  static constexpr std::size_t kMostPaths = 5;

  /// Paths such as body.latency_us may differ; so may msg_id and Maelstrom's own `id`.
  explicit Comparer(std::vector<std::string> ignore);

  /// Where they differ, a line each, by name; at most kMostPaths.
  [[nodiscard]] std::vector<std::string> differences(const json::Value& a, const json::Value& b);

 private:
  void compare(const json::Value& a, const json::Value& b, const std::string& path);
  void compare_members(const json::Value& a, const json::Value& b, const std::string& path);

  std::vector<std::string> ignore_;
  std::vector<std::string> found_;
};

}  // namespace narrows::tools
