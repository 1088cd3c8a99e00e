// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "unit/doctest.hpp"
#include "workloads/gossip.hpp"
#include "workloads/trials.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Latency;
using testing::Network;
using testing::Traffic;

testing::NetworkOptions constant(std::size_t nodes, std::chrono::nanoseconds latency = 100ms) {
  return {.nodes = nodes, .latency = {Latency::Shape::constant, latency}};
}

void tell(Network& network, const std::string& node, const std::string& message) {
  const auto answer = network.ask("c1", node, R"("type":"broadcast","message":)" + message, 1s);
  CHECK(answer.type == "broadcast_ok");
}

/// The array of what a node shows.
std::string shown(Network& network, const std::string& node) {
  const std::string body = network.ask("c1", node, R"("type":"read")").body;
  return std::string(Raw::checked(body).find("messages")->text());
}

TEST_CASE("broadcast: 25 nodes, 100 ms: messages an operation and latency hold") {
  const auto result = testing::simulate(
      constant(25), {.workload = "broadcast", .duration = 20s, .rate = 100}, serve_broadcast);
  CHECK(faults_of(result.check) == "");
  const double median = figure_of(result.check, "stable latency, median");
  const double most = figure_of(result.check, "stable latency, max");
  MESSAGE(result.messages_per_operation(), " messages an operation; stable latency ", median,
          " ms, at most ", most);
  CHECK(result.messages_per_operation() < 2.2);
  CHECK(median <= 320);
  CHECK(most <= 450);
}

TEST_CASE("broadcast: whatever the network does, what was acknowledged is everywhere in the end") {
  try_seeds("broadcast", kSeeds, serve_broadcast);
}

TEST_CASE("broadcast: the parts of a cluster go on by themselves, and meet within two seconds") {
  for (const bool is_hub_alone : {false, true}) {
    Network network(constant(9), serve_broadcast);
    std::vector<std::string> left{"n0"};
    if (!is_hub_alone) left = {"n0", "n3", "n5", "n7"};
    network.run_for(20s);  // comparisons have become rare
    network.partition({left});
    tell(network, "n0", "1");
    tell(network, "n8", "2");
    network.run_for(1500ms);
    for (const std::string& node : network.nodes()) {
      const bool is_left = std::find(left.begin(), left.end(), node) != left.end();
      CAPTURE(node);
      CHECK(shown(network, node) == (is_left ? "[1]" : "[2]"));
    }
    network.run_for(20s);
    network.heal();
    network.run_for(2s);
    for (const std::string& node : network.nodes()) {
      CAPTURE(node);
      CHECK(shown(network, node).size() == 6);
    }
  }
}

TEST_CASE("broadcast: another node stands in for a hub that hangs, from one message to the next") {
  Network network(constant(9), serve_broadcast);
  network.pause("n0");
  tell(network, "n5", "1");
  network.run_for(Gossip::kPatience + 100ms);
  CHECK(shown(network, "n8") == "[1]");
  tell(network, "n5", "2");
  network.run_for(200ms);
  CHECK(shown(network, "n8") == "[1, 2]");
}

TEST_CASE("broadcast: a hub that hangs for a while costs little, and is taken back") {
  Network network(constant(25), serve_broadcast);
  testing::Trial trial(network, {.workload = "broadcast", .duration = 20s, .rate = 100});
  network.after(4s, [&] { network.pause("n0"); });
  network.after(10s, [&] { network.resume("n0"); });
  trial.start();
  network.run_until([&] { return trial.is_over(); });
  const auto result = trial.take();
  CHECK(faults_of(result.check) == "");
  MESSAGE(result.messages_per_operation(), " messages an operation");
  CHECK(result.messages_per_operation() < 3);
}

TEST_CASE(
    "broadcast: what a node has not heard it asks for as soon as it hears of something later") {
  Network network(constant(9), serve_broadcast);
  network.cut("n0", "n8");
  tell(network, "n1", "1");
  network.run_for(300ms);
  network.heal();
  tell(network, "n1", "2");
  network.run_for(300ms);
  CHECK(shown(network, "n8") == "[2]");
  network.run_for(Gossip::kSoon + 200ms);
  CHECK(shown(network, "n8") == "[2, 1]");
}

TEST_CASE("broadcast: who has nothing to say says little") {
  Network network(constant(25), serve_broadcast);
  tell(network, "n7", "1");
  network.run_for(20s);
  const std::uint64_t before = network.traffic().between_nodes;
  network.run_for(60s);
  const auto quiet = static_cast<double>(network.traffic().between_nodes - before);
  const double per_second = quiet / 60;
  MESSAGE(per_second, " messages a second between 25 nodes that have nothing to say");
  CHECK(per_second <= 16);
}

TEST_CASE("broadcast: one node alone, and two, need nobody else") {
  for (const std::size_t nodes : {1U, 2U}) {
    Network network(constant(nodes), serve_broadcast);
    tell(network, network.nodes().back(), "7");
    network.run_for(1s);
    for (const std::string& node : network.nodes()) CHECK(shown(network, node) == "[7]");
    CHECK(network.traffic().between_nodes <= 10 * (nodes - 1));
  }
}

TEST_CASE("broadcast: a topology is taken, and changes nothing") {
  Network network(constant(3), serve_broadcast);
  network.topology({{"n0", {}}, {"n1", {"n2"}}, {"n2", {"n1"}}});
  tell(network, "n2", "1");
  network.run_for(500ms);
  CHECK(shown(network, "n0") == "[1]");
}

TEST_CASE("broadcast: any JSON is a message, once, as it was written") {
  Network network(constant(2), serve_broadcast);
  for (const char* message : {"1", "1.0", R"({"a": [null]})", R"("1")", "1"}) {
    tell(network, "n1", message);
    tell(network, "n0", message);
  }
  network.run_for(2s);
  for (const std::string& node : network.nodes()) {
    const std::string values = shown(network, node);
    CHECK(values.size() == std::string(R"([1, 1.0, {"a": [null]}, "1"])").size());
  }
}

TEST_CASE("broadcast: more than a message may have takes several") {
  Network network(constant(3), serve_broadcast);
  network.partition({{"n0"}});
  const std::string large(40'000, 'x');
  for (int i = 0; i < 20; ++i) tell(network, "n1", "\"" + std::to_string(i) + large + "\"");
  network.run_for(10s);
  network.heal();
  network.run_for(10s);
  CHECK(shown(network, "n2").size() > 800'000);
  CHECK(shown(network, "n0").size() == shown(network, "n2").size());
}

TEST_CASE("broadcast: what makes no sense is refused by name, and does no harm") {
  Network network(constant(3), serve_broadcast);
  const auto refused = [&](const char* members, const char* why) {
    const auto answer = network.ask("c1", "n0", members);
    CAPTURE(members);
    CHECK(answer.error == 12);
    CHECK(answer.body.find(why) != std::string::npos);
  };
  refused(R"("type":"broadcast")", "`message` is missing");
  refused(R"("type":"news","have":[1],"deltas":[])", "`have`");
  refused(R"("type":"news","have":[1,0,0],"deltas":[])", "`src`");
  refused(R"("type":"news","deltas":[])", "`have` is missing");
  refused(R"("type":"relay","deltas":[[0,0,[1]]])", "`src`");
  refused(R"("type":"relay","deltas":[[0]])", "`deltas[0]`");
  tell(network, "n0", "1");
  network.run_for(500ms);
  CHECK(shown(network, "n2") == "[1]");
}

}  // namespace
}  // namespace narrows::workloads
