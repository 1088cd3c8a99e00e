// SPDX-License-Identifier: MIT
// How a trial goes: topology, load with faults, what is under way, recovery, the last requests.
//
// Invariants
//   1. A process has at most one request under way, and none once it had one without an answer: its
//      client goes on under another number.
//   2. What the cluster calls later does nothing once the trial is gone.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "narrows/testing/trial.hpp"
#include "testing/clients.hpp"
#include "testing/fault_injector.hpp"

namespace narrows::testing {

struct Trial::Parts {
  using nanoseconds = std::chrono::nanoseconds;
  enum class Phase : std::uint8_t { before, load, drain, recovery, last, over };

  struct Client {
    std::int64_t process;
    std::string node;
    int attempts = 0;  // to ask something for the last time
  };

  Parts(Cluster& of, TrialOptions given);

  void start();
  void end_load();
  TrialResult take();
  TrialResult break_off();

  // Load.
  void send_topology();
  void begin_load();
  void tick();
  void schedule_tick();
  void ask_next(std::size_t client);
  void next_fault();
  void sample();

  // The end.
  void drain();
  void begin_last();
  void ask_last(std::size_t node);
  void answered_last(std::size_t node, const Operation& operation);
  void finish();
  void gather();

  /// Asks, and hands on what came of it.
  void ask(Client& client, Ask what, std::function<void(const Operation&)> then);
  Operation operation_of(const Client& client, const Ask& what, const Answer& answer);
  /// Notes it; a client whose request is still open goes on under another number.
  void note(Client& client, const Operation& operation);
  void wrong_type(std::string sentence);
  [[nodiscard]] nanoseconds gap() const;
  /// Calls `what` later, if the trial is there and in the same phase then.
  void after(nanoseconds delay, std::function<void()> what);

  Cluster& cluster;
  const TrialOptions options;
  const std::unique_ptr<Clients> workload;
  const Draw draw;
  FaultInjector injector;
  std::vector<Client> clients;  // of the load
  std::vector<Client> askers;   // by node, of the last requests
  std::vector<std::size_t> idle;
  std::size_t waited_for = 0;  // requests under way, nodes that are not done
  std::int64_t next_process = 0;
  nanoseconds due{};          // when the next request is
  bool owes_request = false;  // all clients were busy when one was due
  Phase phase = Phase::before;
  bool is_over = false;
  TrialResult result;
  std::vector<std::string> own_faults;
  std::size_t more_faults = 0;  // that are not even told
  const std::shared_ptr<char> alive = std::make_shared<char>();
};

}  // namespace narrows::testing
