// SPDX-License-Identifier: MIT
// How long messages take, and how many are lost or come twice. All of it is drawn from fixed seeds.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>
#include <vector>

#include "narrows/testing/network.hpp"
#include "testing/random_source.hpp"
#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr int kDraws = 100'000;

std::vector<double> drawn_ms(Latency::Shape shape) {
  RandomSource random(3);
  std::vector<double> drawn;
  drawn.reserve(kDraws);
  for (int i = 0; i < kDraws; ++i) {
    drawn.push_back(static_cast<double>(random.draw({shape, 10ms}).count()) / 1e6);
  }
  std::sort(drawn.begin(), drawn.end());
  return drawn;
}

double mean(const std::vector<double>& of) {
  double sum = 0;
  for (const double value : of) sum += value;
  return sum / static_cast<double>(of.size());
}

double at(const std::vector<double>& sorted, double part) {
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size()))];
}

TEST_CASE("network: a constant latency is its mean") {
  const auto drawn = drawn_ms(Latency::Shape::constant);
  CHECK(drawn.front() == 10);
  CHECK(drawn.back() == 10);
}

TEST_CASE("network: uniform latencies are spread evenly up to twice the mean") {
  const auto drawn = drawn_ms(Latency::Shape::uniform);
  CHECK(drawn.front() >= 0);
  CHECK(drawn.back() <= 20);
  CHECK(mean(drawn) == doctest::Approx(10).epsilon(0.01));
  for (const double part : {0.1, 0.25, 0.5, 0.75, 0.9}) {
    CHECK(at(drawn, part) == doctest::Approx(20 * part).epsilon(0.02));
  }
}

TEST_CASE("network: exponential latencies have the quantiles of the exponential distribution") {
  const auto drawn = drawn_ms(Latency::Shape::exponential);
  CHECK(mean(drawn) == doctest::Approx(10).epsilon(0.01));
  for (const double part : {0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999}) {
    CHECK(at(drawn, part) == doctest::Approx(-10 * std::log(1 - part)).epsilon(0.05));
  }
}

TEST_CASE("network: a mean of 0 is no latency, a long one is drawn whole") {
  RandomSource random(3);
  for (const auto shape :
       {Latency::Shape::constant, Latency::Shape::uniform, Latency::Shape::exponential}) {
    CHECK(random.draw({shape, 0ns}) == 0ns);
  }
  nanoseconds longest{0};
  for (int i = 0; i < 100; ++i) {
    longest = std::max(longest, random.draw({Latency::Shape::exponential, 24h}));
  }
  CHECK(longest > 48h);
  CHECK(longest < 480h);
}

TEST_CASE("network: random numbers are these, on every machine") {
  RandomSource random(1);
  RandomSource other(1, 1);
  CHECK(random.next() != other.next());
  std::uint64_t sum = 0;
  for (int i = 0; i < 1000; ++i) {
    sum = sum * 31 +
          static_cast<std::uint64_t>(random.draw({Latency::Shape::exponential, 100ms}).count());
  }
  CHECK(sum == 14224011037887206369U);
}

/// A node that sends numbers to n1, which notes them.
struct Flood {
  explicit Flood(NetworkOptions options)
      : network(std::move(options), [this](Node& node) {
          node.on("flood", [&node](const Request&) {
            for (int i = 0; i < kMessages; ++i) node.send("n1", reply("drop").set("number", i));
            return reply("flood_ok");
          });
          node.on("drop", [this](const Request& request) {
            numbers.push_back(static_cast<int>(request.integer("number")));
            return Reply::none();
          });
        }) {
    CHECK(network.ask("c1", "n0", R"("type":"flood")").type == "flood_ok");
    CHECK(network.run_until_idle(100s));
  }
  static constexpr int kMessages = 10'000;
  std::vector<int> numbers;
  Network network;
};

TEST_CASE("network: as many messages are lost as the chance says, and the others arrive once") {
  Flood flood({.nodes = 2, .latency = {.mean = 1ms}, .loss = 0.2});
  const auto lost = static_cast<double>(flood.network.traffic().lost);
  CHECK(lost == doctest::Approx(0.2 * Flood::kMessages).epsilon(0.1));
  CHECK(flood.numbers.size() + flood.network.traffic().lost == Flood::kMessages);
  CHECK(std::is_sorted(flood.numbers.begin(), flood.numbers.end()));
  CHECK(std::adjacent_find(flood.numbers.begin(), flood.numbers.end()) == flood.numbers.end());
}

TEST_CASE("network: as many messages come twice as the chance says, and none thrice") {
  Flood flood({.nodes = 2, .latency = {Latency::Shape::uniform, 1ms}, .duplication = 0.2});
  const auto duplicated = flood.network.traffic().duplicated;
  CHECK(static_cast<double>(duplicated) == doctest::Approx(0.2 * Flood::kMessages).epsilon(0.1));
  CHECK(flood.numbers.size() == Flood::kMessages + duplicated);
  CHECK_FALSE(std::is_sorted(flood.numbers.begin(), flood.numbers.end()));  // they overtake
  std::sort(flood.numbers.begin(), flood.numbers.end());
  for (std::size_t i = 2; i < flood.numbers.size(); ++i) {
    CHECK(flood.numbers[i] != flood.numbers[i - 2]);
  }
}

TEST_CASE("network: all or nothing is lost with a chance of 1 or 0") {
  CHECK(Flood({.nodes = 2, .loss = 1}).numbers.empty());
  Flood whole({.nodes = 2, .duplication = 1});
  CHECK(whole.numbers.size() == 2 * Flood::kMessages);
  CHECK(whole.network.traffic().lost == 0);
}

TEST_CASE("network: nothing of clients and services is lost or comes twice") {
  const auto serve = [](Node& node) {
    node.on("read", [&node](const Request&) -> Task<Reply> {
      co_await node.rpc("lin-kv", reply("write").set("key", 1).set("value", 2));
      co_return reply("read_ok");
    });
  };
  Network network({.latency = {.mean = 1ms}, .loss = 1, .duplication = 1}, serve);
  for (int i = 0; i < 10; ++i) CHECK(network.ask("c1", "n0", R"("type":"read")").type == "read_ok");
  CHECK(network.now() == 20ms);
  CHECK(network.traffic().service_messages == 20);
  CHECK(network.traffic().client_messages == 20);
  CHECK(network.traffic().late_answers == 0);
}

}  // namespace
}  // namespace narrows::testing
