// SPDX-License-Identifier: MIT
#include "fuzz/handlers.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "narrows/fields.hpp"

namespace narrows::fuzz {

struct Add {
  std::int64_t delta = 0;
  std::optional<std::string> key;
};
NARROWS_FIELDS(Add, delta, key)

struct Nap {
  std::uint32_t ms = 0;
  std::optional<std::vector<double>> more;
};
NARROWS_FIELDS(Nap, ms, more)

namespace {

using namespace std::chrono_literals;

/// The name in a request's `to`.
std::string other_node(const Request& request) {
  const std::string to = request.get_or<std::string>("to", "n2");
  return to.empty() ? "n2" : to;
}

}  // namespace

void serve_at_once(Node& node) {
  node.on("echo",
          [](const Request& request) { return reply("echo_ok").raw("echo", request.raw("echo")); });
  node.on("add", [](const Add& add) {
    return reply("add_ok").set("delta", add.delta).set("key", add.key);
  });
  node.on("fail", [](const Request& request) -> Reply {
    return Error(ErrorCode::abort, std::string(request.body()));
  });
  node.on("quiet", [](const Request&) {});
  node.on_topology([](const Topology&) {});
}

void serve_in_time(Node& node) {
  node.on("nap", [](const Nap& nap) -> Task<Reply> {
    co_await sleep(std::chrono::milliseconds(nap.ms));
    co_return reply("nap_ok").set("more", nap.more);
  });
  node.on("ask", [&node](const Request& request) -> Task<Reply> {
    const auto question = message("question").raw("echo", request.raw("echo"));
    const Response answer = co_await node.rpc(other_node(request), question, 2s);
    co_return reply("ask_ok").raw("echo", answer.raw("echo"));
  });
  node.on("both", [&node](const Request& request) -> Task<Reply> {
    std::vector<Rpc> rpcs;
    const auto question = message("question").set("from", request.src());
    node.send(other_node(request), message("gossip").set("about", request.body()));
    rpcs.push_back(node.rpc(other_node(request), question, 6s));
    rpcs.push_back(node.rpc("n3", question));
    const Response first = co_await any(std::move(rpcs));
    co_return reply("both_ok").set("first", first.src());
  });
}

}  // namespace narrows::fuzz
