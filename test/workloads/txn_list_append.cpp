// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "narrows/testing/network.hpp"
#include "unit/doctest.hpp"
#include "workloads/trials.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Network;

TEST_CASE("txn-list-append: a transaction sees what it appends, and what was appended before") {
  Network network({.nodes = 2}, serve_txn_list_append);
  auto answer = network.ask(
      "c1", "n0", R"("type":"txn","txn":[["r",1,null],["append",1,7],["r",1,null],["r",2,null]])");
  CHECK(answer.type == "txn_ok");
  CHECK(has(answer, R"("txn": [["r",1,null],["append",1,7],["r",1,[7]],["r",2,null]])"));
  answer = network.ask("c2", "n1", R"("type":"txn","txn":[["append",1,8],["r",1,null]])");
  CHECK(has(answer, R"([["append",1,8],["r",1,[7,8]]])"));
  answer = network.ask("c1", "n0", R"("type":"txn","txn":[["r",1,null],["r","1",null]])");
  CHECK(has(answer, R"([["r",1,[7,8]],["r","1",null]])"));
  CHECK(has(network.ask("c1", "n0", R"("type":"txn","txn":[])"), R"("txn": [])"));
}

TEST_CASE("txn-list-append: what is no transaction gets error 12, which names the place") {
  Network network({.nodes = 2}, serve_txn_list_append);
  const auto refused = [&](const std::string& members, std::string_view why) {
    const auto answer = network.ask("c1", "n0", R"("type":"txn")" + members);
    CAPTURE(answer.body);
    CHECK(answer.error == 12);
    CHECK(has(answer, why));
  };
  refused("", "`txn` is missing");
  refused(R"(,"txn":{})", "`txn` is no array");
  refused(R"(,"txn":[["r",1,null],["w",1,2]])", "`txn[1][0]` is neither");
  refused(R"(,"txn":[["append",1]])", "`txn[0]`");
  refused(R"(,"txn":[["append",1.5,1]])", "`txn[0][1]` is neither");
  refused(R"(,"txn":[["append",null,1]])", "`txn[0][1]` is neither");
  refused(R"(,"txn":[["append",99999999999999999999,1]])", "`txn[0][1]` is neither");
  refused(R"(,"txn":[["append",1,")" + std::string(9000, 'x') + "\"]]", "4 KiB");
  refused(R"(,"txn":[["append",1,)" + std::string(300, '[') + std::string(300, ']') + "]]",
          "`txn[0][2]` is nested");
  CHECK(network.ask("c1", "n0", R"("type":"txn","txn":[["r",1,null]])").type == "txn_ok");
}

TEST_CASE("txn-list-append: the longest transactions, many at a time, all happen") {
  Network network({.nodes = 3, .latency = {testing::Latency::Shape::constant, 1ms}},
                  serve_txn_list_append);
  int done = 0;
  for (int i = 0; i < 150; ++i) {
    const std::string element = encode(std::string(1900, '"'));
    network.request(
        "c" + std::to_string(i), "n" + std::to_string(i % 3),
        R"("type":"txn","txn":[["append",)" + std::to_string(i) + "," + element +
            R"(],["append",-1,)" + std::to_string(i) + R"(],["r",-1,null]])",
        [&](const testing::Answer& answer) { done += answer.type == "txn_ok" ? 1 : 0; });
  }
  network.run_for(4s);
  CHECK(done == 150);
  const auto answer =
      network.ask("c1", "n1", R"("type":"txn","txn":[["r",-1,null],["r",77,null]])");
  CHECK(std::ranges::count(answer.body, ',') > 150);
  CHECK(has(answer, R"(["r",77,["\"\")"));
}

TEST_CASE("txn-list-append: of each node's batches those count that are behind the last one") {
  int nodes = 0;
  Network network({.nodes = 2}, [&](Node& node) {
    if (nodes++ == 0) return serve_txn_list_append(node);
    node.on("put", [&node](const Request& request) -> Task<Reply> {
      const Reply write =
          message("write").set("key", "txn-list-append/0").raw("value", request.raw("log"));
      co_await node.rpc("lin-kv", write);
      co_return reply("put_ok");
    });
  });
  const auto answer = network.ask(
      "c1", "n1",
      R"("type":"put","log":[["n8-1",[[["n9",1,[[5,1]]]]]],)"
      R"(["n8-2",[[["n9",1,[[5,1]]],["n9",3,[[5,3],["a",4]]],["n9",2,[[5,2]]],["n7",1,[[5,5]]]]]]])");
  CHECK(answer.type == "put_ok");
  CHECK(has(network.ask("c1", "n0", R"("type":"txn","txn":[["r",5,null],["r","a",null]])"),
            R"([["r",5,[1,3,5]],["r","a",[4]]])"));
}

TEST_CASE("txn-list-append: without the sequencer, and with one that comes late, all goes on") {
  Network network({.nodes = 3, .latency = {testing::Latency::Shape::constant, 10ms}},
                  serve_txn_list_append);
  const auto append = [&](const std::string& node, int element) {
    const auto answer = network.ask(
        "c1", node, R"("type":"txn","txn":[["append",1,)" + std::to_string(element) + "]]");
    CHECK(answer.type == "txn_ok");
    return answer.completed - answer.invoked;
  };
  CHECK(append("n1", 1) == 40ms);
  network.pause("n0");
  CHECK(append("n1", 2) > 1s);
  CHECK(append("n1", 3) < 100ms);
  CHECK(append("n2", 4) > 1s);
  CHECK(append("n2", 5) < 100ms);
  network.resume("n0");  // what it was asked meanwhile has happened
  network.run_for(2s);
  CHECK(append("n1", 6) < 100ms);
  network.cut("n0", "n1");  // it appends, but its answers are lost
  append("n1", 7);
  append("n1", 8);
  network.heal();
  for (const std::string& node : network.nodes()) {
    CHECK(
        has(network.ask("c1", node, R"("type":"txn","txn":[["r",1,null]])"), "[1,2,3,4,5,6,7,8]"));
  }
}

TEST_CASE("txn-list-append: strict-serializable, whatever befalls nodes and network") {
  try_seeds("txn-list-append", kSeeds, serve_txn_list_append);
  CHECK(try_late_seeds("txn-list-append", kSeeds, 2, serve_txn_list_append) > 95);
}

TEST_CASE("txn-list-append: what may have happened is not said to have failed") {
  for (std::uint64_t seed = 170; seed <= 270; ++seed) {
    CAPTURE(seed);
    auto network = late_network(seed, 2);
    network.latency = {testing::Latency::Shape::exponential,
                       std::chrono::milliseconds(200 + seed % 600)};
    auto options = busy_trial("txn-list-append");
    options.duration = 8s;
    const auto result = testing::simulate(network, options, serve_txn_list_append);
    CHECK(faults_of(result.check) == "");
  }
}

}  // namespace
}  // namespace narrows::workloads
