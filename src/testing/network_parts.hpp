// SPDX-License-Identifier: MIT
// What a Network is made of: its nodes, and the router between them.
//
// Invariants
//   1. Between two events every node has done what was due at it, and all it has written is under
//      way.
//   2. `dues` of a paused node is never; of one with lines that were held, and that is not paused,
//      it is now.
//
// Threads: one thread's.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "narrows/testing.hpp"
#include "narrows/testing/network.hpp"
#include "testing/router.hpp"

namespace narrows::testing {

struct Network::Parts final : NodeKeeper {
  struct Member {
    explicit Member(Options options) : node(std::move(options)) {}

    Node node;
    std::optional<Harness> harness;
    bool is_paused = false;
    std::string held;  // lines that wait for it to go on
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
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts() = default;

  void take(std::size_t node, std::string_view line) override;
  void wake(std::size_t node, std::string_view lines);
  void wake_due(std::size_t node);

  /// When the next event is; kNever: there is none.
  [[nodiscard]] std::chrono::nanoseconds next() const;
  /// One event, if there is one until then.
  bool step(std::chrono::nanoseconds until);
  void move_to(std::chrono::nanoseconds at);

  Router router;
  std::vector<std::unique_ptr<Member>> members;
  std::vector<std::chrono::nanoseconds> dues;  // by node; of a paused one kNever
  std::string output;                          // of the node that was woken last
  int at_once = 0;
  bool is_running = false;
};

}  // namespace narrows::testing
