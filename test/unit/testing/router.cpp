// SPDX-License-Identifier: MIT
// The router by itself, with nodes that may say anything: who is answered, by whom, and when.
#include "testing/router.hpp"

#include <chrono>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Keeps what arrives; says what it is told to say.
struct Rig final : NodeKeeper {
  explicit Rig(NetworkOptions options = {.nodes = 2}) : router(std::move(options), *this) {}

  void take(std::size_t node, std::string_view line) override {
    taken.push_back(std::to_string(node) + " " + std::string(line));
  }
  void say(std::size_t node, std::string line) {
    line.append(EnvelopeReader::kSlackBytes, '\0');
    router.post(node, std::string_view(line).substr(0, line.size() - EnvelopeReader::kSlackBytes));
  }
  /// A line from a node, with these members of its body.
  void say(std::size_t node, std::string_view dest, std::string_view members) {
    say(node, "{\"src\":\"n" + std::to_string(node) + "\",\"dest\":\"" + std::string(dest) +
                  "\",\"body\":{" + std::string(members) + "}}");
  }
  void ask(std::string_view client = "c1", nanoseconds timeout = 5s) {
    router.request(
        client, "n0", R"("type":"read")",
        [this](const Answer& answer) { answers.push_back(answer); }, timeout);
  }
  /// All that is due until then.
  void run(nanoseconds until) {
    for (;;) {
      const nanoseconds next = std::min(router.next_arrival(), router.next_call());
      if (next > until) break;
      router.move_to(next);
      if (router.next_arrival() == next) {
        router.deliver_next();
      } else {
        router.call_next();
      }
    }
    router.move_to(until);
  }

  Router router;
  std::vector<std::string> taken;
  std::vector<Answer> answers;
};

TEST_CASE("router: a request is a line with a msg_id of its own, and its answer finds it") {
  Rig rig;
  rig.ask();
  rig.ask();
  rig.run(1ms);
  REQUIRE(rig.taken.size() == 2);
  CHECK(rig.taken[0] == R"(0 {"src":"c1","dest":"n0","body":{"type":"read","msg_id":2}})");
  rig.say(0, "c1", R"("type":"read_ok","value":7,"in_reply_to":3)");
  rig.run(2ms);
  REQUIRE(rig.answers.size() == 1);
  CHECK(rig.answers[0].type == "read_ok");
  CHECK(rig.answers[0].outcome == Outcome::ok);
  CHECK(rig.answers[0].invoked == 0ns);
  CHECK(rig.answers[0].completed == 1ms);
}

TEST_CASE("router: an answer of another node, or to another client, is nobody's") {
  Rig rig;
  rig.ask("c1");
  rig.run(1ms);
  rig.say(1, "c1", R"("type":"read_ok","in_reply_to":2)");
  rig.say(0, "c2", R"("type":"read_ok","in_reply_to":2)");
  rig.run(2ms);
  CHECK(rig.answers.empty());
  CHECK(rig.router.traffic().stray == 2);
  rig.say(0, R"(\u00631)", R"("type":"read_ok","in_reply_to":2)");  // c1, with an escape
  rig.run(3ms);
  CHECK(rig.answers.size() == 1);
  CHECK(rig.router.traffic().stray == 2);
}

TEST_CASE("router: a second answer is late, one to what nobody asked is stray") {
  Rig rig;
  rig.ask();
  rig.run(1ms);
  for (int i = 0; i < 3; ++i) rig.say(0, "c1", R"("type":"read_ok","in_reply_to":2)");
  rig.run(2ms);
  CHECK(rig.answers.size() == 1);
  CHECK(rig.router.traffic().late_answers == 2);
  CHECK(rig.router.traffic().stray == 0);
  for (const char* const id : {"1", "0", "3", "9223372036854775807", "99999999999999999999"}) {
    rig.say(0, "c1", std::string(R"("type":"read_ok","in_reply_to":)") + id);
  }
  rig.say(0, "c1", R"("type":"news")");
  rig.say(0, "nobody", R"("type":"news","msg_id":1)");
  rig.run(3ms);
  CHECK(rig.answers.size() == 1);
  CHECK(rig.router.traffic().stray == 7);
}

