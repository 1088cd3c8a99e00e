// SPDX-License-Identifier: MIT
// Requests of the node's own: sent, answered, late, lost; alone and several at once.
#include <malloc.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"
#include "unit/has.hpp"
#include "unit/sanitized.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using test::has;
using testing::Harness;
using testing::Sent;

/// Serves `ask`: asks n2, answers with what that said.
void serve_ask(Node& node) {
  node.on("ask", [&node](const Request& request) -> Task<Reply> {
    const Response response =
        co_await node.rpc("n2", message("read").raw("key", request.raw("key")), 500ms);
    co_return reply("ask_ok").raw("value", response.raw("value"));
  });
}

TEST_CASE("rpcs: a request goes out, its answer comes back to whoever awaits it") {
  Node node;
  serve_ask(node);
  Harness harness(node);
  const auto first = harness.request("c1", R"("type":"ask","key":"a")");
  const auto second = harness.request("c2", R"("type":"ask","key":"b")");
  const auto asked = harness.take();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].dest == "n2");
  CHECK(asked[0].in_reply_to == -1);
  CHECK(has(asked[0], R"("type":"read","key":"a")"));
  CHECK(asked[1].msg_id == asked[0].msg_id + 1);
  harness.answer(asked[1], R"("type":"read_ok","value":[2])");
  harness.answer(asked[0], R"("type":"read_ok","value":"one")");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].in_reply_to == second);
  CHECK(has(sent[0], R"("value":[2])"));
  CHECK(sent[1].in_reply_to == first);
  CHECK(has(sent[1], R"("value":"one")"));
}

TEST_CASE("rpcs: what one node's harness took is delivered to another's, and the answer back") {
  Node asking;
  serve_ask(asking);
  Node asked;
  asked.on("read", [](const Request& request) {
    return reply("read_ok").raw("value", request.raw("key")).set("from", request.src());
  });
  Harness first(asking, "n1", {"n1", "n2"});
  Harness second(asked, "n2", {"n1", "n2"});
  const auto id = first.request("c1", R"("type":"ask","key":{"a\"":[1.50]})");
  for (const Sent& sent : first.take()) second.deliver(sent);
  const auto answers = second.take();
  REQUIRE(answers.size() == 1);
  CHECK(has(answers[0], R"("from":"n1")"));
  first.deliver(answers[0]);
  const auto sent = first.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].in_reply_to == id);
  CHECK(has(sent[0], R"({"a\"":[1.50]})"));
}

TEST_CASE("rpcs: the harness refuses what is no JSON, and answers that nobody waits for") {
  Node node;
  node.on("tell", [&](const Request&) { node.send("n2", message("note")); });
  Harness harness(node);
  CHECK_THROWS_AS(harness.request("c1", R"({"type":"tell"})"), std::invalid_argument);
  CHECK_THROWS_AS(harness.request("c1", R"("type":tell)"), std::invalid_argument);
  harness.request("c1", R"("type":"tell")");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK_THROWS_AS(harness.answer(sent[0], R"("type":"note_ok")"), std::invalid_argument);
}

TEST_CASE("rpcs: an error that comes as an answer is thrown, with its code, also an unknown one") {
  Node node;
  serve_ask(node);
  Harness harness(node);
  std::vector<Sent> sent;
  for (const char* body : {R"("type":"error","code":20,"text":"no such key")",
                           R"("type":"error","code":1234,"text":"mine")", R"("type":"error")"}) {
    harness.request("c1", R"("type":"ask","key":1)");
    harness.answer(harness.take().at(0), body);
    sent.push_back(harness.take().at(0));
  }
  REQUIRE(sent.size() == 3);
  CHECK(has(sent[0], R"("code":20,"text":"no such key")"));
  CHECK(has(sent[1], R"("code":1234,"text":"mine")"));
  CHECK(has(sent[2], R"("code":13,)"));
}

TEST_CASE("rpcs: without an answer in time it fails with a timeout; late and second ones count") {
  Node node;
  serve_ask(node);
  Harness harness(node);
  harness.request("c1", R"("type":"ask","key":1)");
  const Sent asked = harness.take().at(0);
  harness.advance(500ms);
  auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], R"("code":0,"text":"no answer came in time")"));
  harness.answer(asked, R"("type":"read_ok","value":1)");
  CHECK(harness.take().empty());
  harness.request("c1", R"("type":"ask","key":1)");
  const Sent again = harness.take().at(0);
  harness.answer(again, R"("type":"read_ok","value":1)");
  harness.answer(again, R"("type":"read_ok","value":2)");
  sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], R"("value":1)"));
  harness.request("c1", R"("type":"bench_stats")");
  CHECK(has(harness.take().at(0), "\"late_replies\":2"));
}

