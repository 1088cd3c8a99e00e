// SPDX-License-Identifier: MIT
// Handlers of a user's struct, plain ones and coroutines.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "narrows/fields.hpp"
#include "narrows/testing.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;

struct Add {
  std::int64_t delta = 0;
  std::optional<std::string> key;
};
NARROWS_FIELDS(Add, delta, key)

bool has(const testing::Sent& sent, std::string_view part) {
  return sent.body.find(part) != std::string::npos;
}

TEST_CASE("typed_handlers: take a struct, alone or with the request, and answer in any way") {
  Node node;
  std::vector<std::int64_t> told;
  node.on("value", [](const Add& add) { return reply("value_ok").set("is", add.delta); });
  node.on("both", [](const Add& add, const Request& request) {
    return reply("both_ok").set("is", add.delta).set("from", request.src());
  });
  // NOLINTNEXTLINE(performance-unnecessary-value-param): that it may
  node.on("tell", [&](Add add) { told.push_back(add.delta); });
  node.on("fail", [](const Add&) -> Reply { return Error(ErrorCode::abort, "no"); });
  testing::Harness harness(node);
  for (const char* type : {"value", "both", "tell", "fail"}) {
    harness.request("c1", R"("delta":5,"type":")" + std::string(type) + "\"");
  }
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(has(sent[0], R"("type":"value_ok","is":5,)"));
  CHECK(has(sent[1], R"("type":"both_ok","is":5,"from":"c1",)"));
  CHECK(has(sent[2], R"("code":14)"));
  CHECK(told == std::vector<std::int64_t>{5});
}

TEST_CASE("typed_handlers: a message to another node is made of a struct like a reply") {
  Node node;
  node.on("pass", [&](const Add& add) { node.send("n2", message("add", add)); });
  testing::Harness harness(node);
  harness.request("c1", R"("type":"pass","delta":5)");
  harness.request("c1", R"("type":"pass","delta":6,"key":"k")");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].body == R"({"type":"add","delta":5})");
  CHECK(sent[1].body == R"({"type":"add","delta":6,"key":"k"})");
}

TEST_CASE("typed_handlers: may wait, and keep what they were given") {
  Node node;
  std::string seen;
  node.on("later", [](const Add& add) -> Task<Reply> {
    co_await sleep(10ms);
    co_return reply("later_ok").set("key", add.key.value_or("none"));
  });
  node.on("note", [&](const Add& add, const Request& request) -> Task<> {
    co_await sleep(10ms);
    seen = *add.key + " of " + std::string(request.src());
  });
  testing::Harness harness(node);
  const std::string key(100, 'k');
  harness.request("c1", R"("type":"later","delta":1,"key":")" + key + "\"");
  harness.request("c2", R"("type":"note","delta":1,"key":"a")");
  harness.advance(10ms);
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(has(sent[0], "\"key\":\"" + key + "\""));
  CHECK(seen == "a of c2");
}

TEST_CASE("typed_handlers: a body that does not fit is error 12, and names the member") {
  Node node;
  node.on("plain", [](const Add&) { return reply("plain_ok"); });
  node.on("waits", [](const Add&) -> Task<Reply> { co_return reply("waits_ok"); });
  testing::Harness harness(node);
  for (const char* type : {"plain", "waits"}) {
    harness.request("c1", R"("delta":"x","type":")" + std::string(type) + "\"");
    harness.request("c1", R"("type":")" + std::string(type) + "\"");
    const auto sent = harness.take();
    REQUIRE(sent.size() == 2);
    CHECK(has(sent[0], R"("code":12,"text":"`delta` is no integer of 64 bits")"));
    CHECK(has(sent[1], R"("code":12,"text":"`delta` is missing")"));
  }
}

}  // namespace
}  // namespace narrows
