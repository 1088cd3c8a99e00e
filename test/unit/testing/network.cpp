// SPDX-License-Identifier: MIT
// A simulated network: who reaches whom, and when; clients, pauses, partitions.
#include "narrows/testing/network.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

/// What nodes have heard, "n0<n1 7 at 10": by whom, of what, in milliseconds.
struct Heard {
  Names lines;

  /// Nodes that pass a number on to whom they are told, and note what they hear.
  void serve(Node& node) {
    node.on("tell", [&node](const Request& request) {
      const auto number = request.integer("number");
      node.send(request.text("to"), reply("hear").set("number", number));
      return reply("tell_ok");
    });
    node.on("hear", [this, &node](const Request& request) {
      lines.push_back(node.id() + "<" + std::string(request.src()) + " " +
                      std::to_string(request.integer("number")) + " at " +
                      std::to_string(network->now() / 1ms));
      return Reply::none();
    });
    node.on("silence", [](const Request&) { return Reply::none(); });
    node.on("refuse", [](const Request& request) -> Reply {
      return Error(static_cast<int>(request.integer("code")), "refused");
    });
  }
  Network& start(NetworkOptions options) {
    network.emplace(std::move(options), [this](Node& node) { serve(node); });
    return *network;
  }
  void tell(const std::string& from, const std::string& to, int number) {
    const Answer answer = network->ask(
        "c1", from, R"("type":"tell","to":")" + to + R"(","number":)" + std::to_string(number));
    CHECK(answer.type == "tell_ok");
  }
  Names take() { return std::exchange(lines, {}); }

  std::optional<Network> network;
};

TEST_CASE("network: a message takes its latency, a client's and its answer none") {
  Heard heard;
  Network& network = heard.start({.nodes = 2, .latency = {.mean = 10ms}});
  CHECK(network.nodes() == Names{"n0", "n1"});
  heard.tell("n0", "n1", 7);
  CHECK(network.now() == 0ms);
  network.run_for(9ms);
  CHECK(heard.take().empty());
  network.run_for(1ms);
  CHECK(heard.take() == Names{"n1<n0 7 at 10"});
  CHECK(network.traffic().between_nodes == 1);
  CHECK(network.traffic().by_type.at("hear") == 1);
  CHECK(network.traffic().client_messages == 2);
}

TEST_CASE("network: clients have a latency of their own if one is asked for") {
  Heard heard;
  Network& network = heard.start({.nodes = 1, .latency = {.mean = 10ms}, .client_latency = 2ms});
  const Answer answer = network.ask("c1", "n0", R"("type":"tell","to":"c7","number":1)");
  CHECK(answer.outcome == Outcome::ok);
  CHECK(answer.invoked == 0ms);
  CHECK(answer.completed == 4ms);
  CHECK(network.run_until_idle(1s));
  CHECK(network.traffic().stray == 1);  // c7 has asked nothing
}

TEST_CASE("network: an answer says what is known of its request") {
  Heard heard;
  Network& network = heard.start({});
  const Answer definite = network.ask("c1", "n0", R"("type":"refuse","code":22)");
  CHECK(definite.outcome == Outcome::failed);
  CHECK(definite.error == 22);
  CHECK(network.ask("c1", "n0", R"("type":"refuse","code":13)").outcome == Outcome::unknown);
  CHECK(network.ask("c1", "n0", R"("type":"unheard")").error == 10);
  const Answer silent = network.ask("c1", "n0", R"("type":"silence")", 3s);
  CHECK(silent.outcome == Outcome::unknown);
  CHECK(silent.error == -1);
  CHECK(silent.type.empty());
  CHECK(silent.completed - silent.invoked == 3s);
}

TEST_CASE("network: a request to nodes that wait for each other is given up as unknown") {
  const auto serve = [](Node& node) {
    node.on("ask_on", [&node](const Request&) -> Task<Reply> {
      const std::string other = node.id() == "n0" ? "n1" : "n0";
      co_await node.rpc(other, reply("ask_on"), 1h);
      co_return reply("ask_on_ok");
    });
  };
  Network network({.nodes = 2, .latency = {.mean = 1ms}}, serve);
  const Answer answer = network.ask("c1", "n0", R"("type":"ask_on")", 1s);
  CHECK(answer.outcome == Outcome::unknown);
  CHECK(network.now() == 1s);
  CHECK_FALSE(network.run_until_idle(100ms));  // they go on asking
  CHECK(network.now() == 1100ms);
}

TEST_CASE("network: an answer that comes after its request was given up changes nothing") {
  const auto serve = [](Node& node) {
    node.on("nap", [](const Request&) -> Task<Reply> {
      co_await sleep(2s);
      co_return reply("nap_ok");
    });
  };
  Network network({}, serve);
  int told = 0;
  network.request(
      "c1", "n0", R"("type":"nap")", [&](const Answer&) { ++told; }, 1s);
  CHECK(network.run_until_idle(10s));
  CHECK(told == 1);
  CHECK(network.traffic().late_answers == 1);
  CHECK(network.now() == 2s);
}

