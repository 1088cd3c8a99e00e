// SPDX-License-Identifier: MIT
#include "narrows/node.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "unit/doctest.hpp"
#include "unit/fed_node.hpp"

namespace narrows {
namespace {

using test::FedNode;

constexpr std::string_view kInitOk =
    R"({"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}})"
    "\n";

void serve_ping(Node& node) {
  node.on("ping", [](const Request&) { return reply("ping_ok"); });
}

std::string ping_line(int msg_id) {
  return R"({"src":"c1","dest":"n1","body":{"type":"ping","msg_id":)" + std::to_string(msg_id) +
         "}}\n";
}

std::string pong_line(int in_reply_to, int msg_id, std::string_view src = "n1") {
  return "{\"src\": \"" + std::string(src) +
         R"(", "dest": "c1", "body": {"type": "ping_ok", "in_reply_to": )" +
         std::to_string(in_reply_to) + ", \"msg_id\": " + std::to_string(msg_id) + "}}\n";
}

TEST_CASE("node: lines in, lines out") {
  FedNode fed;
  serve_ping(fed.node);
  CHECK(fed.init() == kInitOk);
  CHECK(fed.feed(ping_line(2) + ping_line(3)) == pong_line(2, 1) + pong_line(3, 2));
  CHECK(fed.feed("").empty());
}

TEST_CASE("node: the name and everybody's are known from init on") {
  FedNode fed;
  CHECK(fed.node.id().empty());
  CHECK(fed.node.node_ids().empty());
  fed.node.on("who", [&](const Request&) {
    return reply("who_ok").set("id", fed.node.id()).set("all", fed.node.node_ids().size());
  });
  fed.feed(R"({"src":"c0","dest":"n2","body":{"type":"init","msg_id":1,"node_id":"n2",)"
           R"("node_ids":["n1","n2","n3"]}})"
           "\n");
  CHECK(fed.node.id() == "n2");
  REQUIRE(fed.node.node_ids().size() == 3);
  CHECK(fed.node.node_ids()[2] == "n3");
  CHECK(fed.ask("\"type\":\"who\"") == R"("type": "who_ok", "id": "n2", "all": 3)");
}

/// An init of so many equal ids.
std::string init_line(std::string_view name, std::size_t ids, std::string_view id) {
  std::string line = R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":")";
  line.append(name).append(R"(","node_ids":[)");
  for (std::size_t i = 0; i < ids; ++i) line.append(i > 0 ? ",\"" : "\"").append(id).append("\"");
  return line.append("]}}\n");
}

