// SPDX-License-Identifier: MIT
#include <chrono>
#include <string>

#include "unit/doctest.hpp"
#include "workloads/trials.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Network;

TEST_CASE("g-set: whatever the network does, what was acknowledged is everywhere in the end") {
  try_seeds("g-set", kSeeds, serve_g_set);
}

TEST_CASE("g-set: an element is there once, whoever added it") {
  Network network({.nodes = 2}, serve_g_set);
  for (const char* node : {"n0", "n1", "n0"}) {
    CHECK(network.ask("c1", node, R"("type":"add","element":"a")").type == "add_ok");
  }
  network.run_for(1s);
  for (const std::string& node : network.nodes()) {
    const auto answer = network.ask("c1", node, R"("type":"read")");
    CHECK(answer.type == "read_ok");
    CHECK(Raw::checked(answer.body).find("value")->text() == R"(["a"])");
  }
}

TEST_CASE("g-set: no element, and one that is too long or too deep, are refused by name") {
  Network network({}, serve_g_set);
  CHECK(network.ask("c1", "n0", R"("type":"add")").body.find("`element` is missing") !=
        std::string::npos);
  const std::string large = "\"" + std::string(300'000, 'x') + "\"";
  const auto answer = network.ask("c1", "n0", R"("type":"add","element":)" + large);
  CHECK(answer.error == 12);
  CHECK(answer.body.find("256 KiB") != std::string::npos);
  const auto nested = [](std::size_t levels) {
    return R"("type":"add","element":)" + std::string(levels, '[') + R"("\\\"[{")" +
           std::string(levels, ']');
  };
  CHECK(network.ask("c1", "n0", nested(257)).body.find("256 levels") != std::string::npos);
  CHECK(network.ask("c1", "n0", nested(256)).type == "add_ok");
}

}  // namespace
}  // namespace narrows::workloads
