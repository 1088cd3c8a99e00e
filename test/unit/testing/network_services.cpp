// SPDX-License-Identifier: MIT
// The key-value services: what each must do, what it may do, and what it must not.
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "narrows/kv.hpp"
#include "narrows/testing/check.hpp"
#include "narrows/testing/network.hpp"
#include "testing/services.hpp"
#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::string ask(KvService& kv, const std::string& client, const std::string& members,
                nanoseconds now = 0ns) {
  return kv.answer(client, "{" + members + "}", now);
}
std::string write(int value) {
  return R"("type":"write","key":"k","value":)" + std::to_string(value);
}
std::string read_k() { return R"("type":"read","key":"k")"; }

/// A read's value; -1: there is no such key.
int value_of(const std::string& answer) {
  const std::size_t at = answer.find(R"("value":)");
  return at == std::string::npos ? -1 : std::stoi(answer.substr(at + 8));
}

std::vector<std::unique_ptr<KvService>> all_services() {
  std::vector<std::unique_ptr<KvService>> all;
  all.push_back(make_lin_kv());
  all.push_back(make_seq_kv(RandomSource(1)));
  all.push_back(make_lww_kv(RandomSource(1)));
  return all;
}

TEST_CASE("network services: values are any JSON, compared as JSON") {
  const auto kv = make_lin_kv();
  CHECK(ask(*kv, "n0", R"("type":"write","key":"k","value":{"a":[1,"x"],"b":null})") ==
        R"("type":"write_ok")");
  CHECK(ask(*kv, "n0", read_k()) == R"("type":"read_ok","value":{"a":[1,"x"],"b":null})");
  CHECK(ask(*kv, "n1", R"("type":"cas","key":"k","from":{"b": null, "a":[1,"\u0078"]},"to":[])") ==
        R"("type":"cas_ok")");
  CHECK(ask(*kv, "n1", R"("type":"cas","key":"k","from":{},"to":1)") ==
        R"("type":"error","code":22,"text":"current value [] is not {}")");
  CHECK(ask(*kv, "n0", read_k()) == R"("type":"read_ok","value":[])");
}

TEST_CASE("network services: keys that are a string and a number are two") {
  const auto kv = make_lin_kv();
  ask(*kv, "n0", R"("type":"write","key":"1","value":"text")");
  ask(*kv, "n0", R"("type":"write","key":1,"value":"number")");
  CHECK(ask(*kv, "n0", R"("type":"read","key":"1")") == R"("type":"read_ok","value":"text")");
  CHECK(ask(*kv, "n0", R"("type":"read","key":1)") == R"("type":"read_ok","value":"number")");
}

TEST_CASE("network services: a cas creates what it is asked to") {
  for (const auto& kv : all_services()) {
    const std::string cas = R"("type":"cas","key":"k","from":0,"to":5)";
    CHECK(ask(*kv, "n0", cas) == R"("type":"error","code":20,"text":"key does not exist")");
    CHECK(ask(*kv, "n0", cas + R"(,"create_if_not_exists":false)").find("20") != std::string::npos);
    CHECK(ask(*kv, "n0", cas + R"(,"create_if_not_exists":true)") == R"("type":"cas_ok")");
  }
}

TEST_CASE("network services: what is no request of theirs is answered with an error") {
  for (const auto& kv : all_services()) {
    const auto code = [&](const char* members) { return ask(*kv, "n0", members).substr(15, 9); };
    CHECK(code(R"("type":"delete","key":1)") == R"("code":10)");
    CHECK(code(R"("type":"read")") == R"("code":12)");
    CHECK(code(R"("type":"write","key":1)") == R"("code":12)");
    CHECK(code(R"("type":"cas","key":1,"to":1)") == R"("code":12)");
    CHECK(code(R"("type":"cas","key":1,"from":1)") == R"("code":12)");
  }
}

TEST_CASE("network services: lin-kv shows everybody the last value at once") {
  const auto kv = make_lin_kv();
  for (int i = 0; i < 100; ++i) {
    ask(*kv, "n" + std::to_string(i % 3), write(i));
    CHECK(value_of(ask(*kv, "n" + std::to_string(i % 5), read_k())) == i);
  }
}

TEST_CASE("network services: seq-kv may show an older state, and never goes back for a client") {
  const auto kv = make_seq_kv(RandomSource(5));
  std::map<std::string, int> seen;
  int stale = 0;
  for (int i = 0; i < 500; ++i) {
    ask(*kv, "writer", write(i));
    CHECK(value_of(ask(*kv, "writer", read_k())) == i);  // its own write it has seen
    for (const std::string client : {"a", "b"}) {
      const int value = value_of(ask(*kv, client, read_k()));
      CHECK(value >= (seen.contains(client) ? seen[client] : -1));
      CHECK(value >= i - 32);
      CHECK(value <= i);
      seen[client] = value;
      if (value < i) ++stale;
    }
  }
  CHECK(stale > 100);
}

