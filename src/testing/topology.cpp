// SPDX-License-Identifier: MIT
#include "testing/topology.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "json/string.hpp"
#include "narrows/testing/trial.hpp"

namespace narrows::testing {
namespace {

constexpr std::array kShapes = {Shape::grid,  Shape::line,  Shape::total,
                                Shape::tree2, Shape::tree3, Shape::tree4};
constexpr std::array<std::string_view, kShapes.size()> kNames = {"grid",  "line",  "total",
                                                                 "tree2", "tree3", "tree4"};

std::size_t square_side(std::size_t nodes) {
  std::size_t side = 1;
  while (side * side < nodes) ++side;
  return side;
}

/// Each link is asked about once, the higher number second.
bool are_linked(Shape shape, std::size_t low, std::size_t high, std::size_t side) {
  const auto is_parent = [&](std::size_t children) { return (high - 1) / children == low; };
  switch (shape) {
    case Shape::grid: return high == low + side || (high == low + 1 && high % side != 0);
    case Shape::line: return high == low + 1;
    case Shape::total: return true;
    case Shape::tree2: return is_parent(2);
    case Shape::tree3: return is_parent(3);
    case Shape::tree4: return is_parent(4);
  }
  return false;
}

}  // namespace

std::string_view name_of(Shape shape) { return kNames.at(static_cast<std::size_t>(shape)); }
std::span<const Shape> all_shapes() { return kShapes; }

Topology make_topology(Shape shape, const std::vector<std::string>& nodes) {
  Topology topology;
  for (const std::string& node : nodes) topology[node];
  const std::size_t side = square_side(nodes.size());
  for (std::size_t high = 0; high < nodes.size(); ++high) {
    for (std::size_t low = 0; low < high; ++low) {
      if (!are_linked(shape, low, high, side)) continue;
      topology[nodes[low]].push_back(nodes[high]);
      topology[nodes[high]].push_back(nodes[low]);
    }
  }
  return topology;
}

std::string topology_argument(const Topology& neighbours) {
  std::string json = "{\"topology\":{";
  const char* separator = "";
  const auto append_name = [&](const std::string& name) {
    json.append(std::exchange(separator, ",")).append("\"");
    json::append_escaped(json, name);
    json += '"';
  };
  for (const auto& [node, names] : neighbours) {
    append_name(node);
    json += ":[";
    separator = "";
    for (const std::string& name : names) append_name(name);
    separator = ",";
    json += ']';
  }
  return json + "}}";
}

}  // namespace narrows::testing
