// SPDX-License-Identifier: MIT
// Nodes that clients can ask, with a network between them that can be cut: simulated ones
// (narrows/testing/network.hpp), or real processes (`narrows cluster`).
//
// Threads: everything happens on one thread, callbacks too.
// Errors: what makes no sense, std::invalid_argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "narrows/testing/history.hpp"

namespace narrows::testing {

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

class Cluster {
 public:
  static constexpr std::chrono::nanoseconds kTimeout = std::chrono::seconds(5);

  Cluster() = default;
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;
  virtual ~Cluster() = default;

  /// The nodes' names, in order: n0, n1, ….
  [[nodiscard]] virtual const std::vector<std::string>& nodes() const = 0;

  using Then = std::function<void(const Answer& answer)>;
  /// A client's request; `members`: of its body, without braces and msg_id, on one line. `then` is
  /// called once: with the answer, or after the timeout. May be called from callbacks.
  virtual void request(std::string_view client, std::string_view node, std::string_view members,
                       Then then, std::chrono::nanoseconds timeout) = 0;
  void request(std::string_view client, std::string_view node, std::string_view members,
               Then then) {
    request(client, node, members, std::move(then), kTimeout);
  }
  /// Calls `what` after so long. May be called from callbacks.
  virtual void after(std::chrono::nanoseconds delay, std::function<void()> what) = 0;

  /// From now on what arrives at a node of one group from one of another is lost, also what was
  /// under way; nodes that are named nowhere are a group together. Ends other partitions and cuts.
  /// Clients and services reach everybody.
  virtual void partition(const std::vector<std::vector<std::string>>& groups) = 0;
  /// What arrives at `to` from `from` is lost; not what goes the other way.
  virtual void cut(std::string_view from, std::string_view to) = 0;
  /// Ends all partitions and cuts.
  virtual void heal() = 0;
  /// The node does nothing: what arrives waits for it, its timers stand still.
  virtual void pause(std::string_view node) = 0;
  /// It has what has come meanwhile, in order, then does what is due.
  virtual void resume(std::string_view node) = 0;

  /// The time since the beginning.
  [[nodiscard]] virtual std::chrono::nanoseconds now() const = 0;
  [[nodiscard]] virtual const Traffic& traffic() const = 0;
  /// For the caller's own choices, 0 to below `bound` (at least 1), by the seed; what nodes and
  /// network draw does not depend on it.
  [[nodiscard]] virtual std::uint64_t random(std::uint64_t bound) = 0;
};

}  // namespace narrows::testing
