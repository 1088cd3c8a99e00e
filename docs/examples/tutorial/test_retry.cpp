// In virtual time: a message that is lost is sent again until the neighbour answers.
#include <cstdio>
#include <narrows/testing.hpp>

#include "handlers.hpp"

using namespace std::chrono_literals;

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  if (holds) return;
  ++failures;
  std::fprintf(stderr, "not so: %s\n", what);
}

}  // namespace

int main() {
  narrows::Node node;
  add_handlers(node);
  narrows::testing::Harness harness(node, "n1", {"n1", "n2"});

  harness.request("c1", R"("type":"topology","topology":{"n1":["n2"],"n2":["n1"]})");
  harness.request("c1", R"("type":"broadcast","message":7)");
  auto sent = harness.take();
  check(sent.size() == 3, "a topology_ok, a gossip and a broadcast_ok are sent");
  check(sent.at(1).dest == "n2" && sent.at(1).type == "gossip", "n2 is told");

  harness.advance(499ms);  // it was lost
  check(harness.take().empty(), "the node waits 500 ms for the answer");
  harness.advance(101ms);  // the timeout, and the pause before the second attempt
  sent = harness.take();
  check(sent.size() == 1 && sent.at(0).type == "gossip", "n2 is told again");

  harness.answer(sent.at(0), R"("type":"gossip_ok")");
  harness.advance(1h);
  check(harness.take().empty(), "once it has answered, n2 is left alone");
  return failures == 0 ? 0 : 1;
}
