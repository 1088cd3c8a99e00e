// SPDX-License-Identifier: MIT
// A user's own mistakes: each gets an error that names it, and none holds up the node.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
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

/// Counts the frames that it lies in.
class Frame {
 public:
  explicit Frame(int& count) : count_(count) { ++count_; }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { --count_; }

 private:
  int& count_;
};

Task<int> seven() {
  co_await sleep(1ms);
  co_return 7;
}

TEST_CASE("mistakes: what is awaited twice says so") {
  Node node;
  node.on("rpc", [&](const Request&) -> Task<Reply> {
    Rpc rpc = node.rpc("n2", message("read"));
    const Response response = co_await rpc;
    const Response again = co_await rpc;
    co_return reply("rpc_ok");
  });
  node.on("moved", [&](const Request&) -> Task<Reply> {
    Rpc rpc = node.rpc("n2", message("read"));
    const Rpc other = std::move(rpc);
    const Response response = co_await rpc;  // NOLINT(bugprone-use-after-move): the mistake
    co_return reply("moved_ok");
  });
  node.on("task", [](const Request&) -> Task<Reply> {
    Task<int> task = seven();
    const int first = co_await task;
    const int second = co_await task;
    co_return reply("task_ok").set("sum", first + second);
  });
  node.on("empty", [](const Request&) -> Task<Reply> {
    Task<int> task = seven();
    const Task<int> other = std::move(task);
    co_return reply("empty_ok").set("is", co_await task);  // NOLINT(bugprone-use-after-move)
  });
  node.on("work", [](const Request&) -> Task<Reply> {
    auto work = offload([] { return 7; });
    const int first = co_await work;
    const int second = co_await work;
    co_return reply("work_ok").set("sum", first + second);
  });
  Harness harness(node);
  const auto failure = [&](const std::string& type) {
    harness.request("c1", "\"type\":\"" + type + "\"");
    for (const Sent& each : harness.take()) {
      if (each.type == "error") return each.body;
      if (each.type == "read") harness.answer(each, R"("type":"read_ok")");
    }
    harness.advance(10ms);
    harness.settle();
    const auto sent = harness.take();
    return sent.empty() ? std::string("nothing") : sent.back().body;
  };
  for (const char* type : {"rpc", "moved"}) {
    CHECK(failure(type).find(R"("code":13,"text":"an Rpc is awaited once)") != std::string::npos);
  }
  for (const char* type : {"task", "empty"}) {
    CHECK(failure(type).find(R"("code":13,"text":"a Task is awaited once)") != std::string::npos);
  }
  CHECK(failure("work").find(R"("code":13,"text":"offloaded work is awaited once)") !=
        std::string::npos);
}

TEST_CASE("mistakes: two cannot await one Rpc at the same time") {
  Node node;
  std::optional<Rpc> rpc;
  node.on("ask", [&](const Request&) -> Task<Reply> {
    if (!rpc) rpc.emplace(node.rpc("n2", message("read")));
    const Response response = co_await *rpc;
    co_return reply("ask_ok").raw("value", response.raw("value"));
  });
  Harness harness(node);
  harness.request("c1", R"("type":"ask")");
  const auto asked = harness.take();
  harness.request("c2", R"("type":"ask")");
  const auto second = harness.take();
  REQUIRE(second.size() == 1);
  CHECK(has(second[0], R"("code":13,"text":"an Rpc is awaited once)"));
  harness.answer(asked.at(0), R"("type":"read_ok","value":5)");
  const auto first = harness.take();
  REQUIRE(first.size() == 1);
  CHECK(has(first[0], R"("value":5)"));
}

TEST_CASE("mistakes: a Task that was moved away cannot be spawned") {
  Node node;
  node.on("spawn", [&](const Request&) {
    struct Parts {
      static Task<> nothing() { co_return; }
    };
    Task<> task = Parts::nothing();
    node.spawn(std::move(task));
    node.spawn(std::move(task));  // NOLINT(bugprone-use-after-move): the mistake
    return reply("spawn_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"spawn")");
  CHECK(has(harness.take().at(0), R"("code":13,"text":"a Task is awaited once)"));
  harness.end();
}

TEST_CASE("mistakes: who catches Cancelled and goes on waiting is ended at the deadline") {
  Node node;
  int frames = 0;
  int turns = 0;
  node.on("stubborn", [&](const Request& request) -> Task<Reply> {
    const Frame frame(frames);
    const bool asks = request.find("asks").has_value();
    for (; turns < 100'000; ++turns) {
      try {
        if (asks) {
          const Response response = co_await node.rpc("n2", message("read"), 1s);
        } else {
          co_await sleep(1s);
        }
      } catch (const Error&) {
      }
    }
    co_return reply("stubborn_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"stubborn")");
  harness.request("c1", R"("type":"stubborn","asks":true)");
  CHECK(frames == 2);
  harness.advance(5s);
  CHECK(frames == 0);
  CHECK(turns < 1000);
  for (const Sent& each : harness.take()) CHECK(each.type == "read");
  harness.request("c9", R"("type":"bench_stats")");
  CHECK(has(harness.take().at(0), R"("expired":2)"));
}

TEST_CASE("mistakes: background tasks that never give up end with the node") {
  Node node;
  int frames = 0;
  int turns = 0;
  const auto loop = [&](bool asks) -> Task<> {
    const Frame frame(frames);
    for (; turns < 100'000; ++turns) {
      try {
        if (asks) {
          const Response response = co_await node.rpc("n2", message("read"), 1s);
        } else {
          co_await sleep(1s);
          node.send("n2", message("note"));
        }
      } catch (const Error&) {
      }
    }
  };
  node.after_init([&] {
    node.spawn(loop(true));
    node.spawn(loop(false));
  });
  Harness harness(node);
  harness.advance(3s);
  CHECK(frames == 2);
  CHECK(turns == 6);
  harness.end();
  CHECK(frames == 0);
  CHECK(turns < 1000);
}

TEST_CASE("mistakes: after the end nothing begins, and what tries is told why") {
  Node node;
  int frames = 0;
  std::vector<std::string> told;
  struct Parts {
    static Task<> nap(int& frames) {
      const Frame frame(frames);
      co_await sleep(1s);
    }
  };
  node.on("ask", [&](const Request&) {
    node.rpc("n2", message("read"), 60s, [&](const RpcResult& result) {
      told.emplace_back(result.error().text());
      try {
        node.spawn(Parts::nap(frames));
      } catch (const Cancelled& error) {
        told.emplace_back(error.what());
      }
      try {
        node.after(1ms, [&] { told.emplace_back("a timer"); });
      } catch (const Cancelled& error) {
        told.emplace_back(error.what());
      }
      try {
        node.rpc("n2", message("read"), 1s, [](const RpcResult&) {});
      } catch (const Cancelled& error) {
        told.emplace_back(error.what());
      }
    });
    return Reply::none();
  });
  node.on("nap", [&](const Request&) -> Task<Reply> {
    co_await Parts::nap(frames);
    co_return reply("nap_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"ask")");
  static_cast<void>(harness.take());
  harness.end();
  CHECK_THROWS_WITH_AS(
      node.send("n2", message("x")),
      "messages are sent on the dispatcher's thread alone, and not after the node has ended",
      std::logic_error);
  harness.advance(2s);
  CHECK(frames == 0);
  CHECK(told == std::vector<std::string>{"the node has ended",
                                         "a task was spawned after the node had ended",
                                         "a timer was set after the node had ended",
                                         "an RPC was made after the node had ended"});
  harness.request("c1", R"("type":"nap")");
  CHECK(frames == 0);
  CHECK(has(harness.take().at(0), R"("code":13,"text":"the node has ended")"));
}

TEST_CASE("mistakes: a task that is spawned before the first input runs with init") {
  Node node;
  int ran = 0;
  struct Parts {
    static Task<> count(int& ran) {
      ++ran;
      co_return;
    }
  };
  node.spawn(Parts::count(ran));
  CHECK(ran == 0);
  const Harness harness(node);
  CHECK(ran == 1);
}

TEST_CASE("mistakes: a loop that waits for no time is no end of a test's virtual time") {
  Node node;
  int rounds = 0;
  node.on("spin", [&](const Request&) -> Task<Reply> {
    for (;; ++rounds) co_await sleep(0ms);
  });
  Harness harness(node);
  harness.request("c1", R"("type":"spin")");
  CHECK_THROWS_WITH_AS(harness.advance(1s),
                       "time stands still: something waits for no time, again and again",
                       std::logic_error);
  CHECK(rounds > 1'000);
}

TEST_CASE("mistakes: a request cannot be copied, as the copy would not last longer") {
  CHECK_FALSE(std::is_copy_constructible_v<Request>);
  CHECK_FALSE(std::is_copy_assignable_v<Request>);
  // NOLINTNEXTLINE(performance-unnecessary-value-param): the mistake
  [[maybe_unused]] const auto by_value = [](Request) { return reply("x_ok"); };
  CHECK_FALSE(HandlerFunction<decltype(by_value)>);
}

TEST_CASE("mistakes: a reply that is made after the deadline is dropped, whoever held up whom") {
  // Real time: the handler blocks the thread past its deadline, then answers.
  Options options;
  options.deadline = std::chrono::duration<double>(0.03);
  Node node(options);
  node.on("late", [](const Request&) -> Task<Reply> {
    co_await sleep(1ms);
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < 60ms) {
    }
    co_return reply("late_ok");
  });
  std::string output;
  const auto feed = [&](std::string_view lines) {
    node.feed(lines, [&](std::string_view bytes) { output.append(bytes); });
  };
  feed(
      R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
      "\n"
      R"({"src":"c1","dest":"n1","body":{"type":"late","msg_id":2}})"
      "\n");
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < 5s &&
         output.find("expired\": 1") == std::string::npos) {
    feed(R"({"src":"c9","dest":"n1","body":{"type":"bench_stats","msg_id":3}})"
         "\n");
    if (output.find("late_ok") != std::string::npos) break;
  }
  CHECK(output.find("late_ok") == std::string::npos);
  CHECK(output.find("expired\": 1") != std::string::npos);
}

}  // namespace
}  // namespace narrows