TEST_CASE("rpcs: an answer that is there when the time is up counts, not the time") {
  Node node;
  serve_ask(node);
  Harness harness(node);
  harness.request("c1", R"("type":"ask","key":1)");
  const Sent asked = harness.take().at(0);
  harness.advance(500ms - 1ns);
  harness.answer(asked, R"("type":"read_ok","value":1)");
  harness.advance(1s);
  CHECK(harness.take().at(0).type == "ask_ok");
}

TEST_CASE("rpcs: several are on their way at once, and may be answered before they are awaited") {
  Node node;
  node.on("both", [&](const Request&) -> Task<Reply> {
    Rpc first = node.rpc("n2", message("read"));
    Rpc second = node.rpc("n3", message("read"));
    const std::int64_t late = (co_await second).integer("value");
    co_await sleep(10ms);
    const std::int64_t early = (co_await first).integer("value");
    co_return reply("both_ok").set("sum", early + late);
  });
  Harness harness(node);
  harness.request("c1", R"("type":"both")");
  const auto asked = harness.take();
  REQUIRE(asked.size() == 2);
  harness.answer(asked[0], R"("type":"read_ok","value":1)");
  harness.answer(asked[1], R"("type":"read_ok","value":20)");
  harness.advance(10ms);
  CHECK(has(harness.take().at(0), "\"sum\":21"));
}

TEST_CASE("rpcs: a callback gets the answer, or the error that came instead") {
  Node node;
  std::vector<std::string> seen;
  node.after_init([&] {
    for (const char* dest : {"n2", "n3", "n4"}) {
      node.rpc(dest, message("hello"), 100ms, [&seen, dest](const RpcResult& result) {
        seen.push_back(dest + std::string(result.is_error()
                                              ? " " + std::string(result.error().text())
                                              : " said " + result.response().text("x")));
      });
    }
  });
  Harness harness(node);
  const auto asked = harness.take();
  CHECK(asked.empty());  // the harness has taken what came with init
  harness.advance(100ms);
  CHECK(seen == std::vector<std::string>{"n2 no answer came in time", "n3 no answer came in time",
                                         "n4 no answer came in time"});
}

TEST_CASE("rpcs: a send has no msg_id and wants no answer; odd names are escaped") {
  Node node;
  node.on("tell", [&](const Request& request) {
    node.send("n\"2\\", message("note").set("text", "a\"b"));
    node.send("n3", message("note").raw("x", request.raw("x")));
    return reply("tell_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"tell","x":[1, 2])");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].dest == "n\"2\\");
  CHECK(sent[0].body == R"({"type":"note","text":"a\"b"})");
  CHECK(sent[1].body == R"({"type":"note","x":[1,2]})");
  CHECK(sent[2].type == "tell_ok");
  CHECK(sent[2].msg_id == 1);
}

