// SPDX-License-Identifier: MIT
// A user's own mistakes with values: replies, answers and coroutines that are not what they should
// be, or not where.
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "narrows/kv.hpp"
#include "narrows/testing.hpp"
#include "unit/doctest.hpp"
#include "unit/has.hpp"

#if defined(__clang__)
#pragma clang diagnostic ignored "-Wreturn-type"  // one of the mistakes
#endif

namespace narrows {
namespace {

using namespace std::chrono_literals;
using test::has;
using testing::Harness;
using testing::Sent;

/// What one request of this type is answered with.
Sent answer_of(Node& node, const std::string& members) {
  Harness harness(node);
  harness.request("c1", members);
  harness.settle();
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  return sent[0];
}

struct Point {
  std::string name;
  int x;
};
NARROWS_FIELDS(Point, name, x)

/// That lies on the heap.
std::string long_text() { return std::string(100, 'a'); }

TEST_CASE("values: what is awaited may hold anything once it has a name") {
  Node node;
  SeqKv kv(node);
  node.on("all", [&](const Request& request) -> Task<Reply> {
    const std::string text = request.text("text");
    auto work = offload([text] { return text.size(); });
    const std::size_t size = co_await work;
    auto write = kv.write("k", Point{text, 1});
    co_await write;
    auto change =
        kv.update<std::string>("k", "", [text](const std::string& old) { return old + text; });
    const std::string changed = co_await change;
    auto rpc = node.rpc("n2", message("x", Point{text, 2}));
    const Response response = co_await rpc;
    auto again = retry({}, [&node, text] { return node.rpc("n2", message("y").set("t", text)); });
    const Response last = co_await again;
    co_return reply("all_ok").set("size", size).set("changed", changed);
  });
  Harness harness(node);
  harness.request("c1", R"("type":"all","text":")" + long_text() + "\"");
  harness.settle();
  auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], R"("value":{"name":")" + long_text() + R"(","x":1})"));
  harness.answer(sent[0], R"("type":"write_ok")");
  harness.answer(harness.take().at(0), R"("type":"read_ok","value":"b")");
  sent = harness.take();
  CHECK(has(sent.at(0), R"("from":"b","to":"b)" + long_text() + "\""));
  harness.answer(sent[0], R"("type":"cas_ok")");
  harness.answer(harness.take().at(0), R"("type":"x_ok")");
  harness.answer(harness.take().at(0), R"("type":"y_ok")");
  sent = harness.take();
  CHECK(has(sent.at(0), R"("size":100,"changed":"b)" + long_text()));
}

TEST_CASE("values: a coroutine that ends without co_return says so") {
  Node node;
  node.on("x", [](const Request& request) -> Task<Reply> {
    if (request.find("v")) co_return reply("x_ok");
  });
  const Sent sent = answer_of(node, R"("type":"x")");
  CHECK(has(sent, R"("code":13,"text":"a coroutine has ended without `co_return`")"));
}

TEST_CASE("values: what was moved away is empty, or says so") {
  Reply whole = reply(long_text());
  for (int i = 0; i < 5; ++i) whole.set("k" + std::to_string(i), long_text());
  const Reply taken = std::move(whole);
  CHECK(taken.size() == 5);
  CHECK(whole.is_none());  // NOLINT(bugprone-use-after-move): the mistake
  CHECK(whole.size() == 0);

  Node node;
  node.on("x", [&](const Request&) -> Task<Reply> {
    Response response = co_await node.rpc("n2", message("y"));
    const Response other = std::move(response);
    // NOLINTNEXTLINE(bugprone-use-after-move): the mistake
    co_return reply("x_ok").set("type_of_it", response.type());
  });
  Harness harness(node);
  harness.request("c1", R"("type":"x")");
  harness.answer(harness.take().at(0), R"("type":"y_ok")");
  CHECK(has(harness.take().at(0), R"("text":"the Response was moved away")"));
}

TEST_CASE("values: what the node sets is not set by the user") {
  for (const std::string name : {"type", "msg_id", "in_reply_to"}) {
    CHECK_THROWS_WITH_AS(reply("x").set(name, 1),
                         ("the node itself sets the member `" + name + "`").c_str(),
                         std::invalid_argument);
  }
  Node node;
  node.on("x", [](const Request& request) { return reply("x_ok").raw("type", request.raw("v")); });
  CHECK(has(answer_of(node, R"("type":"x","v":1)"), "the node itself sets the member `type`"));
}

