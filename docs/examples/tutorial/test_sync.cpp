// In virtual time: two nodes that cannot reach each other agree once they can.
#include <cstdio>
#include <narrows/testing.hpp>
#include <string>

#include "handlers.hpp"

using namespace std::chrono_literals;
using narrows::testing::Harness;

namespace {

narrows::Node& with_handlers(narrows::Node& node) {
  add_handlers(node);
  return node;
}

struct Server {
  explicit Server(const std::string& id) : harness(with_handlers(node), id, {"n1", "n2"}) {
    harness.request("c1", R"("type":"topology","topology":{"n1":["n2"],"n2":["n1"]})");
  }

  std::string read() {
    harness.request("c1", R"("type":"read")");
    return harness.take().back().body;
  }

  narrows::Node node;
  Harness harness;
};

/// Lets time pass; what the servers send each other arrives, unless they are cut off.
void run(Server& a, Server& b, std::chrono::milliseconds duration, bool cut_off) {
  for (auto passed = 0ms; passed < duration; passed += 10ms) {
    for (const auto& sent : a.harness.take()) {
      if (sent.dest == "n2" && !cut_off) b.harness.deliver(sent);
    }
    for (const auto& sent : b.harness.take()) {
      if (sent.dest == "n1" && !cut_off) a.harness.deliver(sent);
    }
    a.harness.advance(10ms);
    b.harness.advance(10ms);
  }
}

bool agree(Server& a, Server& b) {
  return a.read().find(R"("messages":[1,2])") != std::string::npos &&
         b.read().find(R"("messages":[1,2])") != std::string::npos;
}

}  // namespace

int main() {
  Server n1("n1");
  Server n2("n2");
  n1.harness.request("c1", R"("type":"broadcast","message":1)");
  n2.harness.request("c2", R"("type":"broadcast","message":2)");

  run(n1, n2, 1min, true);
  if (agree(n1, n2)) return std::fprintf(stderr, "they agree, but were cut off\n"), 1;
  run(n1, n2, 1s, false);
  if (!agree(n1, n2)) return std::fprintf(stderr, "they do not agree\n"), 1;
}
