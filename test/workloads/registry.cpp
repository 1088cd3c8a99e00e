// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <string_view>

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

TEST_CASE("each workload lives with an init that leaves its own node out") {
  for (const Workload& workload : all()) {
    for (const char* const node_ids : {"[]", R"(["n2"])", R"(["n1","n1"])"}) {
      CAPTURE(workload.name);
      CAPTURE(node_ids);
      Node node;
      workload.serve(node);
      std::string sent;
      const auto write = [&](std::string_view bytes) { sent += bytes; };
      node.feed(R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1",)",
                write);
      node.feed(std::string(R"("node_ids":)") + node_ids + "}}\n", write);
      node.feed(R"({"src":"c1","dest":"n1","body":{"type":"txn","msg_id":2,"txn":[["w",1,2]]}})"
                "\n",
                write);
      node.finish(write);
      CHECK(sent.find("init_ok") != std::string::npos);
    }
  }
}

}  // namespace
}  // namespace narrows::workloads
