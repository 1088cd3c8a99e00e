// SPDX-License-Identifier: MIT
// Events: what coroutines wait for that others set.
#include "narrows/event.hpp"

#include <chrono>
#include <memory>
#include <string>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;

/// `wait` waits for an event that `set` sets.
std::shared_ptr<Event> serve_event(Node& node) {
  auto event = std::make_shared<Event>();
  node.on("wait", [event](const Request& /*request*/) -> Task<Reply> {
    co_await *event;
    co_return reply("wait_ok");
  });
  node.on("set", [event](const Request& /*request*/) {
    event->set();
    return reply("set_ok");
  });
  return event;
}

TEST_CASE("event: all who wait go on once it is set, in order, and after who set it") {
  Node node;
  const auto event = serve_event(node);
  Harness harness(node);
  harness.request("c1", R"("type":"wait")");
  harness.request("c2", R"("type":"wait")");
  harness.advance(1s);
  CHECK(harness.take().empty());
  CHECK_FALSE(event->is_set());
  harness.request("c3", R"("type":"set")");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].type == "set_ok");
  CHECK(sent[1].dest == "c1");
  CHECK(sent[2].dest == "c2");
  CHECK(event->is_set());
}

TEST_CASE("event: who awaits one that is set goes on at once; set again it is the same") {
  Node node;
  const auto event = serve_event(node);
  Harness harness(node);
  event->set();
  event->set();
  harness.request("c1", R"("type":"wait")");
  CHECK(harness.take().size() == 1);
}

TEST_CASE("event: who has waited too long waits no more") {
  Node node;
  const auto event = serve_event(node);
  Harness harness(node);
  harness.request("c1", R"("type":"wait")");
  harness.advance(10s);
  CHECK(harness.take_log().size() == 1);  // the deadline
  harness.request("c2", R"("type":"set")");
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == "set_ok");
}

TEST_CASE("event: one that goes before those who wait for it leaves them waiting") {
  Node node;
  auto event = std::make_unique<Event>();
  node.on("wait", [&event](const Request& /*request*/) -> Task<Reply> {
    co_await *event;
    co_return reply("wait_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"wait")");
  harness.request("c2", R"("type":"wait")");
  event.reset();
  harness.advance(1s);
  CHECK(harness.take().empty());
  harness.end();
  CHECK(harness.take().size() == 2);  // error 13
}

}  // namespace
}  // namespace narrows
