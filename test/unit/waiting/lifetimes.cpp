// SPDX-License-Identifier: MIT
// What outlives what: Rpcs, awaits, Raws, timers and coroutines that end in an unusual order.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"
#include "unit/has.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using test::has;
using testing::Harness;
using testing::Sent;

std::string late_replies(Harness& harness) {
  harness.request("c9", R"("type":"bench_stats")");
  const std::string body = harness.take().back().body;
  const std::size_t at = body.find("\"late_replies\":");
  return body.substr(at + 15, body.find_first_of(",}", at) - at - 15);
}

TEST_CASE("lifetimes: a handler that fills a batch with messages has room for its reply") {
  Node node;
  node.on("flood", [&](const Request& request) {
    for (std::int64_t i = request.integer("count"); i > 0; --i) node.send("n2", message("note"));
    return reply("flood_ok").set("a", 1).set("b", 2).set("c", 3).set("d", 4);
  });
  node.on("wide", [&](const Request& request) {
    for (std::int64_t i = request.integer("count"); i > 0; --i) {
      Reply note = message("note");
      for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"})
        note.set(Name::lasting(name), 1);
      node.send("n2", note);
    }
    return reply("wide_ok").set("a", 1).set("b", 2).set("c", 3).set("d", 4);
  });
  Harness harness(node);
  for (const int count : {1022, 1023, 1024, 1025, 2047, 2048}) {
    harness.request("c1", R"("type":"flood","count":)" + std::to_string(count));
    const auto sent = harness.take();
    REQUIRE(sent.size() == static_cast<std::size_t>(count) + 1);
    CHECK(has(sent.back(), R"("a":1,"b":2,"c":3,"d":4)"));
  }
  for (const int count : {254, 255, 256, 257, 512}) {
    harness.request("c1", R"("type":"wide","count":)" + std::to_string(count));
    const auto sent = harness.take();
    REQUIRE(sent.size() == static_cast<std::size_t>(count) + 1);
    CHECK(has(sent.back(), R"("a":1,"b":2,"c":3,"d":4)"));
  }
}

TEST_CASE("lifetimes: an answer may set off as many messages as a batch holds") {
  Node node;
  node.on("ask", [&](const Request& request) {
    const std::int64_t count = request.integer("count");
    node.rpc("n2", message("read"), 1s, [&node, count](const RpcResult&) {
      for (std::int64_t i = 0; i < count; ++i) node.send("n3", message("note"));
    });
    return reply("ask_ok");
  });
  Harness harness(node);
  for (const int count : {1023, 1024, 1025, 2048}) {
    harness.request("c1", R"("type":"ask","count":)" + std::to_string(count));
    const auto asked = harness.take();
    REQUIRE(asked.size() == 2);
    harness.answer(asked[0], R"("type":"read_ok")");
    CHECK(harness.take().size() == static_cast<std::size_t>(count));
  }
}

TEST_CASE("lifetimes: who awaited an Rpc may be gone when its answer comes") {
  Node node;
  std::optional<Rpc> slow;
  struct Parts {
    static Task<int> of(Rpc& rpc) { co_return static_cast<int>((co_await rpc).integer("value")); }
    static Task<int> at_once() {
      co_await sleep(1ms);
      co_return 7;
    }
  };
  node.on("race", [&](const Request&) -> Task<Reply> {
    slow.emplace(node.rpc("n2", message("read"), 2s));
    std::vector<Task<int>> both;
    both.push_back(Parts::of(*slow));
    both.push_back(Parts::at_once());
    const int first = co_await any(std::move(both));
    co_return reply("race_ok").set("first", first);
  });
  node.on("again", [&](const Request&) -> Task<Reply> {
    const int value = co_await Parts::of(*slow);
    co_return reply("again_ok").set("value", value);
  });
  Harness harness(node);
  harness.request("c1", R"("type":"race")");
  const auto asked = harness.take();
  REQUIRE(asked.size() == 1);
  harness.advance(1ms);
  auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], R"("first":7)"));
  harness.answer(asked[0], R"("type":"read_ok","value":42)");
  harness.request("c1", R"("type":"again")");
  sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], R"("value":42)"));
}

TEST_CASE("lifetimes: an Rpc that moves while it is awaited is still answered") {
  Node node;
  std::optional<Rpc> first;
  std::optional<Rpc> second;
  node.on("ask", [&](const Request&) -> Task<Reply> {
    first.emplace(node.rpc("n2", message("read")));
    const Response response = co_await *first;
    co_return reply("ask_ok").raw("value", response.raw("value"));
  });
  node.on("move", [&](const Request&) {
    second.emplace(std::move(*first));
    first.reset();
    return reply("move_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"ask")");
  const auto asked = harness.take();
  harness.request("c1", R"("type":"move")");
  static_cast<void>(harness.take());
  harness.answer(asked.at(0), R"("type":"read_ok","value":42)");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], R"("value":42)"));
}

