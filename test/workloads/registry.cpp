// SPDX-License-Identifier: MIT
#include <algorithm>

#include "narrows/testing/network.hpp"
#include "unit/doctest.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

TEST_CASE("workloads are found by their names, which are in order") {
  CHECK(std::ranges::is_sorted(all(), {}, &Workload::name));
  for (const Workload& workload : all()) CHECK(find(workload.name) == &workload);
  CHECK(find("") == nullptr);
  CHECK(find("Echo") == nullptr);
}

TEST_CASE("each workload can be registered, and tells what it does not serve") {
  for (const Workload& workload : all()) {
    CAPTURE(workload.name);
    testing::Network network({.nodes = 3}, workload.serve);
    CHECK(network.ask("c1", "n0", R"("type":"nothing of the kind")").error == 10);
  }
}

}  // namespace
}  // namespace narrows::workloads
