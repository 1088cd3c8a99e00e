// SPDX-License-Identifier: MIT
// Raft machines and a network between them that loses, doubles, delays and cuts. After each event
// it checks what Raft promises (raft.hpp's list), and says in words what does not hold.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "testing/random_source.hpp"
#include "unit/doctest.hpp"
#include "workloads/raft/raft.hpp"

namespace narrows::workloads::raft {

/// Of ticks: elections take at most so long, unless several split the votes.
inline constexpr std::uint64_t kElection = 60;

/// So that much happens in little time.
inline RaftOptions short_logs() {
  RaftOptions options;
  options.keep_entries = 64;
  options.window = 32;
  options.batch_bytes = 100;
  return options;
}

class Cluster {
 public:
  /// A tick has so many steps of time.
  static constexpr std::uint64_t kSteps = 10;

  struct Faults {
    double loss = 0;
    double duplication = 0;
    std::uint64_t longest_delay = 1;  // steps
  };

  Cluster(std::size_t nodes, std::uint64_t seed, RaftOptions options = {})
      : random_(seed), cuts_(nodes * nodes) {
    for (Peer peer = 0; peer < nodes; ++peer) {
      nodes_.push_back(std::make_unique<Member>(*this, peer, nodes, options));
    }
    for (auto& node : nodes_) {
      node->raft.start();
      check(*node);
    }
  }

  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  [[nodiscard]] Raft& raft(Peer peer) { return nodes_[peer]->raft; }
  [[nodiscard]] const std::string& state(Peer peer) const { return nodes_[peer]->state; }
  [[nodiscard]] std::uint64_t random(std::uint64_t bound) { return random_.below(bound); }
  [[nodiscard]] const std::vector<std::string>& problems() const { return problems_; }
  [[nodiscard]] Index committed() const { return static_cast<Index>(committed_.size()); }
  [[nodiscard]] std::size_t confirmed_reads() const { return confirmed_reads_; }
  [[nodiscard]] std::size_t restored() const { return restored_; }
  /// Of the latest term; nobody's: none.
  [[nodiscard]] std::optional<Peer> leader() {
    std::optional<Peer> found;
    for (Peer peer = 0; peer < size(); ++peer) {
      if (!raft(peer).is_leader()) continue;
      if (!found || raft(peer).term() > raft(*found).term()) found = peer;
    }
    return found;
  }

  Faults faults;
  void cut(Peer from, Peer to) { cuts_[from * size() + to] = true; }
  void isolate(Peer peer) {
    for (Peer other = 0; other < size(); ++other) {
      if (other == peer) continue;
      cut(peer, other);
      cut(other, peer);
    }
  }
  void heal() { cuts_.assign(cuts_.size(), false); }
  void pause(Peer peer, bool is_paused) { nodes_[peer]->is_paused = is_paused; }

  bool propose(Peer peer) {
    const bool is_taken = raft(peer).propose("c" + std::to_string(++proposed_) + "é");
    check(*nodes_[peer]);
    return is_taken;
  }
  void ask_to_read(Peer asker, Peer leader) {
    const std::uint64_t number = ++asked_;
    asked_at_[number] = committed();
    static_cast<void>(raft(leader).confirm_read(asker, number));
    check(*nodes_[leader]);
  }
  /// Lets so many ticks pass.
  void run(std::uint64_t ticks, const std::function<void()>& between = {}) {
    for (std::uint64_t step = 0; step < ticks * kSteps; ++step) {
      ++now_;
      deliver();
      for (auto& node : nodes_) tick(*node);
      if (between) between();
      if (now_ % (10 * kSteps) == 0) check_logs();
    }
  }

  /// What is under way, in order.
  struct Flight {
    Peer from;
    Peer to;
    Message message;
  };
  /// Brings a message of the test's own.
  void bring(Peer from, Peer to, Message message) {
    raft(to).receive(from, std::move(message));
    check(*nodes_[to]);
  }
  void forget_flights() { flights_.clear(); }
  [[nodiscard]] std::vector<Flight> take_flights() {
    std::vector<Flight> all;
    for (auto& [when, flight] : std::exchange(flights_, {})) all.push_back(std::move(flight));
    return all;
  }