TEST_CASE("network: a partition stops what goes between its groups, and nothing else") {
  Heard heard;
  Network& network = heard.start({.nodes = 4, .latency = {.mean = 10ms}});
  const auto all = [&](int number) {
    for (const std::string& from : network.nodes()) {
      for (const std::string& to : network.nodes()) {
        if (from < to) heard.tell(from, to, number);
        if (from < to) heard.tell(to, from, number);
      }
    }
    CHECK(network.run_until_idle(1s));
    std::vector<std::string> pairs;
    for (const std::string& line : heard.take()) pairs.push_back(line.substr(0, 5));
    std::sort(pairs.begin(), pairs.end());
    return pairs;
  };
  CHECK(all(1).size() == 12);
  network.partition({{"n0", "n2"}, {"n1"}});  // and n3
  CHECK(all(2) == Names{"n0<n2", "n2<n0"});
  network.partition({{"n0", "n1"}});
  CHECK(all(3) == Names{"n0<n1", "n1<n0", "n2<n3", "n3<n2"});
  CHECK(network.traffic().cut == 10 + 8);
  network.heal();
  CHECK(all(4).size() == 12);
  network.cut("n1", "n0");
  const Names left = all(5);
  CHECK(left.size() == 11);
  CHECK(std::find(left.begin(), left.end(), "n0<n1") == left.end());
}

TEST_CASE("network: what arrives during a partition is lost, also what was sent before it") {
  Heard heard;
  Network& network = heard.start({.nodes = 2, .latency = {.mean = 10ms}});
  heard.tell("n0", "n1", 1);
  network.run_for(5ms);
  network.partition({{"n0"}, {"n1"}});
  network.run_for(1ms);
  heard.tell("n0", "n1", 2);
  network.run_for(5ms);
  network.heal();
  network.run_for(1s);
  CHECK(heard.take() == Names{"n1<n0 2 at 16"});
  CHECK(network.traffic().cut == 1);
}

TEST_CASE("network: a paused node loses nothing, and has all in order when it goes on") {
  Heard heard;
  Network& network = heard.start({.nodes = 3, .latency = {.mean = 10ms}});
  network.pause("n1");
  for (int i = 0; i < 5; ++i) heard.tell(i % 2 == 0 ? "n0" : "n2", "n1", i);
  network.run_for(50ms);
  CHECK(heard.take().empty());
  CHECK(network.ask("c1", "n1", R"("type":"refuse","code":14)", 1s).outcome == Outcome::unknown);
  CHECK(network.run_until_idle(1s));
  heard.tell("n0", "n1", 5);
  network.run_for(10ms);
  network.resume("n1");
  heard.tell("n0", "n1", 6);
  network.run_for(10ms);
  CHECK(heard.take() == Names{"n1<n0 0 at 1060", "n1<n2 1 at 1060", "n1<n0 2 at 1060",
                              "n1<n2 3 at 1060", "n1<n0 4 at 1060", "n1<n0 5 at 1060",
                              "n1<n0 6 at 1070"});
  CHECK(network.traffic().late_answers == 1);
}

TEST_CASE("network: what is due at a paused node happens when it goes on") {
  Names ticks;
  const auto serve = [&](Node& node) {
    node.after_init([&] { node.after(10ms, [&] { ticks.push_back(node.id()); }); });
  };
  Network network({.nodes = 2}, serve);
  network.pause("n0");
  network.run_for(1s);
  CHECK(ticks == Names{"n1"});
  network.resume("n0");
  CHECK(network.run_until_idle(1s));
  CHECK(ticks == Names{"n1", "n0"});
  CHECK(network.now() == 1s);
}

TEST_CASE("network: a node that is paused by what it does itself stays so") {
  Network* network_of = nullptr;
  int ticks = 0;
  const auto serve = [&](Node& node) {
    node.every(10ms, [&] {
      ++ticks;
      network_of->pause(node.id());
    });
  };
  Network network({}, serve);
  network_of = &network;
  network.run_for(1s);
  CHECK(ticks == 1);
}

TEST_CASE("network: timers of several nodes fire in order of time, then of nodes") {
  Names ticks;
  Network* network_of = nullptr;
  const auto serve = [&](Node& node) {
    node.after_init([&] {
      const int number = node.id().back() - '0';
      node.every((3 - number) * 10ms, [&] {
        ticks.push_back(node.id() + " " + std::to_string(network_of->now() / 1ms));
      });
    });
  };
  Network network({.nodes = 3}, serve);
  network_of = &network;
  network.run_for(30ms);
  CHECK(ticks == Names{"n2 10", "n1 20", "n2 20", "n0 30", "n2 30"});
}

