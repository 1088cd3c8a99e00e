// SPDX-License-Identifier: MIT
// A trial of a cluster that calls late, as one in real time does.
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "narrows/testing/trial.hpp"
#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// Each call comes so much later than it was asked for.
class Late final : public Cluster {
 public:
  Late(Network& network, nanoseconds by) : network_(network), by_(by) {}

  using Cluster::request;
  [[nodiscard]] const std::vector<std::string>& nodes() const override { return network_.nodes(); }
  void request(std::string_view client, std::string_view node, std::string_view members, Then then,
               nanoseconds timeout) override {
    network_.request(client, node, members, std::move(then), timeout);
  }
  void after(nanoseconds delay, std::function<void()> what) override {
    network_.after(delay + by_, std::move(what));
  }
  void partition(const std::vector<std::vector<std::string>>& groups) override {
    network_.partition(groups);
  }
  void cut(std::string_view from, std::string_view to) override { network_.cut(from, to); }
  void heal() override { network_.heal(); }
  void pause(std::string_view node) override { network_.pause(node); }
  void resume(std::string_view node) override { network_.resume(node); }
  [[nodiscard]] nanoseconds now() const override { return network_.now(); }
  [[nodiscard]] const Traffic& traffic() const override { return network_.traffic(); }
  [[nodiscard]] std::uint64_t random(std::uint64_t bound) override {
    return network_.random(bound);
  }

 private:
  Network& network_;
  nanoseconds by_;
};

TEST_CASE("trial: the rate is what was asked for, however late each request is") {
  Network network({.nodes = 5}, [](Node& node) {
    node.on("echo", [](const Request& request) {
      return reply("echo_ok").raw("echo", request.raw("echo"));
    });
  });
  Late late(network, 5ms);
  Trial trial(late, {.workload = "echo", .duration = 10s, .rate = 100, .recovery = 0s});
  trial.start();
  network.run_until([&] { return trial.is_over(); });
  const auto asked = trial.take().history.operations().size();
  CHECK(asked > 900);  // 660 if each were late by those before it, too
  CHECK(asked < 1'100);
}

}  // namespace
}  // namespace narrows::testing
