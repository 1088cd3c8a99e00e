// SPDX-License-Identifier: MIT
// Handlers that wait: their replies, deadlines, limits and ends, in virtual time.
#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using testing::Sent;

std::string text_of(const Sent& sent) { return sent.dest + " " + sent.body; }

/// Serves `nap`: sleeps for its `ms`, then answers with its `tag`.
void serve_nap(Node& node) {
  node.on("nap", [](const Request& request) -> Task<Reply> {
    co_await sleep(std::chrono::milliseconds(request.integer("ms")));
    co_return reply("nap_ok").raw("tag", request.raw("tag"));
  });
}

TEST_CASE("waiting: a handler that waits answers when it has waited, others go on meanwhile") {
  Node node;
  serve_nap(node);
  node.on("ping", [](const Request&) { return reply("ping_ok"); });
  Harness harness(node);
  const auto nap = harness.request("c1", R"("type":"nap","ms":100,"tag":{"a":[1.50]})");
  const auto ping = harness.request("c2", R"("type":"ping")");
  auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == "ping_ok");
  CHECK(sent[0].in_reply_to == ping);
  harness.advance(99ms);
  CHECK(harness.take().empty());
  harness.advance(1ms);
  sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].dest == "c1");
  CHECK(sent[0].in_reply_to == nap);
  CHECK(sent[0].body.find(R"({"a":[1.50]})") != std::string::npos);
  CHECK(sent[0].msg_id == 2);
}

TEST_CASE("waiting: a coroutine that does not wait answers in its place") {
  Node node;
  node.on("now", [](const Request& request) -> Task<Reply> {
    co_return reply("now_ok").raw("x", request.raw("x")).set("src", request.src());
  });
  Harness harness(node);
  harness.feed(R"({"src":"c1","dest":"n1","body":{"type":"now","msg_id":5,"x":"äö\n"}})"
               "\n"
               R"({"src":"c2","dest":"n1","body":{"type":"none","msg_id":6}})"
               "\n"
               R"({"src":"c3","dest":"n1","body":{"type":"now","msg_id":7,"x":null}})"
               "\n");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].in_reply_to == 5);
  CHECK(sent[1].in_reply_to == 6);
  CHECK(sent[2].in_reply_to == 7);
  CHECK(text_of(sent[0]).find(R"("x":"äö\n","src":"c1")") != std::string::npos);
}

TEST_CASE("waiting: what a coroutine throws is the reply, before and after it has waited") {
  Node node;
  node.on("early", [](const Request&) -> Task<Reply> {
    throw Error(ErrorCode::abort, "no");
    co_return Reply::none();
  });
  node.on("late", [](const Request& request) -> Task<Reply> {
    co_await sleep(1s);
    co_return reply("late_ok").set("value", request.integer("value"));
  });
  node.on("broken", [](const Request&) -> Task<Reply> {
    co_await sleep(1s);
    throw std::runtime_error("what now?");
  });
  node.on("returned", [](const Request&) -> Task<Reply> {
    co_await sleep(1s);
    co_return Error(ErrorCode::txn_conflict, "again");
  });
  Harness harness(node);
  for (const char* type : {"early", "late", "broken", "returned"}) {
    harness.request("c1", "\"type\":\"" + std::string(type) + "\",\"value\":\"x\"");
  }
  harness.advance(1s);
  const auto sent = harness.take();
  REQUIRE(sent.size() == 4);
  CHECK(sent[0].body.find(R"("code":14,"text":"no")") != std::string::npos);
  CHECK(sent[1].body.find(R"("code":12,"text":"`value` is no integer of 64 bits")") !=
        std::string::npos);
  CHECK(sent[2].body.find(R"("code":13,"text":"what now?")") != std::string::npos);
  CHECK(sent[3].body.find(R"("code":30,"text":"again")") != std::string::npos);
}

TEST_CASE("waiting: tasks await tasks, and hand on values and exceptions") {
  Node node;
  struct Parts {
    static Task<int> half(int value) {
      co_await sleep(10ms);
      if (value % 2 != 0) throw Error(ErrorCode::precondition_failed, "odd");
      co_return value / 2;
    }
    static Task<int> quarter(int value) { co_return co_await half(co_await half(value)); }
    static Task<> nothing() { co_return; }
  };
  node.on("quarter", [](const Request& request) -> Task<Reply> {
    co_await Parts::nothing();
    const int quarter = co_await Parts::quarter(static_cast<int>(request.integer("of")));
    co_return reply("quarter_ok").set("is", quarter);
  });
  Harness harness(node);
  harness.request("c1", R"("type":"quarter","of":20)");
  harness.request("c1", R"("type":"quarter","of":10)");
  harness.advance(20ms);
  const auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].body.find("\"is\":5") != std::string::npos);
  CHECK(sent[1].body.find("\"text\":\"odd\"") != std::string::npos);
}

TEST_CASE("waiting: a handler that returns nothing closes its request without a reply") {
  Node node;
  int done = 0;
  node.on("gossip", [&](const Request&) -> Task<> {
    co_await sleep(1ms);
    ++done;
  });
  Harness harness(node);
  harness.request("n2", R"("type":"gossip")");
  harness.advance(1ms);
  CHECK(done == 1);
  CHECK(harness.take().empty());
}

