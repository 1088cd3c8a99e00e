// SPDX-License-Identifier: MIT
// A cluster of processes: nodes of any language, and the network between them in this process.
//
// Nothing waits for one node alone: what a node does not read is kept until it does.
// Bound: what is kept for a node that does not read is 64 MiB, what is under way 1 GiB; then it is
// a
//   problem, as is a line of more than 16 MiB.
// Threads: one.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "child.hpp"
#include "narrows/testing/cluster.hpp"
#include "signals.hpp"
#include "testing/router.hpp"

namespace narrows::tools {

class Processes final : public testing::Cluster, private testing::NodeKeeper {
 public:
  /// Starts the nodes. Throws std::system_error if one cannot be: then none is left.
  Processes(testing::NetworkOptions options, char* const* command);
  ~Processes() override;

  /// Runs until `is_over`, a problem, or a request to stop.
  void run_until(const std::function<bool()>& is_over);
  /// Gives each node its `init`, and waits for the answers.
  void init();
  /// Ends the nodes: closes their stdin, then SIGTERM, then SIGKILL.
  void end();

  /// The first thing that a node did and no node may do; empty: nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }
  [[nodiscard]] int stop_signal() const { return stop_signal_; }

  using Cluster::request;
  [[nodiscard]] const std::vector<std::string>& nodes() const override { return router_.names(); }
  void request(std::string_view client, std::string_view node, std::string_view members, Then then,
               std::chrono::nanoseconds timeout) override;
  void after(std::chrono::nanoseconds delay, std::function<void()> what) override;
  void partition(const std::vector<std::vector<std::string>>& groups) override {
    router_.partition(groups);
  }
  void cut(std::string_view from, std::string_view to) override { router_.cut(from, to); }
  void heal() override { router_.heal(); }
  void pause(std::string_view node) override;
  void resume(std::string_view node) override;
  [[nodiscard]] std::chrono::nanoseconds now() const override { return router_.now(); }
  [[nodiscard]] const testing::Traffic& traffic() const override { return router_.traffic(); }
  [[nodiscard]] std::uint64_t random(std::uint64_t bound) override {
    return router_.callers_random().below(bound);
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Process {
    Process(char* const* command, const Signals& signals);

    Child child;
    std::string unsent;         // what its pipe had no room for
    std::size_t sent = 0;       // of that
    std::vector<char> read;     // from it, with the reader's slack behind
    std::size_t read_size = 0;  // without that
    std::size_t searched = 0;   // of that, for a newline: there is none
    bool is_paused = false;
    bool has_output_ended = false;
  };

  void take(std::size_t node, std::string_view line) override;
  void kill_all();
  void turn(std::chrono::nanoseconds at_most);
  void do_what_is_due();
  void look_for_ends();
  void wait(std::chrono::nanoseconds at_most);
  void write(Process& process);
  void read(std::size_t node);
  void post_lines(std::size_t node);
  bool all_have_ended();
  void see_problem(std::size_t node, std::string_view what);

  Signals signals_;
  testing::Router router_;
  std::vector<std::unique_ptr<Process>> processes_;
  Clock::time_point start_ = Clock::now();
  std::string problem_;
  int stop_signal_ = 0;
  Clock::time_point look_at_ = Clock::time_point::max();  // whether somebody has ended
  bool is_ending_ = false;
};

}  // namespace narrows::tools
