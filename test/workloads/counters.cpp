// SPDX-License-Identifier: MIT
// g-counter, pn-counter, and the same on seq-kv.
#include <chrono>
#include <cstdint>
#include <limits>
#include <string>

#include "unit/doctest.hpp"
#include "workloads/trials.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Network;

struct Kind {
  const char* name;
  const char* workload;  // whose check it is
  void (*serve)(Node&);
};
constexpr Kind kKinds[] = {
    {"g-counter", "g-counter", serve_g_counter},
    {"g-counter-seq-kv", "g-counter", serve_g_counter_seq_kv},
    {"pn-counter", "pn-counter", serve_pn_counter},
    {"pn-counter-seq-kv", "pn-counter", serve_pn_counter_seq_kv},
};

testing::Answer add(Network& network, const char* node, std::int64_t delta) {
  return network.ask("c1", node, R"("type":"add","delta":)" + std::to_string(delta));
}

std::int64_t value(Network& network, const std::string& node) {
  const auto answer = network.ask("c1", node, R"("type":"read")");
  CHECK(answer.type == "read_ok");
  return std::stoll(std::string(Raw::checked(answer.body).find("value")->text()));
}

TEST_CASE("counters: whatever the network does, the sum is that of all adds in the end") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    try_seeds(kind.workload, kSeeds, kind.serve);
  }
}

TEST_CASE("counters: an add is refused rather than that a sum overflows") {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Network network({.nodes = 2}, kind.serve);
    CHECK(add(network, "n0", kMost / 2).type == "add_ok");
    CHECK(add(network, "n1", kMost / 2).type == "add_ok");
    CHECK(add(network, "n0", 1).error == 14);
    network.run_for(1s);
    CHECK(value(network, "n0") == kMost - 1);
    CHECK(value(network, "n1") == kMost - 1);
    if (std::string(kind.workload) == "g-counter") continue;
    CHECK(add(network, "n0", std::numeric_limits<std::int64_t>::min()).error == 14);
    CHECK(add(network, "n0", -kMost / 2).type == "add_ok");
    network.run_for(1s);
    CHECK(value(network, "n1") == kMost / 2);
  }
}

TEST_CASE("counters: what makes no sense is refused by name") {
  for (const Kind& kind : kKinds) {
    CAPTURE(kind.name);
    Network network({}, kind.serve);
    for (const char* delta :
         {"", R"(,"delta":1.5)", R"(,"delta":"1")", R"(,"delta":9223372036854775808)"}) {
      const auto answer = network.ask("c1", "n0", std::string(R"("type":"add")") + delta);
      CHECK(answer.error == 12);
      CHECK(answer.body.find("`delta`") != std::string::npos);
    }
    const bool only_grows = std::string(kind.workload) == "g-counter";
    CHECK(add(network, "n0", -1).error == (only_grows ? 12 : -1));
    CHECK(value(network, "n0") == (only_grows ? 0 : -1));
  }
}

TEST_CASE("counters on seq-kv: a read shows each add that was acknowledged before") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Network network({.nodes = 3, .seed = seed, .latency = {.mean = 5ms}}, serve_g_counter_seq_kv);
    std::int64_t sum = 0;
    for (int i = 0; i < 30; ++i) {
      const std::string node = network.nodes()[network.random(3)];
      CHECK(add(network, node.c_str(), i).type == "add_ok");
      CHECK(value(network, network.nodes()[network.random(3)]) == (sum += i));
    }
  }
}

TEST_CASE("counters on seq-kv: what is carried out after its timeout counts once") {
  using Shape = testing::Latency::Shape;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const testing::TrialOptions options{
        .workload = "pn-counter", .duration = 20s, .rate = 5, .recovery = 15s};
    const auto check = try_out({.nodes = 3, .seed = seed, .latency = {Shape::exponential, 400ms}},
                               options, serve_pn_counter_seq_kv);
    CAPTURE(seed);
    CHECK(faults_of(check) == "");
  }
}

}  // namespace
}  // namespace narrows::workloads