TEST_CASE("network services: seq-kv's states are of all keys together") {
  const auto kv = make_seq_kv(RandomSource(6));
  // "a" is written before "b", each time: who has seen b's n-th value may not miss a's.
  for (int i = 0; i < 300; ++i) {
    const std::string value = std::to_string(i);
    ask(*kv, "writer", R"("type":"write","key":"a","value":)" + value);
    ask(*kv, "writer", R"("type":"write","key":"b","value":)" + value);
    const int b = value_of(ask(*kv, "reader", R"("type":"read","key":"b")"));
    CHECK(value_of(ask(*kv, "reader", R"("type":"read","key":"a")")) >= b);
  }
}

TEST_CASE("network services: seq-kv compares with the last state before it changes it") {
  const auto kv = make_seq_kv(RandomSource(7));
  ask(*kv, "n0", write(0));
  int total = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string client = "n" + std::to_string(i % 4);
    const int old = value_of(ask(*kv, client, read_k()));
    const std::string answer =
        ask(*kv, client,
            R"("type":"cas","key":"k","from":)" + std::to_string(old) + R"(,"to":)" +
                std::to_string(old + 1) + R"(,"create_if_not_exists":true)");
    if (answer == R"("type":"cas_ok")") total += old < 0 ? 0 : 1;
  }
  ask(*kv, "n0", R"("type":"write","key":"other","value":0)");
  CHECK(value_of(ask(*kv, "n0", read_k())) == total);
  CHECK(total > 100);
}

TEST_CASE("network services: lww-kv may lose a write to an earlier one, and agrees in the end") {
  const auto kv = make_lww_kv(RandomSource(8));
  int lost = 0;
  nanoseconds now{0};
  for (int i = 0; i < 200; ++i) {
    ask(*kv, "n0", write(2 * i), now += 1ms);
    ask(*kv, "n1", write(2 * i + 1), now += 1ms);
    std::set<int> last;
    for (int read = 0; read < 200; ++read) {
      const int value = value_of(ask(*kv, "n2", read_k(), now));
      if (read >= 150) last.insert(value);
    }
    CHECK(last.size() == 1);
    if (*last.begin() != 2 * i + 1) ++lost;
  }
  CHECK(lost > 20);
  CHECK(lost < 180);
}

TEST_CASE("network services: lww-kv shows nothing that was not written") {
  const auto kv = make_lww_kv(RandomSource(9));
  for (int i = 0; i < 100; ++i) {
    ask(*kv, "n0", write(i), i * 1ms);
    const int value = value_of(ask(*kv, "n1", read_k(), i * 1ms));
    CHECK(value >= -1);
    CHECK(value <= i);
  }
}

/// A counter on a service: "add" answers with the new total.
template <typename Kv>
void serve_counter(Node& node) {
  auto kv = std::make_shared<Kv>(node);
  node.on("add", [kv](const Request&) -> Task<Reply> {
    const auto add = [](std::int64_t old) { return old + 1; };
    const auto total = co_await kv->template update<std::int64_t>("total", 0, add);
    co_return reply("add_ok").set("total", total);
  });
}

/// The totals that 30 clients of several nodes were told.
std::set<int> totals(const std::function<void(Node&)>& serve) {
  Network network({.nodes = 3, .latency = {Latency::Shape::exponential, 5ms}}, serve);
  std::set<int> told;
  const auto note = [&](const Answer& answer) {
    const std::size_t at = answer.body.find(R"("total":)");
    REQUIRE(at != std::string::npos);
    told.insert(std::stoi(answer.body.substr(at + 8)));
  };
  for (int i = 0; i < 30; ++i) {
    const std::string& node = network.nodes()[network.random(3)];
    network.request("c" + std::to_string(i), node, R"("type":"add")", note, 60s);
    network.run_for(20ms);
  }
  CHECK(network.run_until_idle(60s));
  return told;
}

TEST_CASE("network services: nodes that count on lin-kv or seq-kv lose no step") {
  CHECK(totals(serve_counter<LinKv>).size() == 30);
  CHECK(totals(serve_counter<SeqKv>).size() == 30);
}

TEST_CASE("network services: nodes that count on lww-kv do") {
  CHECK(totals(serve_counter<LwwKv>).size() < 30);
}

TEST_CASE("network services: without them nobody answers") {
  Network network({.services = false}, serve_counter<LinKv>);
  CHECK(network.ask("c1", "n0", R"("type":"add")", 20s).outcome == Outcome::unknown);
  CHECK(network.traffic().stray > 0);
  CHECK(network.take_log("n0").size() == 1);  // of the request that was dropped
}

}  // namespace
}  // namespace narrows::testing
