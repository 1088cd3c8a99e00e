// SPDX-License-Identifier: MIT
// What a Network is made of: its nodes, services and clients, and what is to happen when.
//
// Invariants
//   1. Between two events every node has done what was due at it, and all it has written is under
//      way.
//   2. `dues` of a paused node is never; of one with lines that were held, and that is not paused,
//      it is now.
//   3. A request is pending from when it is made until its client is told; so long its timeout is
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
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "narrows/testing.hpp"
#include "narrows/testing/network.hpp"
#include "testing/envelope.hpp"
#include "testing/flights.hpp"
#include "testing/random_source.hpp"
#include "testing/services.hpp"

namespace narrows::testing {

inline constexpr std::chrono::nanoseconds kNever = std::chrono::nanoseconds::max();

/// A sum that is never at most.
inline std::chrono::nanoseconds sum(std::chrono::nanoseconds a, std::chrono::nanoseconds b) {
  return a > kNever - b ? kNever : a + b;
}

struct Network::Parts {
  struct Member {
    explicit Member(Options options) : node(std::move(options)) {}

    Node node;
    std::optional<Harness> harness;
    bool is_paused = false;
    std::string held;  // lines that wait for it to go on
  };
  struct Service {
    std::string name;
    std::unique_ptr<KvService> kv;
  };
  struct Pending {
    std::string client;
    Then then;
    std::chrono::nanoseconds invoked;
    std::pair<std::chrono::nanoseconds, std::uint64_t> timeout;
  };
  /// Within it, nothing else may run.
  class Running {
   public:
    explicit Running(Parts& parts) : parts_(parts) {
      if (parts.is_running) throw std::logic_error("the network is made to run while it runs");
      parts.is_running = true;
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { parts_.is_running = false; }

   private:
    Parts& parts_;
  };

  Parts(NetworkOptions given, const std::function<void(Node&)>& serve);

  [[nodiscard]] std::size_t index(std::string_view node) const;
  [[nodiscard]] bool is_cut(std::size_t from, std::size_t to) const {
    return cuts[from * members.size() + to];
  }
  void tell(std::string_view what, std::string_view of) const;

  // What is sent.
  void wake(std::size_t node, std::string_view lines);
  void post(std::size_t node, const Envelope& envelope, std::string_view line);
  void post_to_node(std::size_t from, std::size_t to, std::string_view type, std::string_view line);
  void launch(std::chrono::nanoseconds latency, Place from, Place to, std::string_view line);
  std::uint64_t schedule(std::chrono::nanoseconds at, std::function<void()> what);

  // What happens.
  [[nodiscard]] std::chrono::nanoseconds next() const;
  bool step(std::chrono::nanoseconds until);
  void move_to(std::chrono::nanoseconds at);
  void deliver(const Flight& flight);
  void deliver_to_node(const Flight& flight);
  void deliver_to_service(const Flight& flight);
  void deliver_to_client(const Flight& flight);
  void wake_due(std::size_t node);
  void give_up(std::uint64_t id);
  void finish(std::uint64_t id, Answer answer);

  const NetworkOptions options;
  std::vector<std::string> names;
  std::vector<std::unique_ptr<Member>> members;
  std::vector<std::chrono::nanoseconds> dues;  // by node; of a paused one kNever
  std::vector<Service> services;
  std::map<std::string, Place, std::less<>> places;  // of nodes and services
  std::vector<bool> cuts;                            // [from * nodes + to]
  RandomSource random;
  RandomSource callers_random;
  EnvelopeReader reader;
  std::string output;  // of the node that was woken last
  Flights flights;
  std::map<std::pair<std::chrono::nanoseconds, std::uint64_t>, std::function<void()>>
      calls;  // by time
  std::uint64_t next_call = 1;
  std::map<std::uint64_t, Pending> pending;  // by msg_id
  std::uint64_t next_request = 2;            // 1 was `init`
  Traffic traffic;
  std::chrono::nanoseconds now{0};
  int at_once = 0;
  bool is_running = false;
};

}  // namespace narrows::testing
