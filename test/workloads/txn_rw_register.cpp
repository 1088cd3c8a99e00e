// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/testing/network.hpp"
#include "unit/doctest.hpp"
#include "workloads/trials.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Latency;
using testing::Network;

TEST_CASE("txn-rw-register: a transaction reads its own writes, and those before") {
  Network network({}, serve_txn_rw_register);
  auto answer = network.ask(
      "c1", "n0", R"("type":"txn","txn":[["r",1,null],["w",1,7],["r",1,null],["w",1,8]])");
  CHECK(answer.type == "txn_ok");
  CHECK(has(answer, R"("txn": [["r",1,null],["w",1,7],["r",1,7],["w",1,8]])"));
  answer = network.ask("c1", "n0", R"("type":"txn","txn":[["r",1,null],["r","1",null]])");
  CHECK(has(answer, R"([["r",1,8],["r","1",null]])"));
}

TEST_CASE("txn-rw-register: what is no transaction, or no exchange, gets error 12") {
  Network network({.nodes = 2}, serve_txn_rw_register);
  const auto refused = [&](const std::string& members, std::string_view why) {
    const auto answer = network.ask("c1", "n0", members);
    CAPTURE(answer.body);
    CHECK(answer.error == 12);
    CHECK(has(answer, why));
  };
  refused(R"("type":"txn")", "`txn` is missing");
  refused(R"("type":"txn","txn":[["append",1,2]])", "`txn[0][0]` is neither");
  refused(R"("type":"txn","txn":[["w",1,2,3]])", "`txn[0]`");
  refused(R"("type":"txn","txn":[["w",[],2]])", "`txn[0][1]` is neither");
  refused(R"("type":"exchange","seen":[0,0],"txns":[])", "`src` is no node");
}

TEST_CASE("txn-rw-register: cut off nodes answer at once, and agree when they are together again") {
  Network network({.nodes = 3, .latency = {Latency::Shape::constant, 20ms}}, serve_txn_rw_register);
  network.partition({{"n0"}, {"n1"}, {"n2"}});
  for (const std::string node : {"n0", "n1", "n2"}) {
    const std::string value = node.substr(1);
    std::string txn = R"("type":"txn","txn":[["w",1,)";
    txn.append(value).append(R"(],["w",2,)").append(value).append("]]");
    const auto answer = network.ask("c" + value, node, txn);
    CHECK(answer.type == "txn_ok");
    CHECK(answer.completed == answer.invoked);
  }
  network.run_for(20s);
  network.heal();
  network.run_for(3s);
  for (const std::string node : {"n0", "n1", "n2"}) {
    CHECK(has(network.ask("c1", node, R"("type":"txn","txn":[["r",1,null],["r",2,null]])"),
              R"([["r",1,2],["r",2,2]])"));
  }
  const std::uint64_t sent = network.traffic().between_nodes;
  network.run_for(60s);
  CHECK(network.traffic().between_nodes == sent);
}

TEST_CASE("txn-rw-register: what writes over what it has read wins, wherever it came from") {
  Network network({.nodes = 2, .latency = {Latency::Shape::constant, 10ms}}, serve_txn_rw_register);
  for (int i = 0; i < 10; ++i) network.ask("c1", "n1", R"("type":"txn","txn":[["w",1,"n1"]])");
  network.run_for(1s);
  CHECK(has(network.ask("c1", "n0", R"("type":"txn","txn":[["r",1,null],["w",1,"n0"]])"),
            R"(["r",1,"n1"])"));
  network.run_for(1s);
  for (const std::string& node : network.nodes()) {
    CHECK(has(network.ask("c1", node, R"("type":"txn","txn":[["r",1,null]])"), R"(["r",1,"n0"])"));
  }
}

TEST_CASE("txn-rw-register: a node that lacks much is told in parts, whole transactions each") {
  std::size_t longest = 0;
  Network network(
      {.nodes = 3,
       .latency = {Latency::Shape::constant, 10ms},
       .trace = [&](std::string_view event) { longest = std::max(longest, event.size()); }},
      serve_txn_rw_register);
  network.partition({{"n0"}, {"n1", "n2"}});
  const auto write = [&](const std::string& node, int first) {
    for (int i = 0; i < 100; ++i) {
      std::string txn = R"("type":"txn","txn":[)";
      for (int k = 0; k < 50; ++k) {
        const std::string key = std::to_string((first + 50 * i + k) % 9000);
        txn.append(k == 0 ? "" : ",").append("[\"w\",").append(key).append(",\"");
        txn.append(node).append(" ").append(std::to_string(i)).append("\"]");
      }
      REQUIRE(network.ask("c1", node, txn + "]").type == "txn_ok");
    }
  };
  write("n0", 0);
  write("n1", 4000);
  write("n2", 8000);
  network.run_for(5s);
  longest = 0;
  network.heal();
  network.run_for(10s);
  CHECK(longest < 100'000);
  for (int key = 0; key < 9000; key += 50) {
    const std::string txn = R"("type":"txn","txn":[["r",)" + std::to_string(key) +
                            R"(,null],["r",)" + std::to_string(key + 49) + ",null]]";
    const auto read = [&](const std::string& node) {
      const std::string body = network.ask("c1", node, txn).body;
      return body.substr(0, body.find(R"("in_reply_to")"));
    };
    const std::string first = read("n0");
    REQUIRE(first.find("null") == std::string::npos);
    for (const std::string& node : network.nodes()) REQUIRE(read(node) == first);
  }
}

TEST_CASE("txn-rw-register: read committed and available, and in the end all agree") {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    CAPTURE(seed);
    Network network(any_network(seed), serve_txn_rw_register);
    testing::TrialOptions options = any_trial("txn-rw-register");
    std::erase(options.faults, testing::Fault::pause);  // who stands still answers nobody
    testing::Trial trial(network, options);
    trial.start();
    network.run_until([&] { return trial.is_over(); });
    const testing::TrialResult result = trial.take();
    CHECK(faults_of(result.check) == "");
    for (const testing::Operation& operation : result.history.operations()) {
      CHECK(operation.completed == operation.invoked);
    }
    std::string txn = R"("type":"txn","txn":[["r",0,null])";
    for (int key = 1; key < 60; ++key) txn += R"(,["r",)" + std::to_string(key) + ",null]";
    const auto read = [&](const std::string& node) {
      const std::string body = network.ask("c", node, txn + "]").body;
      return body.substr(0, body.find(R"("in_reply_to")"));
    };
    const std::string first = read("n0");
    CHECK(first.find(R"(["r",7,null])") == std::string::npos);
    for (const std::string& node : network.nodes()) CHECK(read(node) == first);
  }
}

}  // namespace
}  // namespace narrows::workloads
