// SPDX-License-Identifier: MIT
#include "workloads/lin_kv.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "narrows/testing/trial.hpp"
#include "unit/doctest.hpp"
#include "workloads/trials.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Latency;
using testing::Network;
using testing::NetworkOptions;
using testing::Outcome;

/// Longer than an election takes.
constexpr auto kElection = 3s;

TEST_CASE("lin-kv: a node alone answers at once, all that the protocol has") {
  Network network({}, serve_lin_kv);
  const auto ask = [&](std::string_view members) { return network.ask("c1", "n0", members); };
  CHECK(ask(R"("type":"read","key":1)").error == 20);
  CHECK(ask(R"("type":"cas","key":1,"from":0,"to":1)").error == 20);
  CHECK(ask(R"("type":"write","key":1,"value":{"a":[1.50,"é\u00e9"]})").type == "write_ok");
  const auto read = ask(R"("type":"read","key":1)");
  CHECK(read.type == "read_ok");
  CHECK(read.body.find(R"("value": {"a":[1.50,"é\u00e9"]})") != std::string::npos);
  CHECK(ask(R"("type":"cas","key":1,"from":0,"to":1)").error == 22);
  CHECK(ask(R"("type":"cas","key":1,"from":{"a": [1.50,"éé"]},"to":"b")").type == "cas_ok");
  CHECK(ask(R"("type":"read","key":1)").body.find(R"("value": "b")") != std::string::npos);
  CHECK(ask(R"("type":"read","key":"1")").error == 20);
  const std::string_view create =
      R"("type":"cas","key":[1],"from":0,"to":null,"create_if_not_exists":true)";
  CHECK(ask(create).type == "cas_ok");
  CHECK(ask(create).error == 22);
  CHECK(ask(R"("type":"read","key":[ 1 ])").body.find(R"("value": null)") != std::string::npos);
  CHECK(network.now() == 0s);
}

TEST_CASE("lin-kv: what a request lacks is named") {
  Network network({}, serve_lin_kv);
  const auto text = [&](std::string_view members) {
    const auto answer = network.ask("c1", "n0", members);
    CHECK(answer.error == 12);
    return answer.body;
  };
  CHECK(text(R"("type":"read")").find("`key`") != std::string::npos);
  CHECK(text(R"("type":"write","value":1)").find("`key`") != std::string::npos);
  CHECK(text(R"("type":"write","key":1)").find("`value`") != std::string::npos);
  CHECK(text(R"("type":"cas","key":1,"to":1)").find("`from`") != std::string::npos);
  CHECK(text(R"("type":"cas","key":1,"from":1)").find("`to`") != std::string::npos);
  CHECK(text(R"("type":"cas","key":1,"from":1,"to":1,"create_if_not_exists":7)")
            .find("`create_if_not_exists`") != std::string::npos);
  const std::string longest(128 << 10, '1');
  CHECK(text(R"("type":"write","key":1,"value":"x)" + longest + '"').find("`value` is longer") !=
        std::string::npos);
  CHECK(network.ask("c1", "n0", R"("type":"write","key":1,"value":)" + longest).type == "write_ok");
}

TEST_CASE("lin-kv: what only nodes say to each other is refused from others") {
  Network network({.nodes = 3}, serve_lin_kv);
  for (
      const char* members :
      {R"("type":"request_vote","term":9,"is_trial":false,"last_index":0,"last_term":0)",
       R"("type":"append_entries","term":9,"prev_index":0,"prev_term":0,"commit":0,"round":0,"entries":[])",
       R"("type":"forward","commands":[])", R"("type":"read_index","number":1)",
       R"("type":"read_index_is","number":1,"index":1)", R"("type":"append_entries","term":-1)"}) {
    CAPTURE(members);
    CHECK(network.ask("c1", "n0", members).error == 12);
  }
}

TEST_CASE("lin-kv: every node answers for all of them, in its own way") {
  Network network({.nodes = 3, .latency = {Latency::Shape::constant, 10ms}}, serve_lin_kv);
  CHECK(network.ask("c1", "n0", R"("type":"write","key":"k","value":1)").type == "write_ok");
  for (const std::string& node : network.nodes()) {
    CHECK(network.ask("c1", node, R"("type":"read","key":"k")").type == "read_ok");
    CHECK(network.ask("c1", node, R"("type":"cas","key":"k","from":1,"to":1)").type == "cas_ok");
    CHECK(network.ask("c1", node, R"("type":"cas","key":"k","from":2,"to":1)").error == 22);
    CHECK(network.ask("c1", node, R"("type":"read","key":"other")").error == 20);
  }
}

TEST_CASE("lin-kv: what is too deep for the lines between nodes is refused") {
  Network network({.nodes = 3, .latency = {Latency::Shape::constant, 1ms}}, serve_lin_kv);
  const auto write = [&](int depth) {
    const std::string value = std::string(static_cast<std::size_t>(depth), '[') + R"("]\\\"[")" +
                              std::string(static_cast<std::size_t>(depth), ']');
    return network.ask("c1", "n0", R"("type":"write","key":1,"value":)" + value);
  };
  CHECK(write(256).type == "write_ok");
  const auto refused = write(257);
  CHECK(refused.error == 12);
  CHECK(refused.body.find("`value` is nested") != std::string::npos);
  for (const std::string& node : network.nodes()) {
    CHECK(network.ask("c1", node, R"("type":"read","key":1)").type == "read_ok");
  }
}