TEST_CASE("node: an init that names more nodes than are kept is refused, and keeps nothing") {
  constexpr std::size_t kMost = 65'536;
  Options options;
  options.max_line_bytes = 8 << 20;
  options.pool_bytes = least_pool_bytes(options.max_line_bytes);
  FedNode fed(std::move(options));
  const std::string too_long(std::size_t{1} << 20, 'n');
  const std::string long_id(1024, 'n');
  for (const std::string& refused :
       {init_line("n1", kMost + 1, "n2"), init_line("n1", 5000, long_id),
        init_line(too_long, 1, "n1")}) {
    const std::string answer = fed.feed(refused);
    CHECK(answer.find(R"("code": 12, "text": "init: )") != std::string::npos);
    CHECK(fed.node.id().empty());
    CHECK(fed.node.node_ids().empty());
  }
  CHECK(fed.feed(init_line("n1", kMost, "n2")).find("init_ok") != std::string::npos);
  CHECK(fed.node.node_ids().size() == kMost);
}

TEST_CASE("node: a line may be fed in pieces, and waits for its end") {
  FedNode fed;
  serve_ping(fed.node);
  fed.init();
  const std::string line = ping_line(2);
  CHECK(fed.feed(line.substr(0, 10)).empty());
  CHECK(fed.feed(line.substr(10, 20)).empty());
  CHECK(fed.feed(line.substr(30)) == pong_line(2, 1));
  std::string output;
  for (const char byte : line + line) output += fed.feed({&byte, 1});
  CHECK(output == pong_line(2, 2) + pong_line(2, 3));
}

TEST_CASE("node: finish ends a last line that has no newline, and only that") {
  FedNode fed;
  serve_ping(fed.node);
  fed.init();
  CHECK(fed.finish().empty());
  std::string line = ping_line(2);
  line.pop_back();
  CHECK(fed.feed(line).empty());
  CHECK(fed.finish() == pong_line(2, 1));
  CHECK(fed.finish().empty());
  CHECK(fed.feed(ping_line(3)) == pong_line(3, 2));  // more may follow
}

TEST_CASE("node: input of any size is taken in one piece") {
  FedNode fed;
  serve_ping(fed.node);
  fed.init();
  std::string input;
  std::string expected;
  for (int i = 0; i < 20'000; ++i) {
    input += ping_line(i);
    expected += pong_line(i, i + 1);
  }
  CHECK((fed.feed(input) == expected));
}

TEST_CASE("node: long lines are taken up to the limit, among short ones") {
  Options options;
  options.max_line_bytes = 1 << 20;
  FedNode fed(options);
  fed.init();
  const auto line = [](std::size_t payload) {
    return R"({"src":"c1","dest":"n1","body":{"type":"bench_echo","msg_id":1,"echo":")" +
           std::string(payload, 'x') + "\"}}\n";
  };
  const std::size_t frame = line(0).size() - 1;
  for (const std::size_t bytes : {60'000UL, 65'536UL, 69'000UL, 69'632UL, 69'633UL, 70'000UL,
                                  131'072UL, 300'000UL, options.max_line_bytes}) {
    const std::string payload(bytes - frame, 'x');
    const std::string answer = fed.feed(line(1) + line(bytes - frame) + line(2));
    CHECK_MESSAGE(std::count(answer.begin(), answer.end(), '\n') == 3, bytes);
    CHECK_MESSAGE(answer.find("\"echo\": \"" + payload + "\", ") != std::string::npos, bytes);
  }
  const std::string answer = fed.feed(line(1) + line(options.max_line_bytes - frame + 1) + line(2));
  CHECK(std::count(answer.begin(), answer.end(), '\n') == 2);
}

TEST_CASE("node: bench_echo and bench_stats answer in every node") {
  FedNode fed;
  fed.init();
  const std::string echo = fed.ask(R"("type":"bench_echo","echo":"perf")");
  CHECK(echo.starts_with(R"("type": "bench_echo_ok", "echo": "perf", "latency_us": )"));
  CHECK(echo.find_first_not_of("0123456789", echo.rfind(' ') + 1) == std::string::npos);
  CHECK(fed.ask(R"("type":"bench_echo")") ==
        R"("type": "error", "code": 12, "text": "`echo` is missing")");
  CHECK(fed.ask(R"("type":"bench_stats")")
            .starts_with(R"("type": "bench_stats_ok", "total_messages": 3, )"));
}

TEST_CASE("node: a handler may return a reply, an error or nothing, and may be stateful") {
  FedNode fed;
  fed.node.on("reply", [count = 0](const Request&) mutable {
    return reply("reply_ok").set("count", ++count);
  });
  fed.node.on("error", [](const Request&) { return Error(ErrorCode::abort, "no"); });
  int calls = 0;
  fed.node.on("nothing", [&](const Request&) { ++calls; });
  auto owned = std::make_shared<int>(7);
  fed.node.on("owned", [owned](const Request&) { return reply("owned_ok").set("n", *owned); });
  fed.init();
  CHECK(fed.ask("\"type\":\"reply\"") == R"("type": "reply_ok", "count": 1)");
  CHECK(fed.ask("\"type\":\"reply\"") == R"("type": "reply_ok", "count": 2)");
  CHECK(fed.ask("\"type\":\"error\"") == R"("type": "error", "code": 14, "text": "no")");
  CHECK(fed.ask("\"type\":\"owned\"") == R"("type": "owned_ok", "n": 7)");
  CHECK(fed.ask("\"type\":\"nothing\"") == "no reply: ");
  CHECK(calls == 1);
}

TEST_CASE("node: a handler that throws leaves the node alive") {
  FedNode fed;
  serve_ping(fed.node);
  fed.node.on("throw", [](const Request&) -> Reply { throw std::runtime_error("broke"); });
  fed.init();
  CHECK(fed.ask("\"type\":\"throw\"") == R"("type": "error", "code": 13, "text": "broke")");
  CHECK(fed.ask("\"type\":\"ping\"") == R"("type": "ping_ok")");
}

