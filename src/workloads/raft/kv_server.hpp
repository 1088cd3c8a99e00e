// SPDX-License-Identifier: MIT
// One node of a lin-kv cluster: clients' requests in, their outcomes out.
//
// A write or cas becomes a command, which its node gives a number and hands to the leader, itself
// or another, again and again until it is applied here: the state machine applies it once, and its
// node answers its client with the outcome. So an answer needs nobody's memory but the log, whoever
// leads meanwhile. A read asks the leader for an index at which it is no older than the question,
// and is answered from this node's own state once that is there.
//
// Order: what comes in one batch of input is proposed, asked and sent together, after it.
// Threads: the dispatcher's. Coroutines keep the server, which must not outlive its node.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "narrows/event.hpp"
#include "narrows/node.hpp"
#include "workloads/lin_kv.hpp"
#include "workloads/raft/kv_machine.hpp"
#include "workloads/raft/raft.hpp"

namespace narrows::workloads::raft {

/// Of nodes among themselves: commands for the leader.
struct Forward {
  std::vector<Raw> commands;
};
NARROWS_FIELDS(Forward, commands)

/// From which index on may reads up to this number be answered?
struct ReadIndex {
  std::uint64_t number;
};
NARROWS_FIELDS(ReadIndex, number)

struct ReadIndexReply {
  std::uint64_t number;
  Index index;
};
NARROWS_FIELDS(ReadIndexReply, number, index)

class KvServer final : public Host, public std::enable_shared_from_this<KvServer> {
 public:
  KvServer(Node& node, const LinKvOptions& options) : node_(node), options_(options) {}

  /// When the node knows its name; before all else.
  void begin();

  /// A client's request; the answer is its outcome, or an error.
  [[nodiscard]] Task<Reply> change(const Change& change);
  /// `key`: canonical.
  [[nodiscard]] Task<Reply> read(std::string key);

  /// Another node's message. Each throws Error (malformed_request) when it comes from no such.
  void receive(const Request& request, Message message);
  void receive(const Request& request, const Forward& forward);
  void receive(const Request& request, const ReadIndex& question);
  void receive(const Request& request, const ReadIndexReply& answer);

 private:
  using Ticks = std::uint64_t;

  /// A client waits for it.
  struct Pending {
    Event decided;
    Reply reply = Reply::none();
    Ticks since = 0;

    void decide(Reply outcome) {
      reply = std::move(outcome);
      decided.set();
    }
  };
  struct Write : Pending {
    std::string command;
    bool is_cas = false;
    bool is_sent = false;  // to the present leader, at:
    Ticks sent = 0;
    bool may_happen = false;  // it was sent to any
  };
  struct Read : Pending {
    std::string key;
    Index readable_at = 0;  // if it is confirmed
  };
  template <typename T>
  using Numbered = std::map<std::uint64_t, T>;  // in the order in which they came

  template <typename T>
  static Task<Reply> decision(std::shared_ptr<KvServer> server, Numbered<T>& all,
                              std::uint64_t number);

  // Host.
  void send(Peer to, const Message& message) override;
  void apply(Index index, const std::string& command) override;
  [[nodiscard]] std::string snapshot() override { return machine_.snapshot(); }
  [[nodiscard]] bool restore(const std::string& snapshot) override;
  void read_confirmed(Peer asker, std::uint64_t number, Index index) override;
  [[nodiscard]] std::uint64_t random(std::uint64_t bound) override { return node_.random(bound); }

  void tick();
  void give_up();
  void send_again();
  void attend();
  void flush();
  void send_writes();
  void forward(const std::vector<const Write*>& writes);
  void ask_for_reads();
  void answer_reads();
  void confirm(std::uint64_t number, Index index);
  [[nodiscard]] bool has_unasked_reads() const;
  [[nodiscard]] Peer peer_of(const Request& request) const;
  [[nodiscard]] Ticks ticks(std::chrono::nanoseconds duration) const {
    return static_cast<Ticks>(duration / options_.tick);
  }

  Node& node_;
  const LinKvOptions options_;
  std::vector<std::string> names_;  // by Peer
  std::optional<Raft> raft_;
  KvMachine machine_;

  Ticks now_ = 0;
  bool is_flush_due_ = false;
  Term leaders_term_ = 0;  // with which leader_ was last seen
  std::optional<Peer> leader_;

  std::uint64_t next_write_ = 1;
  Numbered<Write> writes_;
  std::vector<std::uint64_t> unsent_;

  std::uint64_t next_read_ = 1;
  Numbered<Read> reads_;
  // All up to these numbers have been …
  std::uint64_t asked_reads_ = 0;  // asked for, of the present leader, at:
  Ticks asked_ = 0;
  std::uint64_t confirmed_reads_ = 0;
  std::uint64_t answered_reads_ = 0;
};

}  // namespace narrows::workloads::raft