 private:
  struct Member final : Host {
    Member(Cluster& its, Peer peer, std::size_t nodes, const RaftOptions& options)
        : cluster(its), self(peer), raft(peer, nodes, options, *this) {}
    void send(Peer to, const Message& message) override { cluster.post({self, to, message}); }
    void apply(Index index, const std::string& command) override {
      if (index <= applied) cluster.problem("applied twice, or out of order");
      applied = index;
      state += command + "\n";
    }
    std::string snapshot() override { return state; }
    bool restore(const std::string& snapshot) override {
      state = snapshot;
      is_restored = true;
      ++cluster.restored_;
      return true;
    }
    void read_confirmed(Peer asker, std::uint64_t number, Index index) override {
      cluster.read_confirmed(asker, number, index);
    }
    std::uint64_t random(std::uint64_t bound) override { return cluster.random_.below(bound); }

    Cluster& cluster;
    Peer self;
    Raft raft;
    std::string state;
    Index applied = 0;
    Index checked = 0;  // commits up to it were looked at
    bool is_restored = false;
    bool is_paused = false;
    std::vector<Entry> seen;  // its log, from 1; empty terms where a snapshot came
    std::uint64_t next_tick = 1;
    Term led = 0;  // the last term that it led
    std::vector<Flight> held;
  };

  void post(Flight flight) {
    const auto* const chunk = std::get_if<SnapshotChunk>(&flight.message);
    const bool is_cut = chunk != nullptr && !chunk->data.empty() &&
                        (static_cast<unsigned char>(chunk->data[0]) & 0xC0U) == 0x80;
    if (is_cut) problem("a chunk begins in the middle of a character");
    if (random_.chance(faults.loss)) return;
    const bool is_doubled = random_.chance(faults.duplication);
    for (int copy = 0; copy <= (is_doubled ? 1 : 0); ++copy) {
      const std::uint64_t delay = 1 + random_.below(faults.longest_delay);
      flights_.emplace(std::pair(now_ + delay, ++sent_), flight);
    }
  }

  void deliver() {
    while (!flights_.empty() && flights_.begin()->first.first <= now_) {
      const Flight flight = std::move(flights_.begin()->second);
      flights_.erase(flights_.begin());
      if (cuts_[flight.from * size() + flight.to]) continue;
      Member& to = *nodes_[flight.to];
      if (to.is_paused) {
        to.held.push_back(flight);
      } else {
        bring(flight.from, flight.to, flight.message);
      }
    }
  }

  void tick(Member& node) {
    if (node.is_paused) return;
    for (Flight& flight : std::exchange(node.held, {})) {
      bring(flight.from, flight.to, std::move(flight.message));
    }
    if (now_ >= node.next_tick) {
      node.next_tick = now_ + kSteps - 1 + random_.below(3);
      node.raft.tick();
      check(node);
    }
    // As at the end of a batch of input.
    node.raft.flush();
  }

  void problem(const std::string& what) {
    if (problems_.size() < 10) problems_.push_back(what + " (step " + std::to_string(now_) + ")");
  }

  void read_confirmed(Peer /*asker*/, std::uint64_t number, Index index) {
    ++confirmed_reads_;
    const auto asked = asked_at_.find(number);
    if (asked == asked_at_.end()) return problem("a read was confirmed twice");
    if (index < asked->second) problem("a read was confirmed at an index that is too old");
    asked_at_.erase(asked);
  }

  void check(Member& node) {
    note_log(node);
    check_commits(node);
    check_leader(node);
  }