TEST_CASE("node: reserved types and such as are taken are refused") {
  Node node;
  for (const std::string_view type : {"init", "bench_echo", "bench_stats", ""}) {
    CHECK_THROWS_AS(node.on(type, [](const Request&) {}), std::invalid_argument);
  }
  serve_ping(node);
  CHECK_THROWS_AS(serve_ping(node), std::invalid_argument);
}

TEST_CASE("node: as many types as there may be, one more is refused") {
  Node node;
  int types = 0;
  CHECK_THROWS_AS(
      [&] {
        for (; types < 100'000; ++types)
          node.on("t" + std::to_string(types), [](const Request&) {});
      }(),
      std::invalid_argument);
  CHECK(types > 200);
}

TEST_CASE("node: after the first input no handler is taken") {
  FedNode fed;
  fed.feed("");
  CHECK_THROWS_AS(serve_ping(fed.node), std::logic_error);
}

TEST_CASE("node: options that make no sense together are refused") {
  Options options;
  options.pool_bytes = least_pool_bytes(options.max_line_bytes) - 1;
  CHECK_THROWS_AS(Node{options}, std::invalid_argument);
  options = {};
  options.max_depth = 0;
  CHECK_THROWS_AS(Node{options}, std::invalid_argument);
  options.max_depth = 4'097;
  CHECK_THROWS_AS(Node{options}, std::invalid_argument);
}

TEST_CASE("node: with the least memory it answers all the same") {
  Options options;
  options.max_line_bytes = 100'000;
  options.pool_bytes = least_pool_bytes(options.max_line_bytes);
  FedNode fed(options);
  serve_ping(fed.node);
  fed.init();
  std::string input;
  std::string expected;
  for (int i = 0; i < 5'000; ++i) {
    input += ping_line(i);
    expected += pong_line(i, i + 1);
  }
  CHECK((fed.feed(input) == expected));
}

TEST_CASE("node: several live in one process, each with its own name, numbers and books") {
  FedNode first;
  FedNode second;
  serve_ping(first.node);
  serve_ping(second.node);
  first.init("n1");
  second.init("n2");
  CHECK(first.feed(ping_line(1)) == pong_line(1, 1, "n1"));
  CHECK(second.feed(ping_line(2)) == pong_line(2, 1, "n2"));
  CHECK(first.feed(ping_line(3)) == pong_line(3, 2, "n1"));
  CHECK(first.feed(ping_line(4).substr(0, 20)).empty());
  CHECK(second.feed(ping_line(5)) == pong_line(5, 2, "n2"));
  CHECK(first.feed(ping_line(4).substr(20)) == pong_line(4, 3, "n1"));
  CHECK(second.ask("\"type\":\"bench_stats\"").find("\"total_messages\": 3, ") !=
        std::string::npos);
}

TEST_CASE("node: two nodes fed each other's output fall silent") {
  FedNode first;
  FedNode second;
  first.init("n1");
  second.init("n2");
  std::string traffic = first.feed(R"({"src":"n2","dest":"n1","body":{"type":"what","msg_id":1}})"
                                   "\n");
  CHECK_FALSE(traffic.empty());
  traffic = second.feed(traffic);
  CHECK(traffic.empty());
}

TEST_CASE("node: random numbers are the seed's, and below their bound") {
  const auto drawn = [](std::uint64_t seed) {
    Options options;
    options.seed = seed;
    Node node{options};
    std::vector<std::uint64_t> numbers;
    numbers.reserve(100);
    for (int i = 0; i < 100; ++i) numbers.push_back(node.random(10));
    return numbers;
  };
  const auto numbers = drawn(7);
  CHECK(numbers == drawn(7));
  CHECK(numbers != drawn(8));
  CHECK(*std::ranges::max_element(numbers) == 9);
  CHECK(*std::ranges::min_element(numbers) == 0);
  Node node;
  CHECK(node.random(1) == 0);
  CHECK_THROWS_AS(static_cast<void>(node.random(0)), std::invalid_argument);
}

}  // namespace
}  // namespace narrows