/// The node that sends append_entries.
std::string leader_of(const std::vector<std::string>& events) {
  const auto last = std::find_if(events.rbegin(), events.rend(), [](const std::string& event) {
    return event.find(R"("type": "append_entries")") != std::string::npos;
  });
  if (last == events.rend()) return {};
  const auto src = last->find(R"("src": ")") + 8;
  return last->substr(src, last->find('"', src) - src);
}

TEST_CASE("lin-kv: a minority says that it cannot answer, and never answers late") {
  std::vector<std::string> events;
  Network network({.nodes = 3,
                   .latency = {Latency::Shape::constant, 5ms},
                   .trace = [&](std::string_view event) { events.emplace_back(event); }},
                  serve_lin_kv);
  network.run_for(kElection);
  const std::string old = leader_of(events);
  REQUIRE_FALSE(old.empty());
  CHECK(network.ask("c1", old, R"("type":"write","key":1,"value":1)").type == "write_ok");
  network.partition({{old}});
  // It is in the leader's log, and may yet be committed, for all that it knows.
  const auto open = network.ask("c1", old, R"("type":"write","key":1,"value":2)");
  CHECK(open.outcome == Outcome::unknown);
  CHECK(open.error == 0);
  const auto refused = network.ask("c1", old, R"("type":"write","key":1,"value":3)");
  CHECK(refused.error == 11);
  CHECK(network.ask("c1", old, R"("type":"read","key":1)").error == 11);
  const std::string other = old == "n0" ? "n1" : "n0";
  CHECK(network.ask("c1", other, R"("type":"cas","key":1,"from":1,"to":4)").type == "cas_ok");
  network.heal();
  network.run_for(kElection);
  CHECK(network.ask("c1", old, R"("type":"cas","key":1,"from":4,"to":5)").type == "cas_ok");
  CHECK(network.traffic().late_answers == 0);
}

LinKvOptions short_logs() {
  LinKvOptions options;
  options.raft.keep_entries = 8;
  options.raft.batch_bytes = 200;
  return options;
}

NetworkOptions network_of(std::uint64_t seed) {
  constexpr Latency kLatencies[] = {{Latency::Shape::constant, 0ms},
                                    {Latency::Shape::constant, 10ms},
                                    {Latency::Shape::uniform, 20ms},
                                    {Latency::Shape::exponential, 20ms},
                                    {Latency::Shape::exponential, 100ms}};
  return {.nodes = seed % 2 == 0 ? 3U : 5U,
          .seed = seed,
          .latency = kLatencies[seed % 5],
          .loss = seed % 3 == 0 ? 0.1 : 0,
          .duplication = seed % 4 == 0 ? 0.2 : 0,
          .services = false};
}

struct Tally {
  std::map<Outcome, std::uint64_t> operations;
  std::uint64_t snapshots = 0;
};

void try_seed(std::uint64_t seed, Tally& tally) {
  Network network(network_of(seed), [](Node& node) { serve_lin_kv_with(node, short_logs()); });
  const auto faults = testing::all_faults();
  testing::Trial trial(network, {.workload = "lin-kv",
                                 .duration = 10s,
                                 .rate = 40,
                                 .clients = 8,
                                 .faults = {faults.begin(), faults.end()},
                                 .fault_interval = 1500ms,
                                 .recovery = kElection});
  trial.start();
  while (!trial.is_over()) network.run_for(1s);
  const auto result = trial.take();
  for (const std::string& fault : result.check.faults) FAIL_CHECK(fault);
  for (const std::string& node : network.nodes()) {
    const auto last = network.ask("c1", node, R"("type":"write","key":"last","value":1)");
    CHECK_MESSAGE(last.type == "write_ok", node, " does not answer when all is well");
    for (const std::string& line : network.take_log(node)) {
      // A node that stood still has no time left.
      CHECK(line.starts_with("warning: a request was dropped at its deadline"));
    }
  }
  for (const auto& operation : result.history.operations()) ++tally.operations[operation.outcome];
  const auto& by_type = network.traffic().by_type;
  const auto chunks = by_type.find("install_snapshot");
  if (chunks != by_type.end()) tally.snapshots += chunks->second;
}

TEST_CASE("lin-kv: histories are linearizable whatever the network does") {
  std::uint64_t seeds = kSeeds;
  if (const char* trials = std::getenv("NARROWS_TRIALS")) seeds = std::stoull(trials);
  Tally tally;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    try_seed(seed, tally);
  }
  auto& [operations, snapshots] = tally;
  MESSAGE("ok ", operations[Outcome::ok], ", failed ", operations[Outcome::failed], ", unknown ",
          operations[Outcome::unknown], ", chunks of snapshots ", snapshots);
  CHECK(operations[Outcome::ok] > operations[Outcome::failed] + operations[Outcome::unknown]);
  CHECK(snapshots > seeds / 2);
}

TEST_CASE("lin-kv: the same seed has the same history") {
  const auto history = [] {
    return testing::simulate({.nodes = 5,
                              .seed = 9,
                              .latency = {Latency::Shape::exponential, 20ms},
                              .loss = 0.1,
                              .duplication = 0.1},
                             {.workload = "lin-kv", .duration = 5s, .recovery = 1s}, serve_lin_kv)
        .history.to_json_lines();
  };
  const std::string once = history();
  CHECK(once.size() > 1000);
  CHECK(history() == once);
}

}  // namespace
}  // namespace narrows::workloads
