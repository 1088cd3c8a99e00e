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
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/node.hpp"
#include "narrows/testing/history.hpp"

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

/// What came of a client's request.
struct Answer {
  /// Failed: the error is a definite one. Unknown: an indefinite one, or no answer in time.
  Outcome outcome = Outcome::unknown;
  int error = -1;          // its code; -1: none came
  std::string type;        // empty: there is no answer
  std::string body{"{}"};  // its JSON, braces included
  std::chrono::nanoseconds invoked{};
  std::chrono::nanoseconds completed{};
};

/// What has passed so far.
struct Traffic {
  std::uint64_t between_nodes = 0;  // sent by a node to a node, those that are lost too
  std::map<std::string, std::uint64_t, std::less<>> by_type;  // the same, by type
  std::uint64_t lost = 0;                                     // by chance
  std::uint64_t cut = 0;                                      // by a partition
  std::uint64_t duplicated = 0;
  std::uint64_t service_messages = 0;  // to and from services
  std::uint64_t client_messages = 0;   // to and from clients
  std::uint64_t late_answers = 0;      // to requests that were given up
  std::uint64_t stray = 0;   // to nobody: neither a node, a service nor a client that asked
  std::uint64_t events = 0;  // messages that were delivered, times a node was woken
};

class Network {
 public:
  static constexpr std::chrono::nanoseconds kTimeout = std::chrono::seconds(5);

  /// Makes the nodes, has `serve` register their handlers, and gives each its `init`.
  Network(NetworkOptions options, const std::function<void(Node&)>& serve);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;
  ~Network();

  /// The nodes' names, in order.
  [[nodiscard]] const std::vector<std::string>& nodes() const;
  /// Tells every node who it is to talk to. Throws std::logic_error unless all of them say
  /// topology_ok.
  void topology(const Topology& neighbours);

  using Then = std::function<void(const Answer& answer)>;
  /// A client's request; `members`: of its body, without braces and msg_id, on one line. `then` is
  /// called once: with the answer, or after the timeout. May be called from callbacks.
  void request(std::string_view client, std::string_view node, std::string_view members, Then then,
               std::chrono::nanoseconds timeout = kTimeout);
  /// The same, and runs until it is answered, or given up.
  Answer ask(std::string_view client, std::string_view node, std::string_view members,
             std::chrono::nanoseconds timeout = kTimeout);
  /// Calls `what` after so long. May be called from callbacks.
  void after(std::chrono::nanoseconds delay, std::function<void()> what);

  /// From now on what arrives at a node of one group from one of another is lost, also what was
  /// under way; nodes that are named nowhere are a group together. Ends other partitions and cuts.
  /// Clients and services reach everybody.
  void partition(const std::vector<std::vector<std::string>>& groups);
  /// What arrives at `to` from `from` is lost; not what goes the other way.
  void cut(std::string_view from, std::string_view to);
  /// Ends all partitions and cuts.
  void heal();
  /// The node does nothing: what arrives waits for it, its timers stand still.
  void pause(std::string_view node);
  /// It has what has come meanwhile, in order, then does what is due.
  void resume(std::string_view node);

  /// Lets virtual time pass.
  void run_for(std::chrono::nanoseconds duration);
  /// Until no message is under way and nothing is due, ever, at nodes that are not paused; false:
  /// that did not come within `limit` (it does not for nodes that have a timer every so often).
  bool run_until_idle(std::chrono::nanoseconds limit);

  /// The time since the beginning.
  [[nodiscard]] std::chrono::nanoseconds now() const;
  [[nodiscard]] const Traffic& traffic() const;
  /// For the caller's own choices, 0 to below `bound` (at least 1), by the seed; what nodes and
  /// network draw does not depend on it.
  [[nodiscard]] std::uint64_t random(std::uint64_t bound);
  /// As Harness::take_log() of a node.
  [[nodiscard]] std::vector<std::string> take_log(std::string_view node);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace narrows::testing
