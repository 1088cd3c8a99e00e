// SPDX-License-Identifier: MIT
// Several nodes in this process, the network between them, and Maelstrom's key-value services, in
// virtual time.
//
//   narrows::testing::Network network({.nodes = 3, .seed = 7}, [](narrows::Node& node) { … });
//   network.partition({{"n0", "n1"}, {"n2"}});
//   auto answer = network.ask("c1", "n0", R"("type":"broadcast","message":1)");
//   network.heal();
//   network.run_for(5s);                 // takes as long as what happens in it
//
// One seed decides all that is random: every delay, loss and duplication, what the services answer,
// and the nodes' own jitter. The same seed and the same calls give the same history, byte for byte,
// on any machine, as long as the nodes themselves use no other clock and no other randomness.
//
// Order: of what is due at one moment messages come first, in the order in which they were sent,
//   then what is due at nodes, by node, then what was scheduled here.
// Threads: everything happens on the caller's, but for what nodes offload: that takes no virtual
//   time, and is waited for.
// Errors: what makes no sense, std::invalid_argument; running from within what runs (a handler, a
//   callback), or something that repeats itself without end at one moment, std::logic_error.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/node.hpp"
#include "narrows/testing/cluster.hpp"

namespace narrows::testing {

/// How long a message is on its way.
struct Latency {
  enum class Shape : std::uint8_t {
    constant,    // each the same: messages stay in order
    uniform,     // from 0 to twice the mean
    exponential  // often short, now and then many times the mean
  };
  Shape shape = Shape::constant;
  std::chrono::nanoseconds mean{0};
};

struct NetworkOptions {
  /// They are called n0, n1, ….
  std::size_t nodes = 1;
  std::uint64_t seed = 1;
  /// Between nodes, and between nodes and services.
  Latency latency = {};
  /// Each way between a client and a node; in Maelstrom there is none.
  std::chrono::nanoseconds client_latency{0};
  /// Chances, 0 to 1, of each message from node to node; those of clients and services are safe.
  double loss = 0;
  double duplication = 0;
  /// lin-kv, seq-kv and lww-kv.
  bool services = true;
  /// Is told each event, "1500000 deliver {…}": its time in nanoseconds, what, and of whom.
  std::function<void(std::string_view event)> trace = {};
};

class Network final : public Cluster {
 public:
  /// Makes the nodes, has `serve` register their handlers, and gives each its `init`.
  Network(NetworkOptions options, const std::function<void(Node&)>& serve);
  ~Network() override;

  [[nodiscard]] const std::vector<std::string>& nodes() const override;
  /// Tells every node who it is to talk to. Throws std::logic_error unless all of them say
  /// topology_ok.
  void topology(const Topology& neighbours);

  using Cluster::request;
  void request(std::string_view client, std::string_view node, std::string_view members, Then then,
               std::chrono::nanoseconds timeout) override;
  /// The same, and runs until it is answered, or given up.
  Answer ask(std::string_view client, std::string_view node, std::string_view members,
             std::chrono::nanoseconds timeout = kTimeout);
  void after(std::chrono::nanoseconds delay, std::function<void()> what) override;

  void partition(const std::vector<std::vector<std::string>>& groups) override;
  void cut(std::string_view from, std::string_view to) override;
  void heal() override;
  void pause(std::string_view node) override;
  void resume(std::string_view node) override;

  /// Lets virtual time pass.
  void run_for(std::chrono::nanoseconds duration);
  /// Until no message is under way and nothing is due, ever, at nodes that are not paused; false:
  /// that did not come within `limit` (it does not for nodes that have a timer every so often).
  bool run_until_idle(std::chrono::nanoseconds limit);
  /// Until `is_over` is true after an event, or nothing is left to happen.
  void run_until(const std::function<bool()>& is_over);

  [[nodiscard]] std::chrono::nanoseconds now() const override;
  [[nodiscard]] const Traffic& traffic() const override;
  [[nodiscard]] std::uint64_t random(std::uint64_t bound) override;
  /// As Harness::take_log() of a node.
  [[nodiscard]] std::vector<std::string> take_log(std::string_view node);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace narrows::testing
