// SPDX-License-Identifier: MIT
#include "narrows/testing/network.hpp"
#include "unit/doctest.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

TEST_CASE("echo: the payload comes back as it was") {
  testing::Network network({}, serve_echo);
  const auto answer = network.ask("c1", "n0", R"("type":"echo","echo":{"a":[1.10,-0,null]})");
  CHECK(answer.type == "echo_ok");
  CHECK(answer.body.find(R"("echo": {"a":[1.10,-0,null]})") != std::string::npos);
}

TEST_CASE("echo: without a payload there is nothing to answer with") {
  testing::Network network({}, serve_echo);
  const auto answer = network.ask("c1", "n0", R"("type":"echo")");
  CHECK(answer.error == 12);
  CHECK(answer.body.find("`echo` is missing") != std::string::npos);
}

}  // namespace
}  // namespace narrows::workloads
