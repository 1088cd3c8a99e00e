// SPDX-License-Identifier: MIT
// A node that is called where it cannot be: from other threads, from within itself, with nothing to
// call, or by a test that makes no sense. Each gets an error that says so.
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"
#include "unit/fed_node.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using testing::Sent;

/// What it throws; "nothing".
template <typename Error = std::logic_error, typename F>
std::string thrown_by(const F& function) {
  try {
    function();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

std::string on_another_thread(const std::function<void()>& function) {
  std::string text;
  std::thread([&] { text = thrown_by(function); }).join();
  return text;
}

Task<> nothing() { co_return; }

TEST_CASE("misuse: what another thread may not call says so, and does nothing") {
  Node node;
  std::vector<std::string> told;
  int ran = 0;
  const auto call_all = [&] {
    const TimerId timer = node.after(1s, [&] { ran += 100; });
    told.push_back(on_another_thread([&] { node.send("n2", message("x")); }));
    told.push_back(on_another_thread([&] { const Rpc rpc = node.rpc("n2", message("x")); }));
    told.push_back(on_another_thread(
        [&] { node.rpc("n2", message("x"), 1s, [&](const RpcResult&) { ++ran; }); }));
    told.push_back(on_another_thread([&] { node.spawn(nothing()); }));
    told.push_back(on_another_thread([&] { node.after(1ms, [&] { ++ran; }); }));
    told.push_back(on_another_thread([&] { node.every(1ms, [&] { ++ran; }); }));
    told.push_back(on_another_thread([&] { node.cancel(timer); }));
  };
  node.on("go", [&](const Request&) {
    call_all();
    return reply("go_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"go")");
  call_all();  // between two inputs, too
  const std::vector<std::string> names{"send", "rpc", "rpc", "spawn", "after", "every", "cancel"};
  REQUIRE(told.size() == 2 * names.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    CHECK(told[i].find("node." + names[i % names.size()] +
                       "() is called on the dispatcher's thread alone: ") == 0);
  }
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].type == "go_ok");
  harness.advance(2s);
  CHECK(ran == 200);
}

TEST_CASE("misuse: offloaded work that calls the node fails with an error that says so") {
  Node node;
  node.on("go", [&](const Request&) -> Task<Reply> {
    co_await offload([&] { node.send("n2", message("x")); });
    co_return reply("go_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"go")");
  harness.settle();
  const auto sent = harness.take();
  REQUIRE(sent.size() == 1);
  CHECK(sent[0].body.find("node.send() is called on the dispatcher's thread alone") !=
        std::string::npos);
}

TEST_CASE("misuse: before the first input any thread may set up the node") {
  Node node;
  int fired = 0;
  std::thread([&] {
    node.cancel(node.after(1ms, [&] { fired += 10; }));
    node.after(1ms, [&] { ++fired; });
    node.spawn(nothing());
  }).join();
  Harness harness(node);
  harness.advance(1ms);
  CHECK(fired == 1);
}

TEST_CASE("misuse: whoever feeds a node has its dispatcher's thread, one after the other") {
  test::FedNode fed;
  fed.node.on("go", [&](const Request&) {
    fed.node.send("n2", message("x"));
    return reply("go_ok");
  });
  static_cast<void>(fed.init());
  std::string answer;
  std::thread([&] { answer = fed.ask(R"("type":"go")"); }).join();
  CHECK(answer.find("go_ok") != std::string::npos);
  CHECK(fed.ask(R"("type":"go")").find("go_ok") != std::string::npos);
}

TEST_CASE("misuse: a handler cannot feed its node, nor run it, nor move its test's time") {
  Node node;
  Harness* own = nullptr;
  const Node::Write drop = [](std::string_view) {};
  const std::vector<std::pair<std::string, std::function<void()>>> calls{
      {"node.feed()", [&] { node.feed("\n", drop); }},
      {"node.finish()", [&] { node.finish(drop); }},
      {"node.run()", [&] { static_cast<void>(node.run()); }},
      {"Harness::feed()", [&] { own->feed("\n"); }},
      {"Harness::request()", [&] { own->request("c1", R"("type":"other")"); }},
      {"Harness::answer()",
       [&] {
         own->answer({"n1", "n2", "x", "{}", 1, -1}, R"("type":"y")");
       }},
      {"Harness::deliver()",
       [&] {
         own->deliver({"n2", "n1", "x", R"({"type":"x"})", -1, -1});
       }},
      {"Harness::advance()", [&] { own->advance(1s); }},
      {"Harness::settle()", [&] { own->settle(); }},
      {"Harness::end()", [&] { own->end(); }},
  };
  std::string told;
  std::size_t call = 0;
  node.on("at_once", [&](const Request&) {
    told = thrown_by(calls[call].second);
    return reply("at_once_ok");
  });
  node.on("later", [&](const Request&) -> Task<Reply> {
    co_await sleep(1ms);
    told = thrown_by(calls[call].second);
    co_return reply("later_ok");
  });
  Harness harness(node);
  own = &harness;
  for (; call < calls.size(); ++call) {
    CAPTURE(calls[call].first);
    for (const char* type : {"at_once", "later"}) {
      told.clear();
      harness.request("c1", "\"type\":\"" + std::string(type) + "\"");
      harness.advance(1ms);
      CHECK(told.find(calls[call].first + " is called while the node is at work: ") == 0);
      const auto sent = harness.take();
      REQUIRE(sent.size() == 1);
      CHECK(sent[0].type == std::string(type) + "_ok");
    }
  }
  CHECK(harness.now() == 1ms * 2 * static_cast<int>(calls.size()));
}

TEST_CASE("misuse: an empty function is refused where it is handed over") {
  Node node;
  const auto refusal = [](const auto& function) {
    return thrown_by<std::invalid_argument>(function);
  };
  CHECK(refusal([&] { node.on("x", Handler{}); }) == "the handler of x is an empty function");
  CHECK(refusal([&] { node.on("y", TaskHandler{}); }) == "the handler of y is an empty function");
  CHECK(refusal([&] { node.on_topology(nullptr); }) ==
        "the handler of topology is an empty function");
  const std::function<void()> none;
  CHECK(refusal([&] { node.after(1s, none); }) == "a timer is an empty function");
  CHECK(refusal([&] { node.every(1s, none); }) == "a timer is an empty function");
  CHECK(refusal([&] { node.after_init(none); }) == "an after_init hook is an empty function");
  // The types are still to be had.
  node.on("x", [](const Request&) { return reply("x_ok"); });
  node.on_topology([](const Topology&) {});
  Harness harness(node);
  harness.request("c1", R"("type":"x")");
  CHECK(harness.take().at(0).type == "x_ok");
}

TEST_CASE("misuse: what a test hands to its harness must make sense") {
  Node node;
  node.on("x", [](const Request&) { return reply("x_ok"); });
  node.on("ask", [&](const Request&) -> Task<Reply> {
    const Response response = co_await node.rpc("n2", message("read"));
    co_return reply("ask_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"ask")");
  const auto asked = harness.take();
  REQUIRE(asked.size() == 1);
  const auto refusal = [](const auto& function) {
    return thrown_by<std::invalid_argument>(function);
  };
  CHECK(refusal([&] {
          harness.request("c1", "\"type\":\n\"x\"");
        }).find("a message is one line, without a newline") == 0);
  CHECK(refusal([&] {
          harness.request("c1", R"("type":"x","msg_id":7)");
        }).find("the harness gives a message its msg_id") == 0);
  CHECK(refusal([&] { harness.request("", R"("type":"x")"); }) == "a message without a src");
  CHECK(refusal([&] {
          harness.answer(asked[0], "\"type\":\n\"read_ok\"");
        }).find("a message is one line") == 0);
  CHECK(refusal([&] {
          harness.answer(asked[0], R"("type":"read_ok","in_reply_to":1)");
        }).find("the harness gives a message its in_reply_to") == 0);
  CHECK(refusal([&] { harness.feed("{}"); }) == "what is fed does not end with a newline: {}");
  CHECK(refusal([&] { harness.advance(-1ns); }) == "time does not go back");
  CHECK(refusal([&] {
          harness.deliver({"n3", "n2", "x", R"({"type":"x"})", -1, -1});
        }) == "a message to n2 is delivered to n1");
  CHECK(harness.take().empty());
  CHECK(harness.now() == 0ns);
  // None of it has used up a msg_id, or the RPC.
  CHECK(harness.request("c1", R"("type":"x")") == 3);
  harness.answer(asked[0], R"("type":"read_ok","msg_id":9)");
  CHECK(harness.take().size() == 2);
}

TEST_CASE("misuse: options that make no sense are named") {
  const auto refusal = [](const auto& change) {
    Options options;
    change(options);
    return thrown_by<std::invalid_argument>([&] { const Node node(std::move(options)); });
  };
  using Seconds = std::chrono::duration<double>;
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  CHECK(refusal([](Options& options) { options.max_line_bytes = 0; }) ==
        "max_line_bytes is 1 to 2^30");
  CHECK(refusal([](Options& options) { options.max_line_bytes = ~std::size_t{0} / 2; }) ==
        "max_line_bytes is 1 to 2^30");
  for (const double seconds : {kNan, -1.0, kInfinity}) {
    CHECK(refusal([&](Options& options) { options.stats_every = Seconds(seconds); }) ==
          "stats_every is 0 to 1e9 seconds");
  }
  for (const double seconds : {kNan, -1.0, 0.0}) {
    CHECK(refusal([&](Options& options) { options.deadline = Seconds(seconds); }) ==
          "deadline is more than 0");
  }
  CHECK(refusal([](Options& options) {
          options.slow.push_back({Stage::parse, 1us, 0});
        }) == "slow: every is at least 1");
  CHECK(refusal([](Options& options) {
          options.slow.push_back({Stage::parse, -1us, 1});
        }) == "slow: duration is not negative");
  CHECK(refusal([](Options& options) {
          options.slow.push_back({Stage::parse, 0us, 1});
        }) == "nothing");
}

TEST_CASE("misuse: a pause, or a sleep, that is too long to say is for ever, none is never less") {
  Retry policy;
  policy.jitter = 0;
  policy.longest = std::chrono::nanoseconds::max();
  CHECK(policy.pause(1, 0.5) == 50ms);
  CHECK(policy.pause(3, 0.5) == 200ms);
  CHECK(policy.pause(1'000'000'000, 0.5) == std::chrono::nanoseconds::max());
  policy.longest = 1s;
  policy.factor = -2;
  CHECK(policy.pause(2, 0.5) == 0ns);
  policy.factor = std::numeric_limits<double>::quiet_NaN();
  CHECK(policy.pause(5, 0.5) == 50ms);
  policy.factor = std::numeric_limits<double>::infinity();
  CHECK(policy.pause(5, 0.5) == 1s);
  policy.jitter = std::numeric_limits<double>::quiet_NaN();
  CHECK(policy.pause(5, 0.5) == 1s);
  policy.jitter = -3;
  CHECK(policy.pause(5, 0.5) == 1s);
  policy.jitter = 3;
  CHECK(policy.pause(5, 0.5) == 500ms);
  policy.first = -1s;
  CHECK(policy.pause(5, 0.5) == 0ns);

  Node node;
  std::vector<int> woke;
  const auto nap = [&](int number, auto duration) -> Task<> {
    co_await sleep(duration);
    woke.push_back(number);
  };
  node.after_init([&] {
    node.spawn(nap(1, std::chrono::hours::max()));
    node.spawn(nap(2, std::chrono::nanoseconds::max()));
    node.spawn(nap(3, std::chrono::duration<double>::max()));
    node.spawn(nap(4, std::chrono::hours::min()));
    node.spawn(nap(5, std::chrono::duration<double>(std::nan(""))));
    node.spawn(nap(6, std::chrono::duration<double>(1.5)));
  });
  Harness harness(node);
  harness.advance(0s);
  CHECK(woke == std::vector<int>{4, 5});
  harness.advance(1499ms);
  CHECK(woke.size() == 2);
  harness.advance(24h);
  CHECK(woke == std::vector<int>{4, 5, 6});
}

}  // namespace
}  // namespace narrows
