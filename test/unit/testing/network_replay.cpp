// SPDX-License-Identifier: MIT
// The same seed is the same history, byte for byte.
#include <chrono>
#include <cstdint>
#include <set>
#include <string>

#include "narrows/kv.hpp"
#include "narrows/testing/network.hpp"
#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;

/// Gossips what it was told, and counts on seq-kv, at times with jitter.
void serve(Node& node) {
  struct State {
    explicit State(Node& node) : kv(node) {}
    std::set<std::int64_t> numbers;
    SeqKv kv;
  };
  auto state = std::make_shared<State>(node);
  node.on("add", [state](const Request& request) -> Task<Reply> {
    const std::int64_t number = request.integer("number");
    state->numbers.insert(number);
    co_await state->kv.update<std::int64_t>("total", 0,
                                            [number](std::int64_t old) { return old + number; });
    co_return reply("add_ok");
  });
  node.on("gossip", [state](const Request& request) {
    for (const Raw item : request.find("numbers")->items()) {
      state->numbers.insert(std::stoll(std::string(item.text())));
    }
    return Reply::none();
  });
  node.every(
      20ms,
      [state, &node] {
        for (const std::string& other : node.node_ids()) {
          if (other == node.id()) continue;
          node.send(other, reply("gossip").set("numbers", state->numbers));
        }
      },
      0.5);
}

/// All that happened, a line an event.
std::string trace_of(std::uint64_t seed) {
  std::string trace;
  NetworkOptions options{.nodes = 5,
                         .seed = seed,
                         .latency = {Latency::Shape::exponential, 10ms},
                         .loss = 0.1,
                         .duplication = 0.1};
  options.trace = [&](std::string_view event) { trace.append(event).append("\n"); };
  Network network(std::move(options), serve);
  for (int i = 0; i < 20; ++i) {
    const std::string& node = network.nodes()[network.random(5)];
    network.request("c" + std::to_string(i % 3), node,
                    R"("type":"add","number":)" + std::to_string(i), [](const Answer&) {});
    if (i == 5) network.partition({{"n0", "n1"}, {"n2", "n3", "n4"}});
    if (i == 8) network.pause(network.nodes()[network.random(5)]);
    if (i == 12) network.heal();
    network.run_for(10ms);
  }
  for (const std::string& node : network.nodes()) network.resume(node);
  network.run_for(200ms);
  return trace;
}

/// FNV-1a, 64 bits.
std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  for (const char byte : text) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001B3U;
  return hash;
}

TEST_CASE("network: the same seed gives the same events, another seed others") {
  const std::string trace = trace_of(1);
  CHECK(trace == trace_of(1));
  CHECK(trace != trace_of(2));
  for (const char* what : {" deliver ", " wake ", " lose ", " duplicate ", " cut ", " hold ",
                           " pause ", " resume ", "\"cas\"", "\"gossip\""}) {
    CAPTURE(what);
    CHECK(trace.find(what) != std::string::npos);
  }
}

// What another machine is held to. Nodes that write a message in another way, or draw their jitter
// otherwise, change it: look at the trace, then accept.
TEST_CASE("network: one seed's events are these") {
  const std::string trace = trace_of(42);
  CHECK(trace.size() == 92295);
  CHECK(hash_of(trace) == 11253145583818648696U);
}

TEST_CASE("network: what the caller draws changes nothing for the nodes") {
  const auto trace_with = [](int draws) {
    std::string trace;
    NetworkOptions options{.nodes = 3, .latency = {Latency::Shape::uniform, 10ms}, .loss = 0.5};
    options.trace = [&](std::string_view event) { trace.append(event).append("\n"); };
    Network network(std::move(options), serve);
    for (int i = 0; i < draws; ++i) CHECK(network.random(10) < 10);
    network.run_for(200ms);
    return trace;
  };
  CHECK(trace_with(0) == trace_with(100));
}

}  // namespace
}  // namespace narrows::testing
