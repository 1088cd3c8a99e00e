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

TEST_CASE("unique-ids: no id is given out twice") {
  try_seeds("unique-ids", kSeeds, serve_unique_ids);
}

TEST_CASE("unique-ids: a node that was started again gives out other ids") {
  std::string ids[2];
  for (const std::uint64_t run : {0U, 1U}) {
    Network network({.seed = run + 1}, serve_unique_ids);
    const auto answer = network.ask("c1", "n0", R"("type":"generate")");
    CHECK(answer.type == "generate_ok");
    ids[run] = Raw::checked(answer.body).find("id")->text();
  }
  CHECK(ids[0] != ids[1]);
}

}  // namespace
}  // namespace narrows::workloads
