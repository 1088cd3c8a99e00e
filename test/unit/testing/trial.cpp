// SPDX-License-Identifier: MIT
// A trial: what clients ask, what faults come, what is found, and that a seed gives it again.
#include "narrows/testing/trial.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

/// A broadcast that is told once, and not told again if that is lost.
struct Told {
  explicit Told(bool is_told = true) : tells(is_told) {}

  void serve(Node& node) {
    node.on_topology([](const Topology&) {});
    node.on("broadcast", [this, &node](const Request& request) {
      const auto value = request.integer("message");
      values[node.id()].insert(value);
      for (const std::string& other : node.node_ids()) {
        if (tells && other != node.id()) node.send(other, reply("tell").set("value", value));
      }
      return reply("broadcast_ok");
    });
    node.on("tell", [this, &node](const Request& request) {
      values[node.id()].insert(request.integer("value"));
      return Reply::none();
    });
    node.on("read", [this, &node](const Request&) {
      const auto& all = values[node.id()];
      return reply("read_ok").set("messages", std::vector(all.begin(), all.end()));
    });
  }
  TrialResult run(const NetworkOptions& network, const TrialOptions& options) {
    return simulate(network, options, [this](Node& node) { serve(node); });
  }

  bool tells;
  std::map<std::string, std::set<std::int64_t>> values;
};

TrialOptions of_broadcast() { return {.workload = "broadcast", .duration = 3s, .recovery = 1s}; }

bool is_told(const TrialResult& result, std::string_view words) {
  return std::ranges::any_of(result.check.faults, [&](const std::string& fault) {
    return fault.find(words) != std::string::npos;
  });
}

TEST_CASE("trial: clients ask at the rate, all nodes, and read each at the end") {
  const TrialResult result = Told().run({.nodes = 3}, of_broadcast());
  CHECK(result.check.is_valid());
  std::map<std::string, int> asked;
  std::set<std::string> last;
  int reads = 0;
  for (const Operation& operation : result.history.operations()) {
    CHECK(operation.outcome == Outcome::ok);
    ++asked[operation.node];
    if (operation.function == "read") ++reads;
    if (operation.is_final) last.insert(operation.node);
  }
  const std::size_t all = result.history.operations().size();
  CHECK(all > 240);  // 300, give or take
  CHECK(all < 360);
  CHECK(asked.size() == 3);
  for (const auto& [node, times] : asked) CHECK(times > 60);
  CHECK(reads > 90);
  CHECK(last.size() == 3);
  const auto broadcasts = all - static_cast<std::size_t>(reads);
  CHECK(result.traffic.between_nodes == 2 * broadcasts);
  CHECK(result.messages_per_operation() ==
        doctest::Approx(2.0 * static_cast<double>(broadcasts) / static_cast<double>(all)));
  CHECK(result.end - result.begin >= 3s);
  CHECK(result.samples.back().between_nodes == result.traffic.between_nodes);
}

TEST_CASE("trial: what a node keeps for itself is found") {
  CHECK(is_told(Told(false).run({.nodes = 3}, of_broadcast()), "lacks"));
}

TEST_CASE("trial: a partition loses what is told once, and is noted") {
  TrialOptions options = of_broadcast();
  options.faults = {Fault::one};
  options.fault_interval = 500ms;
  const TrialResult result = Told().run({.nodes = 3}, options);
  CHECK_FALSE(result.check.is_valid());
  CHECK(result.traffic.cut > 0);
  REQUIRE(result.faults.size() == 3);  // from 0.5, 1.5 and 2.5 s on
  for (const FaultBand& band : result.faults) {
    CHECK(band.fault == Fault::one);
    CHECK(band.who.find(" | ") == 2);
    CHECK(band.end - band.begin == 500ms);
  }
}

