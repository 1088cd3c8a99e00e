// SPDX-License-Identifier: MIT
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

std::string in_base_36(std::uint64_t number) {
  std::array<char, 13> digits{};  // 36^13 > 2^64
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 36).ptr;
  return {digits.data(), end};
}

}  // namespace

/// An id is the node's name, a number drawn when it started, and a count: "n1-2bf1x0a-17". Names
/// tell nodes apart, whatever they draw; the number tells a node from itself before a restart.
void serve_unique_ids(Node& node) {
  node.on("generate",
          [&node, prefix = std::string(), count = std::uint64_t{0}](const Request&) mutable {
            if (prefix.empty()) {
              const std::uint64_t run = node.random(std::numeric_limits<std::uint64_t>::max());
              prefix = node.id() + "-" + in_base_36(run) + "-";
            }
            return reply("generate_ok").set("id", prefix + std::to_string(count++));
          });
}

}  // namespace narrows::workloads