TEST_CASE("network: what a node sends because of its init arrives") {
  Heard heard;
  heard.network.emplace(NetworkOptions{.nodes = 2, .latency = {.mean = 1ms}}, [&](Node& node) {
    heard.serve(node);
    node.after_init([&node] {
      if (node.id() == "n0") node.send("n1", reply("hear").set("number", 1));
    });
  });
  CHECK(heard.network->run_until_idle(1s));
  CHECK(heard.take() == Names{"n1<n0 1 at 1"});
}

TEST_CASE("network: every node is told the topology") {
  std::vector<Topology> told;
  const auto serve = [&](Node& node) {
    node.on_topology([&](const Topology& topology) { told.push_back(topology); });
  };
  Network network({.nodes = 2}, serve);
  const Topology line{{"n0", {"n1"}}, {"n1", {"n0"}}};
  network.topology(line);
  CHECK(told == std::vector<Topology>{line, line});
}

TEST_CASE("network: offloaded work takes no virtual time") {
  const auto serve = [](Node& node) {
    node.on("work", [](const Request&) -> Task<Reply> {
      const int result = co_await offload([] { return 42; });
      co_return reply("work_ok").set("result", result);
    });
  };
  Network network({}, serve);
  const Answer answer = network.ask("c1", "n0", R"("type":"work")");
  CHECK(answer.type == "work_ok");
  CHECK(answer.completed == 0ms);
}

Task<> note_after(std::vector<int>& order, int number, std::chrono::milliseconds time) {
  co_await offload([time] { std::this_thread::sleep_for(time); });
  order.push_back(number);
}

TEST_CASE("network: work of one moment ends in the order in which it was offloaded") {
  std::vector<int> order;
  const auto serve = [&](Node& node) {
    node.on("work", [&](const Request&) -> Task<Reply> {
      co_await all(note_after(order, 1, 20ms), note_after(order, 2, 0ms));
      co_return reply("work_ok");
    });
  };
  Network network({}, serve);
  CHECK(network.ask("c1", "n0", R"("type":"work")").type == "work_ok");
  CHECK(order == std::vector{1, 2});
}

TEST_CASE("network: callbacks may ask again, pause and part; they may not make it run") {
  Heard heard;
  Network& network = heard.start({.nodes = 2});
  int answers = 0;
  const Network::Then again = [&](const Answer&) {
    CHECK_THROWS_AS(network.run_for(1s), std::logic_error);
    CHECK_THROWS_AS(network.ask("c1", "n0", R"("type":"silence")"), std::logic_error);
    if (++answers < 3) network.request("c2", "n1", R"("type":"refuse","code":14)", again);
    network.pause("n0");
  };
  network.request("c1", "n0", R"("type":"refuse","code":14)", again);
  network.after(5s, [&] { network.resume("n0"); });
  network.run_for(10s);
  CHECK(answers == 3);
  CHECK(network.ask("c1", "n0", R"("type":"refuse","code":14)").error == 14);
}

TEST_CASE("network: what makes no sense is refused") {
  const auto nothing = [](Node&) {};
  const auto refuses = [&](NetworkOptions options) {
    CHECK_THROWS_AS(Network(std::move(options), nothing), std::invalid_argument);
  };
  refuses({.nodes = 0});
  refuses({.latency = {.mean = -1ns}});
  refuses({.client_latency = -1ns});
  refuses({.loss = 1.1});
  refuses({.duplication = -0.1});
  CHECK_THROWS_AS(Network({}, nullptr), std::invalid_argument);
  Network network({.nodes = 2}, nothing);
  const auto asks = [&](const char* client, const char* node, const char* members) {
    CHECK_THROWS_AS(network.ask(client, node, members), std::invalid_argument);
  };
  asks("c1", "n2", R"("type":"x")");
  asks("c1", "lin-kv", R"("type":"x")");
  asks("n1", "n0", R"("type":"x")");
  asks("", "n0", R"("type":"x")");
  asks("c1", "n0", R"("type":)");
  asks("c1", "n0", R"("type":"x","msg_id":1)");
  asks("c1", "n0", "\"type\":\n\"x\"");
  CHECK_THROWS_AS(network.partition({{"n0"}, {"n0"}}), std::invalid_argument);
  CHECK_THROWS_AS(network.partition({{"n7"}}), std::invalid_argument);
  CHECK_THROWS_AS(network.run_for(-1ns), std::invalid_argument);
  CHECK_THROWS_AS(network.after(1s, nullptr), std::invalid_argument);
  CHECK_THROWS_AS(network.pause("c1"), std::invalid_argument);
  CHECK_THROWS_AS(static_cast<void>(network.random(0)), std::invalid_argument);
}

TEST_CASE("network: nodes that talk without end in no time are found out") {
  const auto serve = [](Node& node) {
    node.on("ping", [&node](const Request&) {
      node.send(std::string(node.id() == "n0" ? "n1" : "n0"), reply("ping"));
      return Reply::none();
    });
  };
  Network network({.nodes = 2}, serve);
  CHECK_THROWS_AS(network.ask("c1", "n0", R"("type":"ping")"), std::logic_error);
}

}  // namespace
}  // namespace narrows::testing