TEST_CASE("trial: the same seed gives the same, another seed something else") {
  const auto history = [](std::uint64_t seed) {
    TrialOptions options = of_broadcast();
    options.faults.assign(all_faults().begin(), all_faults().end());
    options.fault_interval = 300ms;
    const NetworkOptions network{
        .nodes = 5, .seed = seed, .latency = {Latency::Shape::exponential, 5ms}, .loss = 0.1};
    return Told().run(network, options).history.to_json_lines();
  };
  const std::string once = history(7);
  CHECK(once == history(7));
  CHECK(once != history(8));
}

TEST_CASE("trial: a client without an answer goes on under another number") {
  TrialOptions options{.workload = "echo", .duration = 1s, .timeout = 100ms};
  options.clients = 2;
  const TrialResult result = simulate({}, options, [](Node& node) {
    node.on("echo", [](const Request&) { return Reply::none(); });
  });
  std::set<std::int64_t> processes;
  for (const Operation& operation : result.history.operations()) {
    CHECK(operation.outcome == Outcome::unknown);
    CHECK(operation.completed - operation.invoked == 100ms);
    CHECK(processes.insert(operation.process).second);
  }
  CHECK(processes.size() > 15);       // two at a time
  CHECK(processes.size() <= 22 + 5);  // and the last, time and again
  CHECK(is_told(result, "n0 gives no valid answer to its last requests"));
}

TEST_CASE("trial: an answer of the wrong type, and no answer to the last requests, are faults") {
  const auto serve = [](Node& node) {
    node.on("add", [](const Request&) { return reply("added"); });
    node.on("read", [](const Request&) { return Error(11, "not now"); });
  };
  const TrialResult result = simulate({}, {.workload = "g-set", .duration = 1s}, serve);
  CHECK(is_told(result, "n0 answered add with the type \"added\""));
  CHECK(is_told(result, "n0 answers its last requests with error 11"));
}

TEST_CASE("trial: messages to nobody are a fault") {
  const auto serve = [](Node& node) {
    node.on("generate", [&node](const Request&) {
      node.send("n7", message("hello"));
      return reply("generate_ok").set("id", node.random(1ULL << 60U));
    });
  };
  const TrialResult result = simulate({}, {.workload = "unique-ids", .duration = 1s}, serve);
  CHECK(is_told(result, "to nobody"));
}

TEST_CASE("trial: topologies are Maelstrom's") {
  const Names five = {"n0", "n1", "n2", "n3", "n4"};
  CHECK(make_topology(Shape::line, five) == Topology{{"n0", {"n1"}},
                                                     {"n1", {"n0", "n2"}},
                                                     {"n2", {"n1", "n3"}},
                                                     {"n3", {"n2", "n4"}},
                                                     {"n4", {"n3"}}});
  CHECK(make_topology(Shape::grid, five) == Topology{{"n0", {"n1", "n3"}},
                                                     {"n1", {"n0", "n2", "n4"}},
                                                     {"n2", {"n1"}},
                                                     {"n3", {"n0", "n4"}},
                                                     {"n4", {"n1", "n3"}}});
  CHECK(make_topology(Shape::tree2, five) == Topology{{"n0", {"n1", "n2"}},
                                                      {"n1", {"n0", "n3", "n4"}},
                                                      {"n2", {"n0"}},
                                                      {"n3", {"n1"}},
                                                      {"n4", {"n1"}}});
  CHECK(make_topology(Shape::total, {"n0", "n1"}) == Topology{{"n0", {"n1"}}, {"n1", {"n0"}}});
  CHECK(make_topology(Shape::tree4, {"n0"}) == Topology{{"n0", {}}});
}

TEST_CASE("trial: what makes no sense is refused") {
  const auto refuses = [](const TrialOptions& options) {
    Network network({}, [](Node&) {});
    CHECK_THROWS_AS(Trial(network, options), std::invalid_argument);
  };
  refuses({.workload = "brodcast"});
  refuses({.workload = "echo", .rate = -1});
  refuses({.workload = "echo", .rate = std::numeric_limits<double>::quiet_NaN()});
  refuses({.workload = "echo", .fault_interval = 0s});
  refuses({.workload = "echo", .recovery = -1s});
  for (const std::string_view name : trial_workloads()) {
    Network network({}, [](Node&) {});
    CHECK_NOTHROW(Trial(network, {.workload = std::string(name)}));
  }
}