TEST_CASE("router: a timeout comes at its time and once, and the answer after it is late") {
  Rig rig;
  rig.ask("c1", 10ms);
  rig.run(9'999us);
  CHECK(rig.answers.empty());
  rig.run(10ms);
  REQUIRE(rig.answers.size() == 1);
  CHECK(rig.answers[0].outcome == Outcome::unknown);
  CHECK(rig.answers[0].type.empty());
  CHECK(rig.answers[0].completed == 10ms);
  rig.say(0, "c1", R"("type":"read_ok","in_reply_to":2)");
  rig.run(1s);
  CHECK(rig.answers.size() == 1);
  CHECK(rig.router.traffic().late_answers == 1);
}

TEST_CASE("router: an answer in time takes its timeout away") {
  Rig rig;
  rig.ask("c1", 10ms);
  rig.run(1ms);
  rig.say(0, "c1", R"("type":"read_ok","in_reply_to":2)");
  rig.run(2ms);
  CHECK(rig.router.next_call() == kNever);
  CHECK(rig.router.next_arrival() == kNever);
  CHECK(rig.router.bytes_under_way() == 0);
}

TEST_CASE("router: an error's code is one that it is, or none") {
  const auto answered = [](const std::string& code) {
    Rig rig;
    rig.ask();
    rig.run(1ms);
    rig.say(0, "c1", R"("type":"error","text":"no")" + code + R"(,"in_reply_to":2)");
    rig.run(2ms);
    REQUIRE(rig.answers.size() == 1);
    return std::pair(rig.answers[0].error, rig.answers[0].outcome);
  };
  CHECK(answered(R"(,"code":22)") == std::pair(22, Outcome::failed));
  CHECK(answered(R"(,"code":13)") == std::pair(13, Outcome::unknown));
  CHECK(answered(R"(,"code":2147483647)") == std::pair(2147483647, Outcome::unknown));
  // Each of them would be 22 if it were cut to 32 bits.
  CHECK(answered(R"(,"code":4294967318)") == std::pair(-1, Outcome::unknown));
  CHECK(answered(R"(,"code":-4294967274)") == std::pair(-1, Outcome::unknown));
  for (const char* const odd : {"", R"(,"code":-22)", R"(,"code":"22")", R"(,"code":22.5)",
                                R"(,"code":null)", R"(,"code":[22])", R"(,"code":1e99)"}) {
    CAPTURE(odd);
    CHECK(answered(odd) == std::pair(-1, Outcome::unknown));
  }
}

TEST_CASE("router: who writes no message, or one in another's name, is told so") {
  Rig rig;
  CHECK_THROWS_AS(rig.say(0, "hello"), std::logic_error);
  CHECK_THROWS_AS(rig.say(0, "[]"), std::logic_error);
  CHECK_THROWS_AS(rig.say(0, R"({"src":"n0","dest":"n1","body":[]})"), std::logic_error);
  CHECK_THROWS_AS(rig.say(0, R"({"src":"n1","dest":"n0","body":{"type":"x"}})"),
                  std::invalid_argument);
  CHECK_NOTHROW(rig.say(0, R"({"src":"\u006e0","dest":"n1","body":{"type":"x"}})"));
  rig.run(1ms);
  CHECK(rig.taken.size() == 1);
}

TEST_CASE("router: a carriage return between tokens is white space in an answer") {
  Rig rig;
  rig.ask();
  rig.run(1ms);
  rig.say(0, "c1", "\"type\":\"read_ok\",\r\"value\":[1,\r2],\"in_reply_to\":2");
  rig.run(2ms);
  REQUIRE(rig.answers.size() == 1);
  CHECK(rig.answers[0].body == R"({"type":"read_ok", "value":[1, 2],"in_reply_to":2})");
}

TEST_CASE("router: of names of messages so many are told apart, and no long ones") {
  Rig rig;
  for (int i = 0; i < 3'000; ++i) {
    rig.say(0, "n1", "\"type\":\"t" + std::to_string(i) + "\"");
  }
  rig.say(0, "n1", "\"type\":\"" + std::string(1'000, 'x') + "\"");
  const auto& by_type = rig.router.traffic().by_type;
  CHECK(by_type.size() == 1'001);
  CHECK(by_type.at("t999") == 1);
  CHECK(by_type.at("(other)") == 2'001);
  CHECK(rig.router.traffic().between_nodes == 3'001);
}

TEST_CASE("router: what is under way is counted in bytes") {
  Rig rig({.nodes = 2, .latency = {.mean = 1s}});
  rig.say(0, "n1", R"("type":"x","y":")" + std::string(100'000, 'y') + "\"");
  CHECK(rig.router.bytes_under_way() > 100'000);
  rig.run(2s);
  CHECK(rig.router.bytes_under_way() == 0);
  CHECK(rig.taken.size() == 1);
}

}  // namespace
}  // namespace narrows::testing
