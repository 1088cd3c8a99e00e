// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "narrows/testing/network.hpp"
#include "unit/doctest.hpp"
#include "workloads/trials.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::Network;

TEST_CASE("kafka: messages have offsets, in order, by key, on one node and on several") {
  for (const std::size_t nodes : {1U, 3U}) {
    CAPTURE(nodes);
    Network network({.nodes = nodes}, serve_kafka);
    const std::string last = "n" + std::to_string(nodes - 1);
    CHECK(has(network.ask("c1", "n0", R"("type":"poll","offsets":{"a":0})"), R"("msgs": {})"));
    CHECK(has(network.ask("c1", "n0", R"("type":"send","key":"a","msg":7)"), R"("offset": 0)"));
    CHECK(has(network.ask("c2", last, R"("type":"send","key":"a","msg":{"x":[1]})"),
              R"("offset": 1)"));
    CHECK(
        has(network.ask("c1", last, R"("type":"send","key":"b/0","msg":null)"), R"("offset": 0)"));
    CHECK(has(network.ask("c1", "n0", R"("type":"poll","offsets":{"a":0,"b/0":0,"c":5})"),
              R"("msgs": {"a":[[0,7],[1,{"x":[1]}]],"b/0":[[0,null]]})"));
    CHECK(has(network.ask("c1", last, R"("type":"poll","offsets":{"a":1})"),
              R"({"a":[[1,{"x":[1]}]]})"));
    CHECK(has(network.ask("c1", last, R"("type":"poll","offsets":{"a":2})"), R"("msgs": {})"));
    CHECK(has(network.ask("c1", last, R"("type":"poll","offsets":{})"), R"("msgs": {})"));
    CHECK(has(network.ask("c1", "n0", R"("type":"poll","offsets":{"c":9223372036854775807})"),
              R"("msgs": {})"));
    CHECK(has(network.ask("c1", "n0", R"("type":"send","key":"c","msg":1)"), R"("offset": 0)"));
  }
}

TEST_CASE("kafka: a commit stays, and never goes back") {
  for (const std::size_t nodes : {1U, 3U}) {
    CAPTURE(nodes);
    Network network({.nodes = nodes}, serve_kafka);
    const std::string last = "n" + std::to_string(nodes - 1);
    const std::string list = R"("type":"list_committed_offsets","keys":["a","b","none"])";
    CHECK(has(network.ask("c1", "n0", list), R"("offsets": {})"));
    const auto answer =
        network.ask("c1", "n0", R"("type":"commit_offsets","offsets":{"a":4,"b":0})");
    CHECK(answer.type == "commit_offsets_ok");
    CHECK(has(network.ask("c1", last, list), R"("offsets": {"a": 4, "b": 0})"));
    network.ask("c1", last, R"("type":"commit_offsets","offsets":{"a":3,"b":1})");
    CHECK(has(network.ask("c1", "n0", list), R"("offsets": {"a": 4, "b": 1})"));
    CHECK(has(network.ask("c1", last, list), R"("offsets": {"a": 4, "b": 1})"));
  }
}

TEST_CASE("kafka: what is no request gets error 12, which names the place") {
  for (const std::size_t nodes : {1U, 3U}) {
    Network network({.nodes = nodes}, serve_kafka);
    const auto refused = [&](const std::string& members, std::string_view why) {
      const auto answer = network.ask("c1", "n0", R"("type":)" + members);
      CAPTURE(answer.body);
      CHECK(answer.error == 12);
      CHECK(has(answer, why));
    };
    refused(R"("send","key":"a")", "`msg` is missing");
    refused(R"("send","msg":1)", "`key` is missing");
    refused(R"("send","key":"a","msg":")" + std::string(9000, 'x') + "\"", "2 KiB");
    refused(R"("send","key":"a","msg":)" + std::string(300, '[') + std::string(300, ']'),
            "256 levels");
    refused(R"("send","key":7,"msg":1)", "`key` is no string");
    refused(R"("poll")", "`offsets` is missing");
    refused(R"("poll","offsets":{"a":-1})", "`offsets.a`");
    refused(R"("poll","offsets":{"a":"x"})", "`offsets.a`");
    refused(R"("commit_offsets","offsets":[1])", "`offsets` is no object");
    refused(R"("list_committed_offsets","keys":[1])", "`keys[0]`");
    CHECK(has(network.ask("c1", "n0", R"("type":"send","key":"a","msg":7)"), R"("offset": 0)"));
  }
}

TEST_CASE("kafka: a log of many segments is found by a node that has never seen it") {
  Network network({.nodes = 2}, serve_kafka);
  for (int i = 0; i < 1000; ++i) {
    network.request("c" + std::to_string(i), "n0",
                    R"("type":"send","key":"a","msg":)" + std::to_string(i), [](const Answer&) {});
  }
  network.run_for(1s);
  const std::uint64_t before = network.traffic().service_messages;
  CHECK(has(network.ask("c1", "n1", R"("type":"send","key":"a","msg":1000)"), R"("offset": 1000)"));
  CHECK(network.traffic().service_messages - before < 30);
  CHECK(has(network.ask("c1", "n1", R"("type":"poll","offsets":{"a":990})"),
            R"([[990,990],[991,991],)"));
  const auto many = network.ask("c1", "n1", R"("type":"poll","offsets":{"a":100})");
  CHECK(has(many, R"({"a":[[100,100],)"));
  CHECK(has(many, R"([227,227]]})"));
}

TEST_CASE("kafka: a log of the longest messages goes on") {
  Network network({.nodes = 2}, serve_kafka);
  const std::string longest = encode(std::string(1000, '"'));
  for (int i = 0; i < 150; ++i) {
    network.request("c" + std::to_string(i), i % 2 == 0 ? "n0" : "n1",
                    R"("type":"send","key":"a","msg":)" + longest,
                    [](const Answer& answer) { CHECK(answer.type == "send_ok"); });
  }
  network.run_for(1s);
  CHECK(has(network.ask("c1", "n0", R"("type":"send","key":"a","msg":1)"), R"("offset": 150)"));
  CHECK(has(network.ask("c1", "n1", R"("type":"poll","offsets":{"a":150})"), "[[150,1]]"));
}

TEST_CASE("kafka: nothing is lost, doubled or out of order, whatever befalls nodes and network") {
  try_seeds("kafka", kSeeds, serve_kafka);
  CHECK(try_late_seeds("kafka", kSeeds, 1, serve_kafka) > 95);
}

}  // namespace
}  // namespace narrows::workloads
