// SPDX-License-Identifier: MIT
// A cluster put on trial: clients of one of Maelstrom's workloads ask it for some time, while
// faults come and go; then it is left in peace for a while, every node is asked once more, and what
// the clients saw is checked.
//
//   const auto result = narrows::testing::simulate({.nodes = 5, .seed = 7},
//                                                  {.workload = "broadcast"}, serve_broadcast);
//   for (const std::string& fault : result.check.faults) std::puts(fault.c_str());
//
// In a simulation one seed decides everything, so that it gives the same result again, byte for
// byte.
//
// Threads: as the cluster's.
// Errors: what makes no sense, std::invalid_argument.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/testing/check.hpp"
#include "narrows/testing/cluster.hpp"
#include "narrows/testing/history.hpp"
#include "narrows/testing/network.hpp"

namespace narrows::testing {

/// What happens to a cluster. Who is hit is drawn anew each time.
enum class Fault : std::uint8_t {
  halves,   // two groups, one of them a majority if there is an odd number of nodes
  one,      // one node is alone
  ring,     // each node reaches a majority, and no two reach the same; of three nodes two are cut
  one_way,  // what one half says to the other is lost, not what the other says
  pause     // some nodes, fewer than half, stand still
};
[[nodiscard]] std::string_view name_of(Fault fault);
[[nodiscard]] std::span<const Fault> all_faults();

/// Who is told to talk to whom, as Maelstrom's options of the same names.
enum class Shape : std::uint8_t { grid, line, total, tree2, tree3, tree4 };
[[nodiscard]] std::string_view name_of(Shape shape);
[[nodiscard]] std::span<const Shape> all_shapes();
[[nodiscard]] Topology make_topology(Shape shape, const std::vector<std::string>& nodes);

struct TrialOptions {
  /// One of trial_workloads().
  std::string workload;
  /// Clients ask for so long.
  std::chrono::nanoseconds duration = std::chrono::seconds(10);
  /// Requests a second, of all clients together; 0: each asks again as soon as it was answered
  /// (which takes no time in a simulation without latency, so it is not to be asked for there).
  double rate = 100;
  /// Each has one request at a time, and a node of its own. 0: one a node.
  std::size_t clients = 0;
  /// Which come, each as likely as the other; none: none comes.
  std::vector<Fault> faults = {};
  /// A fault lasts so long, and as long is none.
  std::chrono::nanoseconds fault_interval = std::chrono::seconds(2);
  /// Of peace, before the last requests.
  std::chrono::nanoseconds recovery = std::chrono::seconds(10);
  /// Of each request: no answer by then leaves open what came of it.
  std::chrono::nanoseconds timeout = Cluster::kTimeout;
  /// Of broadcast.
  Shape topology = Shape::grid;
  /// Of txn-list-append.
  Consistency consistency = Consistency::strict_serializable;
};

/// When a fault was, and whom it hit: "n0 n2 | n1 n3 n4".
struct FaultBand {
  Fault fault = Fault::halves;
  std::string who;
  std::chrono::nanoseconds begin{};
  std::chrono::nanoseconds end{};
};

/// What had passed by then.
struct TrafficSample {
  std::chrono::nanoseconds at{};
  std::uint64_t between_nodes = 0;
  std::uint64_t service_messages = 0;
};

struct TrialResult {
  History history;
  /// Faults of the trial itself, an answer of the wrong type say, come first.
  CheckResult check;
  std::vector<FaultBand> faults;
  std::vector<TrafficSample> samples;
  /// Of the whole trial.
  Traffic traffic;
  /// When clients began, and when they ended but for the last requests.
  std::chrono::nanoseconds begin{};
  std::chrono::nanoseconds end{};

  /// Messages between nodes a request, of all clients' requests and of the whole trial, as
  /// Maelstrom counts them.
  [[nodiscard]] double messages_per_operation() const;
};

/// What there are clients of, in order.
[[nodiscard]] std::vector<std::string_view> trial_workloads();

class Trial {
 public:
  /// The cluster outlives it. A trial that is gone is called no more.
  Trial(Cluster& cluster, TrialOptions options);
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();

  void start();
  /// All clients have ended early: what is under way is waited for, then come the last requests.
  void stop();
  [[nodiscard]] bool is_over() const;
  /// Once, when it is over.
  [[nodiscard]] TrialResult take();
  /// Ends it before it is over: what there is of it, which is not checked.
  [[nodiscard]] TrialResult break_off();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

/// Runs a trial in virtual time, to its end.
[[nodiscard]] TrialResult simulate(const NetworkOptions& network, const TrialOptions& options,
                                   const std::function<void(Node&)>& serve);

}  // namespace narrows::testing
