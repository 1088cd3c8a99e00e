// SPDX-License-Identifier: MIT
// What the leader tells its followers: entries, snapshots, and that it still leads.
#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "workloads/raft/raft.hpp"

namespace narrows::workloads::raft {
namespace {

/// A chunk's end: no character is cut in two.
std::size_t end_of_chunk(std::string_view text, std::size_t begin, std::size_t bytes) {
  if (text.size() - begin <= bytes) return text.size();
  std::size_t end = begin + std::max<std::size_t>(bytes, 4);
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80) --end;
  return std::min(end, text.size());
}

}  // namespace

bool Raft::propose(std::string command) {
  const bool has_room =
      log_.last_index() - commit_ < options_.most_uncommitted && log_.bytes() < options_.most_bytes;
  if (!is_leader() || !has_room) return false;
  log_.append({term_, std::move(command)});
  wants_flush_ = true;
  if (nodes_ == 1) count_copies();
  return true;
}

bool Raft::confirm_read(Peer asker, std::uint64_t number) {
  if (!is_leader() || reads_.size() >= options_.most_uncommitted) return false;
  reads_.push_back({asker, number, round_ + 1});
  wants_flush_ = true;
  if (nodes_ == 1) release_reads();
  return true;
}

void Raft::flush() {
  if (!wants_flush()) return;
  wants_flush_ = false;
  if (!reads_.empty() && reads_.back().round > round_) ++round_;
  for (Peer peer = 0; peer < nodes_; ++peer) {
    if (peer != self_) send_to(peer, false);
  }
}

void Raft::send_to(Peer peer, bool is_heartbeat) {
  Follower& follower = followers_[peer];
  if (follower.next <= log_.base_index() && follower.snapshot == nullptr) {
    follower.snapshot = snapshot();
    follower.offset = 0;
    return send_chunk(peer);
  }
  // One chunk is on its way at a time; it is sent again when it may have been lost.
  if (follower.snapshot == nullptr) {
    send_entries(peer);
  } else if (is_heartbeat) {
    send_chunk(peer);
  }
}

void Raft::send_entries(Peer peer) {
  Follower& follower = followers_[peer];
  bool is_first = true;
  for (;;) {
    std::vector<Entry> entries = entries_for(follower);
    if (entries.empty() && !is_first) return;
    is_first = false;
    const Index prev = follower.next - 1;
    if (follower.is_probed) {
      follower.probe_is_sent = true;
    } else {
      follower.next += entries.size();
    }
    const Round round = follower.round < round_ ? round_ : 0;
    host_.send(peer,
               AppendEntries{term_, prev, log_.term_at(prev), commit_, round, std::move(entries)});
    if (follower.is_probed) return;
  }
}

/// Those that are next, as far as they may be sent.
std::vector<Entry> Raft::entries_for(const Follower& follower) const {
  std::vector<Entry> entries;
  if (follower.is_probed && follower.probe_is_sent) return entries;
  const Index last = std::min<Index>(log_.last_index(), follower.match + options_.window);
  std::size_t bytes = 0;
  for (Index index = follower.next; index <= last && bytes < options_.batch_bytes; ++index) {
    entries.push_back(log_.at(index));
    bytes += entries.back().command.size();
  }
  return entries;
}

void Raft::take(Peer from, AppendEntries& message) {
  if (message.term < term_) return host_.send(from, AppendReply{term_, 0, message.prev_index, 0});
  if (!accept_leader(from)) return;
  const Index prev = message.prev_index;
  // What is committed is the same everywhere, and may be forgotten here.
  if (prev > commit_ && !log_.has(prev, message.prev_term)) {
    return host_.send(from, AppendReply{term_, commit_, prev, message.round});
  }
  const bool has_entries = !message.entries.empty();
  const Index match = prev + message.entries.size();
  append(message.entries, prev);
  commit_to(std::min(message.commit, match));
  // Only that something is committed wants no answer.
  if (has_entries || message.round != 0) {
    host_.send(from, AppendReply{term_, match, 0, message.round});
  }
}

void Raft::append(std::vector<Entry>& entries, Index prev_index) {
  Index index = prev_index;
  for (Entry& entry : entries) {
    ++index;
    if (index <= commit_ || log_.has(index, entry.term)) continue;
    // Those of another leader, which were never committed.
    if (index <= log_.last_index()) log_.cut_from(index);
    log_.append(std::move(entry));
  }
}

void Raft::heard(Follower& follower, Round round) {
  follower.silent_ticks = 0;
  follower.round = std::max(follower.round, std::min(round, round_));
  release_reads();
}

void Raft::take(Peer from, const AppendReply& reply) {
  if (!is_leader() || reply.term != term_) return;
  Follower& follower = followers_[from];
  heard(follower, reply.round);
  // No honest node says so.
  if (std::max(reply.match, reply.rejected) > log_.last_index()) return;
  if (reply.rejected != 0) return back_off(follower, reply);
  if (follower.snapshot != nullptr && reply.match >= follower.snapshot->last_index) {
    follower.snapshot.reset();
  }
  if (follower.snapshot != nullptr) return;
  follower.match = std::max(follower.match, reply.match);
  follower.is_probed = false;
  follower.next = std::max(follower.next, follower.match + 1);
  if (follower.next <= log_.last_index()) wants_flush_ = true;
  count_copies();
}