TEST_CASE("values: no text is null") {
  Node node;
  node.on("x", [](const Request&) {
    const char* const none = nullptr;
    return reply("x_ok").set("a", nullptr).set("b", none);
  });
  CHECK(has(answer_of(node, R"("type":"x")"), R"("a":null,"b":null)"));
}

TEST_CASE("values: a bad answer is no fault of the client's") {
  Node node;
  node.on("x", [&](const Request&) -> Task<Reply> {
    const Response response = co_await node.rpc("n2", message("y"));
    co_return reply("x_ok").set("v", response.get<int>("v"));
  });
  Harness harness(node);
  const auto answered = [&](std::string_view members) {
    harness.request("c1", R"("type":"x")");
    harness.answer(harness.take().at(0), members);
    return harness.take().at(0);
  };
  CHECK(
      has(answered(R"("type":"y_ok")"), R"("code":13,"text":"the answer of n2: `v` is missing")"));
  CHECK(
      has(answered(R"("type":"y_ok","v":"one")"), R"("code":13,"text":"the answer of n2: `v` is)"));
  CHECK(has(answered(R"("type":"y_ok","v":1)"), R"("v":1)"));
  CHECK(has(answered(R"("type":"error","code":4294967316,"text":"t")"), R"("code":13,"text":"t")"));
  CHECK(has(answered(R"("type":"error","code":-7,"text":"t")"), R"("code":-7,"text":"t")"));
}

TEST_CASE("values: a lone carriage return is no place in a line either") {
  CHECK_THROWS_AS(static_cast<void>(Raw::checked("[1,\r2]")), Error);
  CHECK(Raw::checked("[1,\t2]").text() == "[1,\t2]");
}

TEST_CASE("values: a request whose awaited Task is destroyed ends at its deadline") {
  Options options;
  options.max_pending = 2;
  Node node(options);
  std::map<int, Task<int>> tasks;
  const auto seven = []() -> Task<int> {
    co_await sleep(1h);
    co_return 7;
  };
  node.on("wait", [&](const Request&) -> Task<Reply> {
    Task<int>& task = tasks.insert_or_assign(static_cast<int>(tasks.size()), seven()).first->second;
    const int result = co_await task;
    co_return reply("wait_ok").set("result", result);
  });
  node.on("clear", [&](const Request&) {
    tasks.clear();
    return reply("clear_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"wait")");
  harness.request("c1", R"("type":"wait")");
  harness.request("c1", R"("type":"clear")");
  CHECK(harness.take().size() == 1);
  harness.request("c1", R"("type":"wait")");
  CHECK(has(harness.take().at(0), "\"code\":11"));
  harness.advance(5s);
  harness.request("c1", R"("type":"bench_stats")");
  CHECK(has(harness.take().at(0), R"("expired":2)"));
  harness.request("c1", R"("type":"wait")");
  CHECK(harness.take().empty());  // it waits
}

TEST_CASE("values: a long loop of Tasks that do not wait needs no stack") {
  Node node;
  const auto one = []() -> Task<int> { co_return 1; };
  node.on("sum", [&](const Request&) -> Task<Reply> {
    int sum = 0;
    for (int i = 0; i < 300'000; ++i) sum += co_await one();
    co_return reply("sum_ok").set("sum", sum);
  });
  CHECK(has(answer_of(node, R"("type":"sum")"), R"("sum":300000)"));
}

TEST_CASE("values: a Task that waits may outlive its node") {
  std::optional<Task<int>> task;
  const auto seven = []() -> Task<int> {
    co_await sleep(1h);
    co_return 7;
  };
  {
    Node node;
    node.on("wait", [&](const Request&) -> Task<Reply> {
      task.emplace(seven());
      co_return reply("wait_ok").set("result", co_await *task);
    });
    Harness harness(node);
    harness.request("c1", R"("type":"wait")");
    CHECK(harness.take().empty());
  }
  CHECK(task.has_value());
  task.reset();
}

}  // namespace
}  // namespace narrows