  /// What the log will have forgotten. It changes at its end, as far as it changes.
  static void note_log(Member& node) {
    const Log& log = node.raft.log();
    node.seen.resize(log.last_index());
    for (Index index = log.last_index(); index > log.base_index(); --index) {
      Entry& seen = node.seen[index - 1];
      const Entry& entry = log.at(index);
      if (seen.term == entry.term && seen.command == entry.command) break;
      seen = entry;
    }
  }

  /// State machine safety.
  void check_commits(Member& node) {
    const Log& log = node.raft.log();
    const Index commit = node.raft.commit();
    if (commit < node.checked) problem("a commit was taken back");
    if (commit > log.last_index()) problem("committed is more than there is");
    if (commit == node.checked && !node.is_restored) return;
    // A snapshot brings entries that were committed elsewhere.
    Index index = (node.is_restored ? log.base_index() : node.checked) + 1;
    for (; index <= commit; ++index) {
      const Entry& entry = node.seen[index - 1];
      if (index > committed_.size()) {
        committed_.push_back(entry);
        if (!entry.command.empty()) states_ += entry.command + "\n";
        ends_.push_back(states_.size());
      }
      const Entry& first = committed_[index - 1];
      if (first.term != entry.term || first.command != entry.command) {
        problem("two entries were committed at index " + std::to_string(index));
      }
    }
    if (std::exchange(node.is_restored, false)) node.applied = commit;
    node.checked = commit;
    if (commit > committed_.size()) return problem("a snapshot is beyond what was committed");
    if (node.state != std::string_view(states_).substr(0, commit == 0 ? 0 : ends_[commit - 1])) {
      problem("a state is not what the commits make");
    }
  }

  /// Election safety, and leader completeness.
  void check_leader(Member& node) {
    if (!node.raft.is_leader() || node.led == node.raft.term()) return;
    node.led = node.raft.term();
    const auto [elected, is_first] = leaders_.emplace(node.led, node.self);
    if (!is_first && elected->second != node.self) {
      problem("two leaders in term " + std::to_string(node.led));
    }
    // Of earlier terms: what a later leader has committed an earlier one may lack.
    const Log& log = node.raft.log();
    for (Index index = log.base_index() + 1; index <= committed_.size(); ++index) {
      if (committed_[index - 1].term >= node.led) break;
      if (index > log.last_index() || log.term_at(index) != committed_[index - 1].term) {
        problem("a leader lacks what is committed");
        return;
      }
    }
  }

  /// Log matching, of what is kept.
  void check_logs() {
    for (auto& a : nodes_) {
      for (auto& b : nodes_) {
        if (a->self >= b->self) continue;
        check_match(a->raft.log(), b->raft.log());
      }
    }
  }
  void check_match(const Log& a, const Log& b) {
    const Index first = std::max(a.base_index(), b.base_index()) + 1;
    bool is_same = false;
    for (Index index = std::min(a.last_index(), b.last_index()); index >= first; --index) {
      const bool is_equal = a.term_at(index) == b.term_at(index);
      if (is_equal && a.at(index).command != b.at(index).command) problem("logs differ in a term");
      if (is_same && !is_equal) problem("logs differ before where they are the same");
      is_same = is_equal;
    }
  }

  testing::RandomSource random_;
  std::vector<bool> cuts_;
  std::vector<std::unique_ptr<Member>> nodes_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, Flight> flights_;
  std::uint64_t now_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t proposed_ = 0;
  std::uint64_t asked_ = 0;
  std::size_t confirmed_reads_ = 0;
  std::size_t restored_ = 0;
  std::vector<Entry> committed_;   // by index, from 1
  std::string states_;             // the last one; each state is a beginning of it, …
  std::vector<std::size_t> ends_;  // … after each commit up to here
  std::map<Term, Peer> leaders_;
  std::map<std::uint64_t, Index> asked_at_;  // a read's number: what was committed then
  std::vector<std::string> problems_;
};

inline void check_sound(const Cluster& cluster) {
  for (const std::string& problem : cluster.problems()) FAIL_CHECK(problem);
}

}  // namespace narrows::workloads::raft
