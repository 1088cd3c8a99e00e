// SPDX-License-Identifier: MIT
// One node of a Raft cluster, as a state machine: no clock, no network, no threads. Whoever runs it
// calls tick() every so often, brings messages, and does what Host is asked for.
//
// What always holds:
//   1. At most one leader a term: a node votes once a term, and a majority elects.
//   2. Two logs that have an entry of one index and one term are the same up to it.
//   3. What is committed is in the log of every later leader: votes go to logs that are up to date,
//      and a leader counts copies only of entries of its own term.
//   4. All nodes apply the same command at an index, in order, and what is applied is committed.
//   5. A read that was confirmed at an index sees all that was committed when it was asked for: a
//      majority has said since then that the leader is still theirs.
// It keeps nothing on disk: a node that has ended must not come back under its name.
//
// Beyond the paper's core: pre-vote (who cannot win disturbs nobody); a leader that hears of no
// majority steps down; entries are sent on before earlier ones are acknowledged; the log's
// beginning is forgotten once it is applied, and who lacks it is sent a snapshot in chunks.
// Membership is fixed.
//
// Source: Ongaro, Consensus: Bridging Theory and Practice, 2014.
// Bound: keep_entries and keep_bytes of what is applied; most_uncommitted_* of what is not yet.
// Threads: one thread's. Host's functions must not call the Raft.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "workloads/raft/log.hpp"
#include "workloads/raft/messages.hpp"

namespace narrows::workloads::raft {

struct RaftOptions {
  int heartbeat_ticks = 2;
  /// The least, and half of the most, that a follower waits to hear from a leader.
  int election_ticks = 10;
  /// Applied entries that stay, for followers that lag.
  std::size_t keep_entries = 4096;
  std::size_t keep_bytes = std::size_t{8} << 20;
  std::size_t most_uncommitted = 65'536;
  std::size_t most_bytes = std::size_t{64} << 20;  // of the log
  /// A message of entries, or of a snapshot, has about as much, or one entry.
  std::size_t batch_bytes = std::size_t{64} << 10;
  /// Entries that are sent to a follower and not acknowledged.
  std::size_t window = 8192;
};

class Host {
 public:
  virtual ~Host() = default;
  virtual void send(Peer to, const Message& message) = 0;
  virtual void apply(Index index, const std::string& command) = 0;
  /// The state after all that was applied, as UTF-8.
  [[nodiscard]] virtual std::string snapshot() = 0;
  /// Such a state in place of the present one; false: it is none, and nothing has changed.
  [[nodiscard]] virtual bool restore(const std::string& snapshot) = 0;
  /// What confirm_read() asked for: who has applied all up to the index may read.
  virtual void read_confirmed(Peer asker, std::uint64_t number, Index index) = 0;
  /// 0 to below `bound`.
  [[nodiscard]] virtual std::uint64_t random(std::uint64_t bound) = 0;
};

class Raft {
 public:
  enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };

  /// `self`: below `nodes`. `host` must outlive it.
  Raft(Peer self, std::size_t nodes, RaftOptions options, Host& host);

  /// A node without others is the leader from here on.
  void start();
  void tick();
  void receive(Peer from, Message message);

  /// Appends to the log if this is the leader and there is room; false: it is not, or there is not.
  /// When it is committed, which may never be, it is applied.
  [[nodiscard]] bool propose(std::string command);
  /// Host::read_confirmed() is called, if this is, and stays, the leader; false: it is not.
  [[nodiscard]] bool confirm_read(Peer asker, std::uint64_t number);
  /// Sends what there is to be sent to followers: once for all that was proposed, asked and
  /// received before.
  void flush();
  [[nodiscard]] bool wants_flush() const { return is_leader() && wants_flush_; }

  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] bool is_leader() const { return role_ == Role::leader; }
  [[nodiscard]] std::optional<Peer> leader() const { return leader_; }
  [[nodiscard]] Term term() const { return term_; }
  /// All up to here is applied.
  [[nodiscard]] Index commit() const { return commit_; }
  [[nodiscard]] const Log& log() const { return log_; }

 private:
  struct Snapshot {
    Index last_index;
    Term last_term;
    std::string data;
  };
  /// What a leader knows of a follower.
  struct Follower {
    Index match = 0;  // up to here the log is the same
    Index next = 1;   // is sent next
    Round round = 0;  // it has answered
    int silent_ticks = 0;
    bool is_probed = true;                     // where its log fits is not known: one message …
    bool probe_is_sent = false;                // … with entries, until it has answered
    std::shared_ptr<const Snapshot> snapshot;  // that it is sent; null: none
    std::size_t offset = 0;                    // in it
  };
  struct Read {
    Peer asker;
    std::uint64_t number;
    Round round;  // that a majority has to answer
  };
  /// A snapshot that comes in.
  struct Incoming {
    Index last_index = 0;
    Term last_term = 0;
    std::string data;
  };

  // Elections: raft.cpp.
  void follow(Term term, std::optional<Peer> leader);
  void stand(bool is_trial);
  void count_vote(Peer from);
  void lead();
  void tick_as_leader();
  [[nodiscard]] bool accept_leader(Peer from);
  [[nodiscard]] bool hears_leader() const;
  void take(Peer from, const VoteRequest& request);
  void take(Peer from, const VoteReply& reply);

  // The log: replication.cpp.
  void take(Peer from, AppendEntries& message);
  void take(Peer from, const AppendReply& reply);
  void take(Peer from, const SnapshotChunk& chunk);
  void take(Peer from, const ChunkReply& reply);
  void append(std::vector<Entry>& entries, Index prev_index);
  void back_off(Follower& follower, const AppendReply& reply);
  void send_to(Peer peer, bool is_heartbeat);
  void send_entries(Peer peer);
  void send_chunk(Peer peer);
  [[nodiscard]] std::vector<Entry> entries_for(const Follower& follower) const;
  [[nodiscard]] std::shared_ptr<const Snapshot> snapshot();
  void count_copies();
  void commit_to(Index index);
  void forget_applied();
  void release_reads();
  void heard(Follower& follower, Round round);
  /// The largest that a majority, this leader among it, has reached.
  template <typename T>
  [[nodiscard]] T of_majority(T own, T Follower::*reached) const;

  [[nodiscard]] std::size_t majority() const { return nodes_ / 2 + 1; }

  const Peer self_;
  const std::size_t nodes_;
  const RaftOptions options_;
  Host& host_;

  Role role_ = Role::follower;
  Term term_ = 0;
  std::optional<Peer> voted_for_;  // in this term
  std::optional<Peer> leader_;     // of this term
  int elapsed_ticks_ = 0;          // since a leader, or a candidate, was heard; or a heartbeat sent
  int timeout_ticks_ = 0;
  std::vector<bool> votes_;

  Log log_;
  Index commit_ = 0;
  Incoming incoming_;

  // A leader's.
  std::vector<Follower> followers_;  // by Peer; its own is not used
  std::deque<Read> reads_;           // by round
  Round round_ = 0;                  // that was sent last
  bool wants_flush_ = false;
  std::weak_ptr<const Snapshot> last_snapshot_;
};

}  // namespace narrows::workloads::raft
