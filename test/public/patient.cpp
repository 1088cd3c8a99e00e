// SPDX-License-Identifier: MIT
// A node of somebody else's, whose handlers wait, ask, sleep, and hand work over.
#include <chrono>
#include <cstdio>
#include <exception>
#include <narrows/node.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using narrows::Reply;
using narrows::Request;
using narrows::Task;

namespace {

std::chrono::milliseconds ms_of(const Request& request) {
  return std::chrono::milliseconds(request.integer("ms"));
}

/// Asks all other nodes, and adds up what they say.
Task<std::int64_t> sum(narrows::Node& node, std::chrono::milliseconds timeout) {
  std::vector<narrows::Rpc> rpcs;
  for (const std::string& id : node.node_ids()) {
    if (id != node.id()) rpcs.push_back(node.rpc(id, narrows::message("count"), timeout));
  }
  std::int64_t sum = 0;
  for (const narrows::Response& each : co_await narrows::all(std::move(rpcs))) {
    sum += each.integer("count");
  }
  co_return sum;
}

void serve(narrows::Node& node) {
  node.on("echo", [](const Request& request) {
    return narrows::reply("echo_ok").raw("echo", request.raw("echo"));
  });
  node.on("nap", [](const Request& request) -> Task<Reply> {
    co_await narrows::sleep(ms_of(request));
    co_return narrows::reply("nap_ok").raw("tag", request.raw("tag"));
  });
  node.on("sum", [&](const Request& request) -> Task<Reply> {
    co_return narrows::reply("sum_ok").set("sum", co_await sum(node, ms_of(request)));
  });
  node.on("work", [](const Request& request) -> Task<Reply> {
    const std::chrono::milliseconds duration = ms_of(request);
    const bool fails = request.find("fail").has_value();
    const long done = co_await narrows::offload([duration, fails] {
      std::this_thread::sleep_for(duration);
      if (fails) throw std::runtime_error("the work failed");
      return duration.count();
    });
    co_return narrows::reply("work_ok").set("done", done);
  });
  node.on("block", [&](const Request& request) {
    const auto block = [duration = ms_of(request)] { std::this_thread::sleep_for(duration); };
    const std::string where = request.get_or<std::string>("where", "handler");
    if (where == "handler") block();
    if (where == "timer") node.after(0ms, block);
    if (where == "callback") {
      node.rpc("n2", narrows::message("count"), 1ms, [block](const auto& /*result*/) { block(); });
    }
    if (where == "task") {
      node.spawn([block]() -> Task<> {
        co_await narrows::sleep(1ms);
        block();
      });
    }
    return narrows::reply("block_ok");
  });
  node.on("beat", [&](const Request& request) {
    node.every(ms_of(request), [&node, to = std::string(request.src())] {
      node.send(to, narrows::message("beat").set("from", node.id()));
    });
    return narrows::reply("beat_ok");
  });
  node.after_init([&node] { node.send("n2", narrows::message("hello")); });
}

}  // namespace

int main(int argc, char** argv) {
  try {
    narrows::Node node{narrows::options_from(argc, argv)};
    serve(node);
    return node.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "patient: %s\n", error.what());
    return 1;
  }
}