/// To where the logs surely are the same. Of several refusals the first counts: the others are of
/// what was sent on before it came.
void Raft::back_off(Follower& follower, const AppendReply& reply) {
  if (follower.snapshot != nullptr) return;
  const bool is_old =
      follower.is_probed ? reply.rejected != follower.next - 1 : reply.rejected <= follower.match;
  if (is_old) return;
  follower.next = std::max(follower.match, std::min(reply.match, reply.rejected - 1)) + 1;
  follower.is_probed = true;
  follower.probe_is_sent = false;
  wants_flush_ = true;
}

template <typename T>
T Raft::of_majority(T own, T Follower::*reached) const {
  std::vector<T> all;
  for (Peer peer = 0; peer < nodes_; ++peer) {
    all.push_back(peer == self_ ? own : followers_[peer].*reached);
  }
  std::ranges::sort(all, std::greater<>());
  return all[majority() - 1];
}

/// Commits what a majority has, if it is of this term; and with it all before.
void Raft::count_copies() {
  const Index copied = of_majority(log_.last_index(), &Follower::match);
  if (copied <= commit_ || log_.term_at(copied) != term_) return;
  commit_to(copied);
  wants_flush_ = true;
  release_reads();
}

void Raft::commit_to(Index index) {
  while (commit_ < index) {
    const Entry& entry = log_.at(++commit_);
    if (!entry.command.empty()) host_.apply(commit_, entry.command);
  }
  forget_applied();
}

void Raft::forget_applied() {
  // Those behind a snapshot that is being sent stay for a while, lest another one be needed.
  Index sent = commit_;
  for (const Follower& follower : followers_) {
    if (follower.snapshot != nullptr) sent = std::min(sent, follower.snapshot->last_index);
  }
  const auto is_long = [&](std::size_t times) {
    return log_.size() > times * options_.keep_entries ||
           log_.bytes() > times * options_.keep_bytes;
  };
  constexpr std::size_t kForSnapshots = 4;
  while (log_.base_index() < commit_ && is_long(log_.base_index() < sent ? 1 : kForSnapshots)) {
    log_.forget_first();
  }
}

void Raft::release_reads() {
  // Before this, there may be something committed of which this leader does not know that it is.
  if (reads_.empty() || log_.term_at(commit_) != term_) return;
  const Round answered = of_majority(std::numeric_limits<Round>::max(), &Follower::round);
  while (!reads_.empty() && reads_.front().round <= answered) {
    const Read read = reads_.front();
    reads_.pop_front();
    host_.read_confirmed(read.asker, read.number, commit_);
  }
}

std::shared_ptr<const Raft::Snapshot> Raft::snapshot() {
  auto snapshot = last_snapshot_.lock();
  if (snapshot != nullptr && snapshot->last_index >= log_.base_index()) return snapshot;
  snapshot =
      std::make_shared<const Snapshot>(Snapshot{commit_, log_.term_at(commit_), host_.snapshot()});
  last_snapshot_ = snapshot;
  return snapshot;
}

void Raft::send_chunk(Peer peer) {
  const Follower& follower = followers_[peer];
  const std::string& data = follower.snapshot->data;
  const std::size_t end = end_of_chunk(data, follower.offset, options_.batch_bytes);
  host_.send(peer, SnapshotChunk{term_, follower.snapshot->last_index, follower.snapshot->last_term,
                                 follower.offset, end == data.size(), round_,
                                 data.substr(follower.offset, end - follower.offset)});
}

void Raft::take(Peer from, const SnapshotChunk& chunk) {
  if (chunk.term < term_) return host_.send(from, AppendReply{term_, 0, chunk.last_index, 0});
  if (!accept_leader(from)) return;
  if (chunk.last_index > commit_) {
    if (incoming_.last_index != chunk.last_index || incoming_.last_term != chunk.last_term) {
      incoming_ = {chunk.last_index, chunk.last_term, {}};
    }
    const bool fits = chunk.offset == incoming_.data.size();
    if (fits) incoming_.data += chunk.data;
    if (!fits || !chunk.is_last) {
      return host_.send(from,
                        ChunkReply{term_, chunk.last_index, incoming_.data.size(), chunk.round});
    }
    const Incoming whole = std::exchange(incoming_, {});
    if (!host_.restore(whole.data)) return;
    log_.start_after(whole.last_index, whole.last_term);
    commit_ = whole.last_index;
  }
  host_.send(from, AppendReply{term_, chunk.last_index, 0, chunk.round});
}

void Raft::take(Peer from, const ChunkReply& reply) {
  if (!is_leader() || reply.term != term_) return;
  Follower& follower = followers_[from];
  heard(follower, reply.round);
  if (follower.snapshot == nullptr || follower.snapshot->last_index != reply.last_index) return;
  if (reply.offset > follower.snapshot->data.size() || reply.offset == follower.offset) return;
  follower.offset = reply.offset;
  send_chunk(from);
}

}  // namespace narrows::workloads::raft
