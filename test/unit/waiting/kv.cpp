// SPDX-License-Identifier: MIT
// The key-value services, which the test plays, in virtual time.
#include "narrows/kv.hpp"

#include <chrono>
#include <string>
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

/// A node that does one thing with a service when it is asked to `go`.
class Asked {
 public:
  explicit Asked(std::function<Task<Reply>(Asked&)> what) {
    node.on("go", [this, what = std::move(what)](const Request&) { return what(*this); });
    harness.emplace(node);
  }

  /// What the service is asked.
  Sent go() {
    harness->request("c1", R"("type":"go")");
    return next();
  }
  Sent next() {
    const std::vector<Sent> sent = harness->take();
    REQUIRE(sent.size() == 1);
    return sent[0];
  }
  void says(const Sent& to, std::string_view body) { harness->answer(to, body); }

  Node node;
  LinKv lin{node};
  SeqKv seq{node};
  LwwKv lww{node};
  std::optional<Harness> harness;
};

TEST_CASE("kv: reads, writes and compares go to their service, in Maelstrom's words") {
  Asked asked([](Asked& self) -> Task<Reply> {
    const auto list = co_await self.lin.read<std::vector<std::int64_t>>("a");
    co_await self.seq.write(7, list);
    co_await self.lww.compare_and_set("k", 1, std::string("two"), true);
    co_await self.lww.compare_and_set("k", 1, 2);
    co_return reply("go_ok");
  });
  Sent sent = asked.go();
  CHECK(sent.dest == "lin-kv");
  CHECK(has(sent, R"({"type":"read","key":"a",)"));
  asked.says(sent, R"("type":"read_ok","value":[3,4])");
  sent = asked.next();
  CHECK(sent.dest == "seq-kv");
  CHECK(has(sent, R"({"type":"write","key":7,"value":[3,4],)"));
  asked.says(sent, R"("type":"write_ok")");
  sent = asked.next();
  CHECK(sent.dest == "lww-kv");
  CHECK(has(sent, R"({"type":"cas","key":"k","from":1,"to":"two","create_if_not_exists":true,)"));
  asked.says(sent, R"("type":"cas_ok")");
  sent = asked.next();
  CHECK_FALSE(has(sent, "create_if_not_exists"));
  asked.says(sent, R"("type":"cas_ok")");
  CHECK(asked.next().type == "go_ok");
}

TEST_CASE("kv: where there is no key, read throws and read_or has its fallback") {
  Asked reads([](Asked& self) -> Task<Reply> {
    co_return reply("go_ok").set("value", co_await self.lin.read<std::int64_t>("a"));
  });
  reads.says(reads.go(), R"("type":"error","code":20,"text":"not found")");
  CHECK(has(reads.next(), R"("code":20,"text":"not found")"));
  Asked falls_back([](Asked& self) -> Task<Reply> {
    co_return reply("go_ok").set("value", co_await self.lin.read_or<std::int64_t>("a", 5));
  });
  falls_back.says(falls_back.go(), R"("type":"error","code":20,"text":"not found")");
  CHECK(has(falls_back.next(), R"("value":5)"));
  falls_back.says(falls_back.go(), R"("type":"error","code":11,"text":"busy")");
  CHECK(has(falls_back.next(), R"("code":11)"));
  falls_back.says(falls_back.go(), R"("type":"read_ok","value":"six")");
  CHECK(
      has(falls_back.next(), R"("text":"the answer of lin-kv: `value` is no integer of 64 bits")"));
}

TEST_CASE("kv: update creates, changes, and tries again when somebody came between") {
  int calls = 0;
  Asked asked([&](Asked& self) -> Task<Reply> {
    const auto value = co_await self.seq.update<std::int64_t>("n", 100, [&](std::int64_t old) {
      ++calls;
      return old + 1;
    });
    co_return reply("go_ok").set("value", value);
  });
  asked.says(asked.go(), R"("type":"error","code":20,"text":"not found")");
  Sent cas = asked.next();
  CHECK(has(cas, R"("from":100,"to":101,"create_if_not_exists":true)"));
  asked.says(cas, R"("type":"error","code":22,"text":"expected 100, had 7")");
  CHECK(asked.harness->take().empty());
  asked.harness->advance(4ms);
  asked.says(asked.next(), R"("type":"read_ok","value":7)");
  cas = asked.next();
  CHECK(has(cas, R"("from":7,"to":8)"));
  asked.says(cas, R"("type":"cas_ok")");
  CHECK(has(asked.next(), R"("value":8)"));
  CHECK(calls == 2);
}

TEST_CASE("kv: update does not try again where a write may have happened") {
  Asked asked([](Asked& self) -> Task<Reply> {
    const auto value =
        co_await self.lin.update<std::int64_t>("n", 0, [](std::int64_t old) { return old + 1; });
    co_return reply("go_ok").set("value", value);
  });
  asked.says(asked.go(), R"("type":"read_ok","value":1)");
  CHECK(has(asked.next(), "\"cas\""));
  asked.harness->advance(1s);
  CHECK(has(asked.next(), R"("code":0)"));
}

}  // namespace
}  // namespace narrows