TEST_CASE("waiting: at its deadline a request's waits end, and its reply is dropped and counted") {
  Options options;
  options.deadline = 2s;
  Node node(std::move(options));
  std::vector<std::string> seen;
  node.on("slow", [&](const Request&) -> Task<Reply> {
    try {
      co_await sleep(10s);
    } catch (const Cancelled& cancelled) {
      seen.emplace_back(cancelled.what());
    }
    try {
      co_await sleep(1ms);  // after the end
    } catch (const Cancelled& cancelled) {
      seen.emplace_back(cancelled.what());
    }
    co_return reply("slow_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"slow")");
  harness.advance(2s - 1ns);
  CHECK(seen.empty());
  harness.advance(1ns);
  const std::string why = "a wait was cancelled: the deadline of the request has passed";
  CHECK(seen == std::vector<std::string>{why, why});
  CHECK(harness.take().empty());
  harness.request("c1", R"("type":"bench_stats")");
  CHECK(harness.take().at(0).body.find("\"expired\":1") != std::string::npos);
}

TEST_CASE("waiting: more requests than may wait get error 11") {
  Options options;
  options.max_pending = 3;
  Node node(std::move(options));
  serve_nap(node);
  Harness harness(node);
  for (int i = 0; i < 5; ++i) harness.request("c1", R"("type":"nap","ms":10,"tag":1)");
  auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  for (const Sent& each : sent) CHECK(each.body.find("\"code\":11") != std::string::npos);
  harness.advance(10ms);
  CHECK(harness.take().size() == 3);
  harness.request("c1", R"("type":"nap","ms":10,"tag":1)");
  CHECK(harness.take().empty());
}

TEST_CASE("waiting: requests that wait take no more bytes than the pool may have") {
  Options options;
  options.max_line_bytes = 1 << 20;
  options.pool_bytes = least_pool_bytes(options.max_line_bytes);
  const std::size_t most = options.pool_bytes;
  Node node(std::move(options));
  serve_nap(node);
  Harness harness(node);
  const std::string tag(500'000, 'x');
  for (std::size_t i = 0; i < most / tag.size() + 3; ++i) {
    harness.request("c1", R"("type":"nap","ms":10,"tag":")" + tag + "\"");
  }
  const auto refused = harness.take();
  CHECK(refused.size() >= 3);
  CHECK(refused.size() <= 5);
  harness.advance(10ms);
  CHECK(harness.take().size() + refused.size() == most / tag.size() + 3);
}

TEST_CASE("waiting: when the node ends all waits end, and their requests are answered") {
  Node node;
  serve_nap(node);
  bool cleaned = false;
  node.on("stubborn", [&](const Request&) -> Task<Reply> {
    const struct Guard {
      bool& flag;
      ~Guard() { flag = true; }
    } guard{cleaned};
    for (int i = 0; i < 3; ++i) {
      try {
        co_await sleep(1s);
      } catch (const Cancelled&) {
      }
    }
    co_return reply("stubborn_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"nap","ms":1000,"tag":1)");
  harness.request("c1", R"("type":"stubborn")");
  harness.end();
  const auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].body.find(R"("code":13,"text":"a wait was cancelled: the node has ended")") !=
        std::string::npos);
  CHECK(sent[1].type == "stubborn_ok");
  CHECK(cleaned);
}

TEST_CASE("waiting: a node that is destroyed takes its coroutines along") {
  bool cleaned = false;
  struct Guard {
    bool* flag;
    ~Guard() { *flag = true; }
  };
  {
    Node node;
    node.on("wait", [&](const Request&) -> Task<Reply> {
      const Guard guard{&cleaned};
      co_await sleep(1h);
      co_return Reply::none();
    });
    Harness harness(node);
    harness.request("c1", R"("type":"wait")");
    CHECK_FALSE(cleaned);
  }
  CHECK(cleaned);
}

TEST_CASE("waiting: offloaded work comes back with its result, or its exception") {
  Node node;
  node.on("work", [](const Request& request) -> Task<Reply> {
    const std::int64_t of = request.integer("of");
    const std::int64_t square = co_await offload([of] {
      if (of < 0) throw Error(ErrorCode::abort, "negative");
      return of * of;
    });
    co_await offload([] {});
    co_return reply("work_ok").set("is", square);
  });
  Harness harness(node);
  for (int i = -1; i < 20; ++i) harness.request("c1", R"("type":"work","of":)" + std::to_string(i));
  std::vector<Sent> sent;
  for (int round = 0; round < 1000 && sent.size() < 21; ++round) {
    harness.settle();
    for (Sent& each : harness.take()) sent.push_back(std::move(each));
  }
  REQUIRE(sent.size() == 21);
  int squares = 0;
  for (const Sent& each : sent) {
    if (each.type == "error") CHECK(each.body.find("negative") != std::string::npos);
    squares += each.type == "work_ok" ? 1 : 0;
  }
  CHECK(squares == 20);
}

TEST_CASE("waiting: work that outlives its request's deadline is dropped") {
  Options options;
  options.deadline = 10ms;
  Node node(std::move(options));
  std::atomic<bool> go_on{false};
  node.on("work", [&](const Request&) -> Task<Reply> {
    co_await offload([&] {
      while (!go_on.load()) std::this_thread::yield();
    });
    co_return reply("work_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"work")");
  harness.advance(10ms);
  go_on.store(true);
  harness.settle();
  CHECK(harness.take().empty());
}

}  // namespace
}  // namespace narrows