TEST_CASE("rpcs: many messages of one handler leave in order, whatever batches they take") {
  Node node;
  node.on("flood", [&](const Request&) {
    for (int i = 0; i < 5'000; ++i) node.send("n2", message("note").set("i", i));
    return reply("flood_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"flood")");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 5'001);
  for (std::size_t i = 0; i < 5'000; ++i) {
    REQUIRE(sent[i].body == R"({"type":"note","i":)" + std::to_string(i) + "}");
  }
  CHECK(sent.back().type == "flood_ok");
}

TEST_CASE("rpcs: nothing can be sent before init, and what is too large is refused") {
  Node node;
  CHECK_THROWS_AS(node.send("n2", message("x")), std::logic_error);
  CHECK_THROWS_AS(static_cast<void>(node.rpc("n2", message("x"))), std::logic_error);
  std::string why;
  node.on("big", [&](const Request&) {
    try {
      node.send("n2", message("x").set("text", std::string(5 << 20, 'x')));
    } catch (const std::length_error& error) {
      why = error.what();
    }
    return reply("big_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"big")");
  CHECK(why == "the message is too large");
  CHECK(harness.take().size() == 1);
}

TEST_CASE("rpcs: more than may be on their way are refused with error 11") {
  Options options;
  options.max_pending_rpcs = 2;
  Node node(std::move(options));
  serve_ask(node);
  Harness harness(node);
  for (int i = 0; i < 3; ++i) harness.request("c1", R"("type":"ask","key":1)");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(has(sent[2], "\"code\":11"));
}

TEST_CASE("rpcs: answers that nobody has taken take no more bytes than the pool may have") {
  Options options;
  options.max_line_bytes = 1 << 20;
  options.pool_bytes = least_pool_bytes(options.max_line_bytes);
  const std::size_t room = options.pool_bytes;
  const std::string value(500'000, 'x');
  const std::size_t count = room / value.size() + 4;
  Node node(std::move(options));
  int taken = 0;
  int lost = 0;
  node.on("ask", [&](const Request&) -> Task<Reply> {
    std::vector<Rpc> rpcs;
    for (std::size_t i = 0; i < count; ++i) rpcs.push_back(node.rpc("n2", message("read"), 1min));
    co_await sleep(1s);
    for (Rpc& rpc : rpcs) {
      try {
        co_await rpc;
        ++taken;
      } catch (const Error& error) {
        CHECK(error.code() == static_cast<int>(ErrorCode::crash));
        CHECK_FALSE(error.is_definite());
        ++lost;
      }
    }
    co_return reply("ask_ok");
  });
  Harness harness(node);
  for (int round = 1; round <= 2; ++round) {  // what was taken gives its room back
    harness.request("c1", R"("type":"ask")");
    for (const Sent& sent : harness.take()) {
      harness.answer(sent, R"("type":"read_ok","value":")" + value + "\"");
    }
    harness.advance(1s);
    CHECK(harness.take().size() == 1);
    CHECK(taken + lost == round * static_cast<int>(count));
    CHECK(lost >= 4 * round);
    CHECK(lost <= 6 * round);
  }
}

TEST_CASE("rpcs: all, in a tuple or a vector; the first failure ends it") {
  Node node;
  node.on("two", [&](const Request&) -> Task<Reply> {
    auto [a, b] = co_await all(node.rpc("n2", message("read")), node.rpc("n3", message("read")));
    co_return reply("two_ok").set("sum", a.integer("value") + b.integer("value"));
  });
  node.on("many", [&](const Request&) -> Task<Reply> {
    std::vector<Rpc> rpcs;
    rpcs.reserve(5);
    for (int i = 0; i < 5; ++i) rpcs.push_back(node.rpc("n2", message("read")));
    std::int64_t sum = 0;
    for (const Response& each : co_await all(std::move(rpcs))) sum += each.integer("value");
    co_return reply("many_ok").set("sum", sum);
  });
  Harness harness(node);
  harness.request("c1", R"("type":"two")");
  auto asked = harness.take();
  harness.answer(asked.at(1), R"("type":"read_ok","value":2)");
  harness.answer(asked.at(0), R"("type":"read_ok","value":1)");
  CHECK(has(harness.take().at(0), "\"sum\":3"));
  harness.request("c1", R"("type":"many")");
  asked = harness.take();
  REQUIRE(asked.size() == 5);
  for (const Sent& each : asked) harness.answer(each, R"("type":"read_ok","value":3)");
  CHECK(has(harness.take().at(0), "\"sum\":15"));
  harness.request("c1", R"("type":"many")");
  asked = harness.take();
  harness.answer(asked.at(3), R"("type":"error","code":14,"text":"no")");
  CHECK(has(harness.take().at(0), "\"text\":\"no\""));
  for (const Sent& each : asked) harness.answer(each, R"("type":"read_ok","value":3)");
  CHECK(harness.take().empty());
}

TEST_CASE("rpcs: any gives the first that succeeds, quorum so many, and say so if too few do") {
  Node node;
  node.on("any", [&](const Request&) -> Task<Reply> {
    std::vector<Rpc> rpcs;
    for (const char* dest : {"n2", "n3", "n4"}) rpcs.push_back(node.rpc(dest, message("read")));
    const Response first = co_await any(std::move(rpcs));
    co_return reply("any_ok").set("from", first.src());
  });
  node.on("quorum", [&](const Request&) -> Task<Reply> {
    std::vector<Rpc> rpcs;
    for (const char* dest : {"n2", "n3", "n4"}) rpcs.push_back(node.rpc(dest, message("read")));
    const auto acks = co_await quorum(2, std::move(rpcs));
    co_return reply("quorum_ok").set("acks", acks.size());
  });
  Harness harness(node);
  harness.request("c1", R"("type":"any")");
  auto asked = harness.take();
  harness.answer(asked.at(0), R"("type":"error","code":11,"text":"busy")");
  CHECK(harness.take().empty());
  harness.answer(asked.at(2), R"("type":"read_ok")");
  CHECK(has(harness.take().at(0), "\"from\":\"n4\""));
  harness.request("c1", R"("type":"quorum")");
  asked = harness.take();
  harness.answer(asked.at(2), R"("type":"read_ok")");
  CHECK(harness.take().empty());
  harness.answer(asked.at(0), R"("type":"read_ok")");
  CHECK(has(harness.take().at(0), "\"acks\":2"));
  harness.request("c1", R"("type":"quorum")");
  asked = harness.take();
  harness.answer(asked.at(2), R"("type":"error","code":11,"text":"busy")");
  harness.answer(asked.at(1), R"("type":"error","code":14,"text":"no")");
  CHECK(has(harness.take().at(0), "\"code\":14"));
  CHECK_THROWS_AS(static_cast<void>(quorum(2, std::vector<Rpc>())), std::invalid_argument);
}

TEST_CASE("rpcs: retry tries again where the outcome is unknown, with longer pauses, so often") {
  Options options;
  options.seed = 7;
  Node node(std::move(options));
  node.on("try", [&](const Request&) -> Task<Reply> {
    const Retry policy{.attempts = 3, .first = 100ms, .factor = 2, .longest = 1s, .jitter = 0};
    const Response response =
        co_await retry(policy, [&] { return node.rpc("n2", message("write"), 50ms); });
    co_return reply("try_ok").raw("value", response.raw("value"));
  });
  Harness harness(node);
  harness.request("c1", R"("type":"try")");
  CHECK(harness.take().size() == 1);
  harness.advance(149ms);
  CHECK(harness.take().empty());
  harness.advance(1ms);
  CHECK(harness.take().size() == 1);
  harness.advance(250ms);
  const auto third = harness.take();
  REQUIRE(third.size() == 1);
  harness.answer(third[0], R"("type":"write_ok","value":4)");
  CHECK(harness.take().at(0).type == "try_ok");

  harness.request("c1", R"("type":"try")");
  harness.answer(harness.take().at(0), R"("type":"error","code":22,"text":"definite")");
  harness.answer({"", "n2", "", "", 5, -1}, R"("type":"x")");
  harness.advance(2s);
  auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], R"("code":22,"text":"definite")"));

  harness.request("c1", R"("type":"try")");
  harness.advance(3s);
  sent = harness.take();
  REQUIRE(sent.size() == 4);  // three attempts
  CHECK(has(sent[3], "\"code\":0"));
}

TEST_CASE("rpcs: retry goes on for ever where it is told so") {
  Node node;
  bool is_there = false;
  node.spawn([&]() -> Task<> {
    co_await retry({.attempts = Retry::kForEver}, [&] { return node.rpc("n2", message("write")); });
    is_there = true;
  });
  Harness harness(node);
  harness.advance(1h);
  const auto asked = harness.take();
  CHECK(asked.size() > 1'800);  // at most a second's pause after a second's wait
  CHECK_FALSE(is_there);
  std::vector<Sent> again;
  while (again.empty()) {
    harness.advance(100ms);
    again = harness.take();
  }
  harness.answer(again[0], R"("type":"write_ok")");
  CHECK(is_there);
}

TEST_CASE("rpcs: pauses grow by the factor up to the longest, less a random part") {
  const Retry policy{.attempts = 9, .first = 100ms, .factor = 3, .longest = 500ms, .jitter = 0.5};
  CHECK(policy.pause(1, 0) == 100ms);
  CHECK(policy.pause(2, 0) == 300ms);
  CHECK(policy.pause(3, 0) == 500ms);
  CHECK(policy.pause(60, 0) == 500ms);
  CHECK(policy.pause(1, 1) == 50ms);
}

[[maybe_unused]] std::size_t live_bytes() { return mallinfo2().uordblks; }

#if !NARROWS_SANITIZED
TEST_CASE("rpcs: a pending one takes at most 256 bytes") {
  Node node;
  constexpr std::size_t kCount = 100'000;
  std::size_t taken = 0;
  node.on("many", [&](const Request&) {
    const std::size_t before = live_bytes();
    for (std::size_t i = 0; i < kCount; ++i) {
      node.rpc("n2", message("x"), 1s, [&taken](const RpcResult&) { ++taken; });
    }
    taken = live_bytes() - before;
    return reply("many_ok");
  });
  node.feed(
      R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
      "\n"
      R"({"src":"c1","dest":"n1","body":{"type":"many","msg_id":2}})"
      "\n",
      [](std::string_view) {});
  CHECK(taken / kCount <= 256);
  CHECK(taken / kCount > 64);
}
#endif

TEST_CASE("rpcs: a million without answers leave no live bytes behind") {
  Node node;
  std::size_t failed = 0;
  node.on("many", [&](const Request& request) {
    for (std::int64_t i = request.integer("count"); i > 0; --i) {
      node.rpc("n2", message("x"), 1s,
               [&](const RpcResult& result) { failed += result.is_error(); });
    }
    return reply("many_ok");
  });
  Harness harness(node);
  const auto burst = [&](int count) {
    harness.request("c1", R"("type":"many","count":)" + std::to_string(count));
    harness.advance(1s);
    static_cast<void>(harness.take());
  };
  burst(10);
  [[maybe_unused]] const std::size_t before = live_bytes();
  for (int round = 0; round < 10; ++round) burst(100'000);
  CHECK(failed == 1'000'010);
#if !NARROWS_SANITIZED
  CHECK(live_bytes() <= before + 4096);  // what the books make on first use
#endif
}

}  // namespace
}  // namespace narrows
