// SPDX-License-Identifier: MIT
// A user's own mistakes: each gets an error that names it, and none holds up the node.
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using testing::Sent;

bool has(const Sent& sent, std::string_view part) {
  return sent.body.find(part) != std::string::npos;
}

/// Counts the frames that it lies in.
class Frame {
 public:
  explicit Frame(int& count) : count_(count) { ++count_; }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;
  ~Frame() { --count_; }

 private:
  int& count_;
};

Task<int> seven() {
  co_await sleep(1ms);
  co_return 7;
}

TEST_CASE("mistakes: two cannot await one Rpc at the same time") {
  Node node;
  std::optional<Rpc> rpc;
  node.on("ask", [&](const Request&) -> Task<Reply> {
    if (!rpc) rpc.emplace(node.rpc("n2", message("read")));
    const Response response = co_await *rpc;
    co_return reply("ask_ok").raw("value", response.raw("value"));
  });
  Harness harness(node);
  harness.request("c1", R"("type":"ask")");
  const auto asked = harness.take();
  harness.request("c2", R"("type":"ask")");
  const auto second = harness.take();
  REQUIRE(second.size() == 1);
  CHECK(has(second[0], R"("code":13,"text":"an Rpc is awaited once)"));
  harness.answer(asked.at(0), R"("type":"read_ok","value":5)");
  const auto first = harness.take();
  REQUIRE(first.size() == 1);
  CHECK(has(first[0], R"("value":5)"));
}

}  // namespace
}  // namespace narrows
