// SPDX-License-Identifier: MIT
// The network between nodes, services and clients, whoever runs the nodes: what is under way, what
// is cut, which requests wait for their answers, and what was scheduled.
//
// It has no clock: who owns it moves it from event to event.
//
// Invariants
//   1. A request is pending from when it is made until its client is told; so long its timeout is
//      among the calls.
//
// Threads: one thread's.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "narrows/testing/network.hpp"
#include "testing/envelope.hpp"
#include "testing/flights.hpp"
#include "testing/random_source.hpp"
#include "testing/services.hpp"

namespace narrows::testing {

inline constexpr std::chrono::nanoseconds kNever = Flights::kNever;

/// A sum that is never at most.
inline std::chrono::nanoseconds sum(std::chrono::nanoseconds a, std::chrono::nanoseconds b) {
  return a > kNever - b ? kNever : a + b;
}

/// What each draws from a source of its own, so that one more draw here changes nothing there.
enum class Stream : std::uint64_t { network, seq_kv, lww_kv, caller, first_node };

[[nodiscard]] inline RandomSource source(std::uint64_t seed, Stream stream,
                                         std::size_t number = 0) {
  return RandomSource(seed, static_cast<std::uint64_t>(stream) + number);
}

/// Who has the nodes.
class NodeKeeper {
 public:
  /// A message has arrived at a node: a line without its newline, which lasts for the call.
  virtual void take(std::size_t node, std::string_view line) = 0;

 protected:
  ~NodeKeeper() = default;
};

class Router {
 public:
  using Then = Cluster::Then;

  /// Throws std::invalid_argument where the options make no sense.
  Router(NetworkOptions options, NodeKeeper& nodes);

  [[nodiscard]] const NetworkOptions& options() const { return options_; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// Throws std::invalid_argument where there is no such node.
  [[nodiscard]] std::size_t index(std::string_view node) const;
  [[nodiscard]] Traffic& traffic() { return traffic_; }
  [[nodiscard]] const Traffic& traffic() const { return traffic_; }
  [[nodiscard]] RandomSource& callers_random() { return callers_random_; }
  /// Of the trace.
  void tell(std::string_view what, std::string_view of) const;

  /// A line that a node has written, without its newline; behind it EnvelopeReader's slack is
  /// readable. Throws std::logic_error where it is no message, std::invalid_argument where it is
  /// one in the name of somebody else.
  void post(std::size_t node, std::string_view line);

  // As Cluster has them.
  void request(std::string_view client, std::string_view node, std::string_view members, Then then,
               std::chrono::nanoseconds timeout);
  void after(std::chrono::nanoseconds delay, std::function<void()> what);
  void partition(const std::vector<std::vector<std::string>>& groups);
  void cut(std::string_view from, std::string_view to);
  void heal() { cuts_.assign(cuts_.size(), false); }

  [[nodiscard]] std::chrono::nanoseconds now() const { return now_; }
  void move_to(std::chrono::nanoseconds at) { now_ = at; }
  /// Of messages that have not arrived.
  [[nodiscard]] std::size_t bytes_under_way() const { return flights_.bytes(); }
  /// When the next message arrives, and when the next call is due; kNever: none is.
  [[nodiscard]] std::chrono::nanoseconds next_arrival() const { return flights_.next(); }
  [[nodiscard]] std::chrono::nanoseconds next_call() const {
    return calls_.empty() ? kNever : calls_.begin()->first.first;
  }
  /// Preconditions: there is one, and it is time.
  void deliver_next();
  void call_next();

 private:
  using CallTime = std::pair<std::chrono::nanoseconds, std::uint64_t>;
  struct Service {
    std::string name;
    std::unique_ptr<KvService> kv;
  };
  struct Pending {
    std::string client;
    std::size_t node;
    Then then;
    std::chrono::nanoseconds invoked;
    CallTime timeout;
  };

  [[nodiscard]] bool is_cut(std::size_t from, std::size_t to) const {
    return cuts_[from * names_.size() + to];
  }
  void post_to_node(std::size_t from, std::size_t to, std::string_view type, std::string_view line);
  void count(std::string_view type);
  [[nodiscard]] bool is_answer_to(const Pending& asked, std::size_t from,
                                  const Envelope& reply) const;
  void launch(std::chrono::nanoseconds latency, Place from, Place to, std::string_view line);
  CallTime schedule(std::chrono::nanoseconds at, std::function<void()> what);
  void deliver_to_node(const Flight& flight);
  void deliver_to_service(const Flight& flight);
  void deliver_to_client(const Flight& flight);
  void give_up(std::uint64_t id);
  void finish(std::uint64_t id, Answer answer);

  const NetworkOptions options_;
  NodeKeeper& nodes_;
  std::vector<std::string> names_;
  std::vector<Service> services_;
  std::map<std::string, Place, std::less<>> places_;  // of nodes and services
  std::vector<bool> cuts_;                            // [from * nodes + to]
  RandomSource random_;
  RandomSource callers_random_;
  EnvelopeReader reader_;
  Flights flights_;
  std::map<CallTime, std::function<void()>> calls_;
  std::uint64_t next_call_ = 1;
  std::map<std::uint64_t, Pending> pending_;  // by msg_id
  std::uint64_t next_request_ = 2;            // 1 was `init`
  Traffic traffic_;
  std::chrono::nanoseconds now_{0};
};

}  // namespace narrows::testing
