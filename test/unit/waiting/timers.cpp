// SPDX-License-Identifier: MIT
// Timers, hooks and background tasks, in virtual time.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;

TEST_CASE("timers: fire once, at their time, in the order of their times") {
  Node node;
  std::vector<std::string> fired;
  std::chrono::nanoseconds at{};
  Harness* clock = nullptr;
  node.after_init([&] {
    node.after(20ms, [&] { fired.emplace_back("b"); });
    node.after(10ms, [&] {
      fired.emplace_back("a");
      at = clock->now();
    });
    node.after(20ms, [&] { fired.emplace_back("c"); });
    node.after(0ms, [&] { fired.emplace_back("0"); });
  });
  Harness harness(node);
  clock = &harness;
  harness.advance(100ms);
  CHECK(fired == std::vector<std::string>{"0", "a", "b", "c"});
  CHECK(at == 10ms);
}

TEST_CASE("timers: periodic ones go on until they are cancelled, also by themselves") {
  Node node;
  int ticks = 0;
  TimerId timer = 0;
  node.after_init([&] {
    timer = node.every(10ms, [&] {
      if (++ticks == 5) node.cancel(timer);
    });
    const TimerId other = node.every(1ms, [&] { ticks += 100; });
    node.cancel(other);
    node.cancel(12'345);
  });
  Harness harness(node);
  harness.advance(30ms);
  CHECK(ticks == 3);
  harness.advance(1s);
  CHECK(ticks == 5);
}

TEST_CASE("timers: jitter spreads them around their period") {
  Options options;
  options.seed = 3;
  Node node(std::move(options));
  Harness* clock = nullptr;
  std::vector<std::chrono::nanoseconds> at;
  node.after_init([&] {
    node.every(
        100ms, [&] { at.push_back(clock->now()); }, 0.2);
  });
  Harness harness(node);
  clock = &harness;
  harness.advance(10s);
  REQUIRE(at.size() > 90);
  CHECK(at[0] != 100ms);  // the first one, too: all nodes begin at about the same time
  CHECK(at.size() < 112);
  std::chrono::nanoseconds least = 1h;
  std::chrono::nanoseconds most{};
  for (std::size_t i = 1; i < at.size(); ++i) {
    least = std::min(least, at[i] - at[i - 1]);
    most = std::max(most, at[i] - at[i - 1]);
  }
  CHECK(least >= 80ms);
  CHECK(least < 90ms);
  CHECK(most <= 120ms);
  CHECK(most > 110ms);
}

TEST_CASE("timers: those of before `init` begin with it") {
  Node node;
  std::vector<std::string> fired;
  node.every(10ms, [&] {
    node.send("n2", message("tick"));
    fired.emplace_back("every");
  });
  node.after(10ms, [&] { fired.emplace_back("after"); });
  node.cancel(node.after(10ms, [&] { fired.emplace_back("cancelled"); }));
  node.after_init([&] { node.after(10ms, [&] { fired.emplace_back("in the hook"); }); });
  Harness harness(node);
  harness.advance(9ms);
  CHECK(fired.empty());
  harness.advance(1ms);
  CHECK(fired == std::vector<std::string>{"every", "after", "in the hook"});
  harness.advance(10ms);
  CHECK(fired.size() == 4);
  CHECK(harness.take().size() == 2);
}

TEST_CASE("timers: a coroutine that is spawned before `init` begins with it") {
  Node node;
  node.spawn([&node]() -> Task<> {
    co_await sleep(10ms);
    node.send("n2", message("awake").set("id", node.id()));
  });
  Harness harness(node);
  harness.advance(10ms);
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].body == R"({"type":"awake","id":"n1"})");
}

TEST_CASE("timers: a spawned function lasts as long as its coroutine") {
  Node node;
  std::vector<std::string> seen;
  node.after_init([&] {
    node.spawn([&seen, name = std::string(100, 'x')]() -> Task<> {
      co_await sleep(10ms);
      seen.push_back(name);
    });
  });
  Harness harness(node);
  harness.advance(10ms);
  CHECK(seen == std::vector<std::string>{std::string(100, 'x')});
}

TEST_CASE("timers: odd times and jitters are refused") {
  Node node;
  CHECK_THROWS_AS(node.after(-1ns, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(node.every(
                      1s, [] {}, 1.5),
                  std::invalid_argument);
  CHECK_THROWS_AS(node.every(
                      1s, [] {}, std::nan("")),
                  std::invalid_argument);
  CHECK_THROWS_AS(node.every(0s, [] {}), std::invalid_argument);
}

TEST_CASE("timers: hooks and ticks may be coroutines") {
  Node node;
  std::vector<std::string> seen;
  node.after_init([&]() -> Task<> {
    seen.emplace_back("begin");
    co_await sleep(10ms);
    seen.emplace_back("end");
  });
  node.after_init([&] {
    node.every(20ms, [&, name = std::string("tick")]() -> Task<> {
      co_await sleep(5ms);
      seen.push_back(name);
    });
  });
  Harness harness(node);
  CHECK(seen == std::vector<std::string>{"begin"});
  harness.advance(50ms);
  CHECK(seen == std::vector<std::string>{"begin", "end", "tick", "tick"});
}

TEST_CASE("timers: what they throw hurts nobody else") {
  Node node;
  int good = 0;
  node.after_init([&] {
    node.every(10ms, [] { throw std::runtime_error("a tick"); });
    node.every(10ms, []() -> Task<> {
      co_await sleep(1ms);
      throw std::runtime_error("a task");
    });
    node.every(10ms, [&] { ++good; });
    throw std::runtime_error("a hook");
  });
  Harness harness(node);
  harness.advance(100ms);
  CHECK(good == 10);
}

TEST_CASE("timers: topology is answered and handed on, and named where it is wrong") {
  Node node;
  Topology topology;
  node.on_topology([&](const Topology& told) { topology = told; });
  Harness harness(node, "n1", {"n1", "n2"});
  harness.request("c1", R"("type":"topology","topology":{"n1":["n2","n3"],"n2":[]})");
  CHECK(harness.take().at(0).type == "topology_ok");
  CHECK(topology == Topology{{"n1", {"n2", "n3"}}, {"n2", {}}});
  for (const char* wrong : {"[]", "{\"n1\":1}", "{\"n1\":[1]}", "null"}) {
    harness.request("c1", R"("type":"topology","topology":)" + std::string(wrong));
    CHECK(harness.take().at(0).body.find("\"code\":12") != std::string::npos);
  }
  CHECK(topology.size() == 2);
}

TEST_CASE("timers: none fires after the end") {
  Node node;
  int ticks = 0;
  node.after_init([&] { node.every(10ms, [&] { ++ticks; }); });
  Harness harness(node);
  harness.advance(10ms);
  harness.end();
  harness.advance(1s);
  CHECK(ticks == 1);
}

}  // namespace
}  // namespace narrows
