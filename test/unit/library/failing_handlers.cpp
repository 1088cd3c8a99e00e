// SPDX-License-Identifier: MIT
// What a handler does wrong hurts its own request alone.
#include <chrono>
#include <exception>
#include <functional>
#include <limits>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"
#include "unit/sanitized.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using testing::Sent;

struct NoException {
  std::vector<int> content;
};

struct Wordless : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

/// Whatever can be thrown, and the text that the client is told.
struct Failure {
  std::string name;
  std::function<void()> happen;
  std::string_view text;
};

[[noreturn]] void fill_more_than_has_room() {
  constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());
  static_cast<void>(std::vector<char>(kMost + 1));
  throw std::logic_error("a vector has room for so much");
}

/// What is allocated must not be seen to be unused.
[[noreturn]] void ask_for_too_much() {
#if NARROWS_SANITIZED
  throw std::bad_alloc();
#endif
  volatile std::size_t bytes = std::numeric_limits<std::ptrdiff_t>::max();
  static_cast<void>(::operator new(bytes));
  throw std::logic_error("there is so much memory");
}

std::string deep(int left) {
  if (left == 0) throw std::runtime_error("deep down");
  std::string mine(std::size_t{8}, 'x');  // to be destroyed on the way up
  mine += deep(left - 1);
  return mine;
}

const std::vector<Failure>& failures() {
  static const std::vector<Failure> all{
      {"an exception", [] { throw std::runtime_error("broke"); }, "broke"},
      {"an exception without words", [] { throw Wordless(); }, "the handler failed"},
      {"a nested one",
       [] {
         try {
           throw std::runtime_error("inner");
         } catch (...) {
           std::throw_with_nested(std::logic_error("outer"));
         }
       },
       "outer"},
      {"a number", [] { throw 5; }, "the handler failed"},
      {"a literal", [] { throw "words"; }, "words"},
      {"a string", [] { throw std::string("words"); }, "words"},
      {"a null pointer", [] { throw nullptr; }, "the handler failed"},
      {"a type of its own",
       [] {
         throw NoException{{1, 2}};
       },
       "the handler failed"},
      {"controls and no UTF-8", [] { throw std::runtime_error("\x1b[31m\xff\"\n"); },
       R"(\u001b[31m)"
       "\xEF\xBF\xBD"
       R"(\"\n)"},
      {"a text that is longer than any reply",
       [] { throw std::runtime_error(std::string(std::size_t{5} << 20, 'x')); },
       "the reply is too large"},
      {"out of memory", ask_for_too_much, "std::bad_alloc"},
      {"more than a container has", fill_more_than_has_room,
       "cannot create std::vector larger than max_size()"},
      {"from far below", [] { static_cast<void>(deep(10'000)); }, "deep down"}};
  return all;
}

/// Answers that are no error 13 with this text, to the requests before, in and after the failure.
void check_that_it_hurts_alone(Harness& harness, const Failure& failure,
                               std::chrono::milliseconds wait) {
  CAPTURE(failure.name);
  const auto before = harness.request("c1", R"("type":"fine")");
  const auto hurt = harness.request("c2", R"("type":"fails")");
  const auto after = harness.request("c3", R"("type":"fine")");
  if (wait > 0ms) harness.advance(wait);
  int fine = 0;
  for (const Sent& sent : harness.take()) {
    if (sent.in_reply_to == hurt) {
      CHECK(sent.type == "error");
      CHECK(sent.body.find("\"code\":13") != std::string::npos);
      CAPTURE(sent.body.substr(0, 300));
      CHECK(sent.body.find(std::string("\"text\":\"").append(failure.text).append("\"")) !=
            std::string::npos);
    } else {
      CHECK((sent.in_reply_to == before || sent.in_reply_to == after));
      CHECK(sent.type == "fine_ok");
      ++fine;
    }
  }
  CHECK(fine == 2);
}

Options quiet() {
  Options options;
  options.log_level = LogLevel::error;
  return options;
}

TEST_CASE("failing handlers: whatever one throws is error 13 for its own request alone") {
  for (const Failure& failure : failures()) {
    Node node(quiet());
    node.on("fine", [](const Request&) { return reply("fine_ok"); });
    node.on("fails", [&](const Request&) -> Reply {
      failure.happen();
      return reply("fails_ok");
    });
    Harness harness(node);
    check_that_it_hurts_alone(harness, failure, 0ms);
    check_that_it_hurts_alone(harness, failure, 0ms);
  }
}

TEST_CASE("failing handlers: so it is for coroutines, before they wait and after") {
  for (const auto wait : {0ms, 10ms}) {
    for (const Failure& failure : failures()) {
      Node node(quiet());
      node.on("fine", [](const Request&) { return reply("fine_ok"); });
      node.on("fails", [&failure, wait](const Request&) -> Task<Reply> {
        if (wait > 0ms) co_await sleep(wait);
        failure.happen();
        co_return reply("fails_ok");
      });
      Harness harness(node);
      check_that_it_hurts_alone(harness, failure, wait);
      check_that_it_hurts_alone(harness, failure, wait);
    }
  }
}

TEST_CASE(
    "failing handlers: what was sent before the failure is sent, and what is kept is let go") {
  Node node(quiet());
  node.on("fails", [&](const Request&) -> Task<Reply> {
    node.send("n2", message("note"));
    const Rpc forgotten = node.rpc("n2", message("read"));
    co_await sleep(1ms);
    throw 5;
  });
  Harness harness(node);
  const auto hurt = harness.request("c1", R"("type":"fails")");
  harness.advance(1ms);
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].type == "note");
  CHECK(sent[1].type == "read");
  CHECK(sent[2].in_reply_to == hurt);
  harness.answer(sent[1], R"("type":"read_ok")");
  harness.request("c1", R"("type":"bench_stats")");
  CHECK(harness.take().at(0).body.find("\"late_replies\":1") != std::string::npos);
}

}  // namespace
}  // namespace narrows
