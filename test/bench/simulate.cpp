// SPDX-License-Identifier: MIT
// How many events a second a simulated network gets through: nodes that pass on what they are told,
// on a ring with chords, a timer each, and clients that ask.
//
// Usage: simulate [NODES [SECONDS OF VIRTUAL TIME]]; prints events a second of wall time.
// Checks its own result: in the end every node has heard of every number.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "narrows/testing/network.hpp"

namespace {

using namespace std::chrono_literals;
using narrows::Node;
using narrows::reply;
using narrows::Reply;
using narrows::Request;
using narrows::testing::Answer;
using narrows::testing::Latency;
using narrows::testing::Network;

struct Heard {
  std::set<std::int64_t> numbers;
};

/// Tells a number to four others as soon as it is new, and the last one again now and then.
void serve(Node& node, Heard& heard) {
  const auto hear = [&node, &heard](std::int64_t number) {
    if (!heard.numbers.insert(number).second) return;
    const std::size_t own = std::stoul(node.id().substr(1));
    for (const std::size_t far : {1U, 3U, 7U, 12U}) {
      const std::string& other = node.node_ids()[(own + far) % node.node_ids().size()];
      node.send(other, reply("hear").set("number", number));
    }
  };
  node.on("tell", [hear](const Request& request) {
    hear(request.integer("number"));
    return reply("tell_ok");
  });
  node.on("hear", [hear](const Request& request) {
    hear(request.integer("number"));
    return Reply::none();
  });
  node.every(50ms, [&node, &heard] {
    if (heard.numbers.empty()) return;
    const std::size_t own = std::stoul(node.id().substr(1));
    node.send(node.node_ids()[(own + 1) % node.node_ids().size()],
              reply("hear").set("number", *heard.numbers.rbegin()));
  });
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t nodes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 25;
  const std::size_t seconds = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 20;
  std::vector<std::unique_ptr<Heard>> heard;
  using Clock = std::chrono::steady_clock;
  const auto seconds_since = [](Clock::time_point begin) {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  const auto begin = Clock::now();
  Network network({.nodes = nodes, .latency = {Latency::Shape::exponential, 100ms}},
                  [&](Node& node) { serve(node, *heard.emplace_back(new Heard)); });
  const double setup = seconds_since(begin);
  const auto running = Clock::now();
  std::size_t answers = 0;
  const std::size_t asked = 100 * seconds;
  for (std::size_t i = 0; i < asked; ++i) {
    network.request("c1", network.nodes()[network.random(nodes)],
                    R"("type":"tell","number":)" + std::to_string(i),
                    [&](const Answer& answer) { answers += answer.type == "tell_ok" ? 1U : 0U; });
    network.run_for(10ms);
  }
  network.run_for(10s);
  const double took = seconds_since(running);
  bool is_complete = answers == asked;
  for (const auto& node : heard) is_complete = is_complete && node->numbers.size() == asked;
  if (!is_complete) {
    std::fputs("simulate: not every node has heard everything\n", stderr);
    return 1;
  }
  const auto events = static_cast<double>(network.traffic().events);
  std::fprintf(stderr, "%zu nodes made in %.1f ms; %.0f events in %.2f s\n", nodes, setup * 1e3,
               events, took);
  std::printf("%.0f\n", events / took);
  return 0;
}