TEST_CASE("trial: of clients that hardly ask nothing comes but the last requests") {
  TrialOptions options{.workload = "echo", .duration = 1s, .rate = 1e-300};
  const TrialResult result = simulate({}, options, [](Node& node) {
    node.on("echo", [](const Request& request) {
      return reply("echo_ok").raw("echo", request.raw("echo"));
    });
  });
  CHECK(result.check.is_valid());
  for (const Operation& operation : result.history.operations()) CHECK(operation.is_final);
}

TEST_CASE("trial: one that is gone is called no more") {
  Network network(
      {}, [](Node& node) { node.on("echo", [](const Request&) { return reply("echo_ok"); }); });
  {
    Trial trial(network, {.workload = "echo"});
    trial.start();
    network.run_for(1s);
    CHECK_FALSE(trial.is_over());
    CHECK_THROWS_AS(static_cast<void>(trial.take()), std::logic_error);
  }
  network.run_for(20s);
}

/// Who hears whom, while a fault lasts: of three messages in turn.
struct Hearing {
  explicit Hearing(std::size_t nodes, Fault fault) {
    Network network({.nodes = nodes, .seed = 3}, [this](Node& node) {
      node.on("say", [&node](const Request&) {
        for (const std::string& other : node.node_ids()) node.send(other, message("hear"));
        return reply("say_ok");
      });
      node.on("hear", [this, &node](const Request& request) {
        heard.insert({std::string(request.src()), node.id()});
        return Reply::none();
      });
    });
    TrialOptions options{.workload = "echo", .duration = 10s, .faults = {fault}};
    Trial trial(network, options);
    trial.start();
    network.run_for(3s);  // into the first fault
    for (const std::string& node : network.nodes()) {
      network.request("c99", node, R"("type":"say")", [](const Answer&) {});
    }
    network.run_for(100ms);
    network.run_until([&] { return trial.is_over(); });
    band = trial.take().faults.at(0);
  }
  [[nodiscard]] std::size_t reach(const std::string& node) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(heard, [&](const auto& pair) { return pair.first == node; }));
  }

  std::set<std::pair<std::string, std::string>> heard;
  FaultBand band;
};

TEST_CASE("trial: halves, one, a ring and one way are what they say") {
  CHECK(Hearing(5, Fault::halves).heard.size() == 2 * 2 + 3 * 3);
  CHECK(Hearing(5, Fault::one).heard.size() == 1 + 4 * 4);
  const Hearing ring(5, Fault::ring);
  for (const char* node : {"n0", "n1", "n2", "n3", "n4"}) CHECK(ring.reach(node) == 3);
  CHECK(Hearing(3, Fault::ring).heard.size() == 9 - 2);
  const Hearing one_way(5, Fault::one_way);
  CHECK(one_way.heard.size() == 25 - 2 * 3);
  CHECK(one_way.band.who.find(" unheard by ") == 5);
}

TEST_CASE("trial: who is paused hears nothing until it goes on") {
  Network network({.nodes = 5}, [](Node& node) {
    node.on("echo", [](const Request&) { return reply("echo_ok"); });
  });
  const TrialOptions options{
      .workload = "echo", .duration = 10s, .rate = 50, .faults = {Fault::pause}, .timeout = 1s};
  Trial trial(network, options);
  trial.start();
  network.run_until([&] { return trial.is_over(); });
  const TrialResult result = trial.take();
  REQUIRE_FALSE(result.faults.empty());
  const FaultBand& band = result.faults.front();
  const auto is_hit = [&](const Operation& operation) {
    return band.who.find(operation.node) != std::string::npos && operation.invoked >= band.begin &&
           operation.invoked < band.end - 1s;
  };
  int hit = 0;
  for (const Operation& operation : result.history.operations()) {
    if (!is_hit(operation)) continue;
    ++hit;
    CHECK(operation.outcome == Outcome::unknown);
  }
  CHECK(hit > 0);
}

}  // namespace
}  // namespace narrows::testing
