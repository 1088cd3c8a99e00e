// SPDX-License-Identifier: MIT
#include "workloads/raft/kv_server.hpp"

#include <algorithm>
#include <string_view>

#include "workloads/raft/wire.hpp"

namespace narrows::workloads::raft {
namespace {

/// Commands that are forwarded in one message have about as much.
constexpr std::size_t kBatchBytes = std::size_t{64} << 10;

Error unavailable() {
  return {ErrorCode::temporarily_unavailable, "there is no leader with a majority in reach"};
}

Error undecided() {
  return {ErrorCode::timeout,
          "no majority has confirmed it in time: it may happen, or have done so"};
}

Reply reply_to_read(const std::string* value) {
  if (value == nullptr) return Error(ErrorCode::key_does_not_exist, "there is no such key");
  return reply("read_ok").raw("value", Raw::checked(*value));
}

Reply reply_to_write(bool is_cas, KvMachine::Outcome outcome) {
  switch (outcome) {
    case KvMachine::Outcome::done: return is_cas ? reply("cas_ok") : reply("write_ok");
    case KvMachine::Outcome::no_such_key:
      return Error(ErrorCode::key_does_not_exist, "there is no such key");
    case KvMachine::Outcome::different:
      return Error(ErrorCode::precondition_failed, "the value is not `from`");
    case KvMachine::Outcome::repeated: break;
  }
  return undecided();
}

}  // namespace

void KvServer::begin() {
  names_.assign(node_.node_ids().begin(), node_.node_ids().end());
  names_.push_back(node_.id());
  std::ranges::sort(names_);
  names_.erase(std::unique(names_.begin(), names_.end()), names_.end());
  const auto self = std::ranges::find(names_, node_.id()) - names_.begin();
  raft_.emplace(static_cast<Peer>(self), names_.size(), options_.raft, *this);
  raft_->start();
  node_.every(
      options_.tick, [this] { tick(); }, 0.1);
  attend();
}

Task<Reply> KvServer::change(const Change& change) {
  const std::uint64_t number = next_write_++;
  // The first that is undecided: what came before it is of no interest any more.
  const std::uint64_t floor = writes_.empty() ? number : writes_.begin()->first;
  Write& write = writes_[number];
  write.command = command_of(node_.id(), number, floor, change);
  write.is_cas = change.kind != Change::Kind::write;
  write.since = now_;
  unsent_.push_back(number);
  attend();
  return decision(shared_from_this(), writes_, number);
}

Task<Reply> KvServer::read(std::string key) {
  const std::uint64_t number = next_read_++;
  Read& read = reads_[number];
  read.key = std::move(key);
  read.since = now_;
  attend();
  return decision(shared_from_this(), reads_, number);
}

template <typename T>
Task<Reply> KvServer::decision(std::shared_ptr<KvServer> server, Numbered<T>& all,
                               std::uint64_t number) {
  struct Forget {
    ~Forget() { all.erase(number); }
    std::shared_ptr<KvServer> server;  // whose `all` is
    Numbered<T>& all;
    std::uint64_t number;
  };
  const Forget forget{std::move(server), all, number};  // also if it is ended where it waits
  T& pending = all.at(number);
  co_await pending.decided;
  co_return std::move(pending.reply);
}

Peer KvServer::peer_of(const Request& request) const {
  std::string name(request.src());
  if (name.find('\\') != std::string::npos)
    name = decode<std::string>(Raw::checked('"' + name + '"'));
  const auto found = std::ranges::lower_bound(names_, name);
  if (found == names_.end() || *found != name || name == node_.id()) {
    throw Error(ErrorCode::malformed_request, "`src` is no other node of the cluster");
  }
  return static_cast<Peer>(found - names_.begin());
}

void KvServer::receive(const Request& request, Message message) {
  raft_->receive(peer_of(request), std::move(message));
  attend();
}

void KvServer::receive(const Request& request, const Forward& forward) {
  static_cast<void>(peer_of(request));
  for (const Raw& command : forward.commands) {
    // If it is refused, its node hands it on again.
    if (!raft_->propose(std::string(command.text()))) break;
  }
  attend();
}

void KvServer::receive(const Request& request, const ReadIndex& question) {
  static_cast<void>(raft_->confirm_read(peer_of(request), question.number));
  attend();
}

void KvServer::receive(const Request& request, const ReadIndexReply& answer) {
  static_cast<void>(peer_of(request));
  confirm(answer.number, answer.index);
  attend();
}

void KvServer::send(Peer to, const Message& message) { raft::send(node_, names_[to], message); }

void KvServer::apply(Index /*index*/, const std::string& command) {
  const auto applied = machine_.apply(command);
  if (!applied || applied->origin != node_.id()) return;
  const auto write = writes_.find(applied->number);
  if (write == writes_.end() || write->second.decided.is_set()) return;
  write->second.decide(reply_to_write(write->second.is_cas, applied->outcome));
}

bool KvServer::restore(const std::string& snapshot) {
  if (!machine_.restore(snapshot)) return false;
  for (auto& [number, write] : writes_) {
    if (!machine_.has_applied(node_.id(), number) || write.decided.is_set()) continue;
    // A write has no other outcome; that of a cas nobody here has seen.
    write.decide(write.is_cas ? undecided() : reply("write_ok"));
  }
  return true;
}

void KvServer::read_confirmed(Peer asker, std::uint64_t number, Index index) {
  if (names_[asker] == node_.id()) return confirm(number, index);
  node_.send(names_[asker], message("read_index_is", ReadIndexReply{number, index}));
}

/// The answer is younger than the question, so it holds for all that were there when it was put.
void KvServer::confirm(std::uint64_t number, Index index) {
  for (auto at = reads_.upper_bound(confirmed_reads_); at != reads_.end(); ++at) {
    if (at->first > number) break;
    at->second.readable_at = index;
  }
  confirmed_reads_ = std::max(confirmed_reads_, std::min(number, next_read_ - 1));
}

void KvServer::answer_reads() {
  for (auto at = reads_.upper_bound(answered_reads_); at != reads_.end(); ++at) {
    Read& read = at->second;
    if (at->first > confirmed_reads_ || read.readable_at > raft_->commit()) break;
    if (!read.decided.is_set()) read.decide(reply_to_read(machine_.find(read.key)));
    answered_reads_ = at->first;
  }
}

void KvServer::tick() {
  ++now_;
  raft_->tick();
  give_up();
  send_again();
  attend();
}

void KvServer::give_up() {
  for (auto& [number, write] : writes_) {
    if (now_ - write.since < ticks(options_.patience_unsent)) break;
    if (write.decided.is_set()) continue;
    if (!write.may_happen) {
      write.decide(unavailable());
    } else if (now_ - write.since >= ticks(options_.patience)) {
      write.decide(undecided());
    }
  }
  for (auto& [number, read] : reads_) {
    if (now_ - read.since < ticks(options_.patience)) break;
    if (!read.decided.is_set()) read.decide(unavailable());
  }
}

/// Messages get lost, and a leader drops what it cannot take.
void KvServer::send_again() {
  const auto patience = static_cast<Ticks>(options_.raft.election_ticks);
  unsent_.clear();
  for (auto& [number, write] : writes_) {
    if (write.decided.is_set()) continue;
    // What this leader has in its log is as good as sent.
    if (write.is_sent && (raft_->is_leader() || now_ - write.sent < patience)) continue;
    write.is_sent = false;
    unsent_.push_back(number);
  }
  if (now_ - asked_ >= patience) asked_reads_ = 0;
}

/// After everything that may have given this node something to do.
void KvServer::attend() {
  answer_reads();
  if (raft_->term() != leaders_term_ || raft_->leader() != leader_) {
    leaders_term_ = raft_->term();
    leader_ = raft_->leader();
    unsent_.clear();
    for (auto& [number, write] : writes_) {
      write.is_sent = false;
      unsent_.push_back(number);
    }
    asked_reads_ = 0;
  }
  const bool has_news = leader_ && (!unsent_.empty() || has_unasked_reads());
  if (is_flush_due_ || !(has_news || raft_->wants_flush())) return;
  if (names_.size() == 1) return flush();
  is_flush_due_ = true;
  // After all that has come with this.
  node_.after(std::chrono::nanoseconds(0), [this] {
    is_flush_due_ = false;
    flush();
  });
}

void KvServer::flush() {
  if (leader_) {
    send_writes();
    if (has_unasked_reads()) ask_for_reads();
  }
  raft_->flush();
  answer_reads();
}

void KvServer::send_writes() {
  std::vector<const Write*> to_forward;
  for (const std::uint64_t number : std::exchange(unsent_, {})) {
    const auto found = writes_.find(number);
    if (found == writes_.end() || found->second.decided.is_set()) continue;
    Write& write = found->second;
    write.is_sent = true;
    write.sent = now_;
    if (!raft_->is_leader()) {
      write.may_happen = true;
      to_forward.push_back(&write);
    } else if (raft_->propose(write.command)) {
      write.may_happen = true;
    } else {
      write.is_sent = false;
      if (!write.may_happen) write.decide(unavailable());
    }
  }
  forward(to_forward);
}

void KvServer::forward(const std::vector<const Write*>& writes) {
  Forward body;
  std::size_t bytes = 0;
  for (const Write* const write : writes) {
    body.commands.push_back(Raw::checked(write->command));
    bytes += write->command.size();
    if (bytes < kBatchBytes && write != writes.back()) continue;
    node_.send(names_[*leader_], message("forward", body));
    body.commands.clear();
    bytes = 0;
  }
}

bool KvServer::has_unasked_reads() const {
  return !reads_.empty() && reads_.rbegin()->first > std::max(asked_reads_, confirmed_reads_);
}

void KvServer::ask_for_reads() {
  asked_reads_ = reads_.rbegin()->first;
  asked_ = now_;
  if (raft_->is_leader()) {
    static_cast<void>(raft_->confirm_read(*leader_, asked_reads_));
  } else {
    node_.send(names_[*leader_], message("read_index", ReadIndex{asked_reads_}));
  }
}

}  // namespace narrows::workloads::raft