TEST_CASE("lifetimes: an Rpc that is dropped while it is awaited fails whoever awaits it") {
  Node node;
  std::optional<Rpc> rpc;
  node.on("ask", [&](const Request&) -> Task<Reply> {
    rpc.emplace(node.rpc("n2", message("read")));
    const Response response = co_await *rpc;
    co_return reply("ask_ok");
  });
  node.on("drop", [&](const Request&) {
    rpc.reset();
    return reply("drop_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"ask")");
  const auto asked = harness.take();
  harness.request("c1", R"("type":"drop")");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  CHECK(has(sent[1], R"("code":13,"text":"the Rpc was destroyed while it was awaited")"));
  harness.answer(asked.at(0), R"("type":"read_ok")");
  CHECK(late_replies(harness) == "1");
}

TEST_CASE("lifetimes: an Rpc may be dropped between its await's cancellation and its end") {
  Node node;
  std::optional<Rpc> rpc;
  node.on("drop", [&](const Request&) -> Task<Reply> {
    try {
      co_await sleep(1min);
    } catch (const Cancelled&) {
      rpc.reset();
    }
    co_return reply("drop_ok");
  });
  node.on("ask", [&](const Request&) -> Task<Reply> {
    rpc.emplace(node.rpc("n2", message("read")));
    const Response response = co_await *rpc;
    co_return reply("ask_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"drop")");
  harness.request("c1", R"("type":"ask")");
  static_cast<void>(harness.take());
  harness.end();
  const auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].type == "drop_ok");
  CHECK(has(sent[1], "a wait was cancelled: the node has ended"));
}

TEST_CASE("lifetimes: a second answer is late also while the Rpc still stands") {
  Node node;
  node.on("ask", [&](const Request&) -> Task<Reply> {
    Rpc rpc = node.rpc("n2", message("read"));
    const Response response = co_await rpc;
    co_await sleep(1s);
    co_return reply("ask_ok").raw("value", response.raw("value"));
  });
  Harness harness(node);
  harness.request("c1", R"("type":"ask")");
  const auto asked = harness.take();
  harness.answer(asked.at(0), R"("type":"read_ok","value":1)");
  harness.answer(asked.at(0), R"("type":"read_ok","value":2)");
  CHECK(late_replies(harness) == "1");
  harness.advance(1s);
  CHECK(has(harness.take().at(0), R"("value":1)"));
}

TEST_CASE("lifetimes: an Rpc may outlive its node") {
  std::vector<Rpc> kept;
  {
    Node node;
    node.on("ask", [&](const Request&) {
      kept.push_back(node.rpc("n2", message("read")));
      kept.push_back(node.rpc("n3", message("read")));
      return reply("ask_ok");
    });
    Harness harness(node);
    harness.request("c1", R"("type":"ask")");
    CHECK(harness.take().size() == 3);
  }
  CHECK(kept.at(1).msg_id() == 2);
  kept.erase(kept.begin());
  CHECK(kept.at(0).msg_id() == 2);
}

TEST_CASE("lifetimes: a reply may have a Raw of another request, which ends before it leaves") {
  Node node;
  std::optional<Raw> kept;
  node.on("keep", [&](const Request& request) -> Task<Reply> {
    kept = request.raw("value");
    const Response response = co_await node.rpc("n2", message("read"));
    co_return reply("keep_ok");
  });
  node.on("give", [&](const Request& request) -> Task<Reply> {
    co_return reply("give_ok").raw("value", *kept).raw("own", request.raw("own"));
  });
  Harness harness(node);
  harness.request("c1", R"("type":"keep","value":"abcdefghijklmnopqrstuvwxyz")");
  const auto asked = harness.take();
  REQUIRE(asked.size() == 1);
  // One batch: it is written when all three have been looked at. The last takes the first's memory.
  const std::string number = std::to_string(asked[0].msg_id);
  harness.feed(
      R"({"src":"c2","dest":"n1","body":{"type":"give","own":[1,2],"msg_id":7}})"
      "\n"
      R"({"src":"n2","dest":"n1","body":{"type":"read_ok","in_reply_to":)" +
      number +
      "}}\n"
      R"({"src":"c1","dest":"n1","body":{"type":"keep","value":"0123456789012345678901234","msg_id":9}})"
      "\n");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(has(sent[0], R"("value":"abcdefghijklmnopqrstuvwxyz","own":[1,2])"));
}

TEST_CASE("lifetimes: a tick keeps its function's state") {
  Node node;
  std::vector<int> counts;
  node.after_init(
      [&] { node.every(10ms, [&counts, count = 0]() mutable { counts.push_back(++count); }); });
  Harness harness(node);
  harness.advance(35ms);
  CHECK(counts == std::vector<int>{1, 2, 3});
}

}  // namespace
}  // namespace narrows
