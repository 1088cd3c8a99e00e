// SPDX-License-Identifier: MIT
// What outlives what: Rpcs, awaits, Raws, timers and coroutines that end in an unusual order.
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using testing::Sent;

bool has(const Sent& sent, std::string_view part) {
  return sent.body.find(part) != std::string::npos;
}

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
