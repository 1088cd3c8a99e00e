// SPDX-License-Identifier: MIT
// Who leads: terms, votes, and what makes a leader or a follower give up.
#include "workloads/raft/raft.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace narrows::workloads::raft {

Raft::Raft(Peer self, std::size_t nodes, RaftOptions options, Host& host)
    : self_(self),
      nodes_(nodes),
      options_(options),
      host_(host),
      votes_(nodes),
      followers_(nodes) {}

void Raft::start() {
  if (nodes_ == 1) return stand(false);
  // Nobody leads yet, so nobody is disturbed by a first election that is early.
  timeout_ticks_ =
      1 + static_cast<int>(host_.random(static_cast<std::uint64_t>(options_.election_ticks)));
}

void Raft::tick() {
  ++elapsed_ticks_;
  if (is_leader()) return tick_as_leader();
  if (elapsed_ticks_ >= timeout_ticks_) stand(true);
}

void Raft::tick_as_leader() {
  std::size_t heard = 1;
  for (Peer peer = 0; peer < nodes_; ++peer) {
    if (peer != self_ && ++followers_[peer].silent_ticks <= options_.election_ticks) ++heard;
  }
  if (heard < majority()) return follow(term_, std::nullopt);
  if (elapsed_ticks_ < options_.heartbeat_ticks) return;
  elapsed_ticks_ = 0;
  ++round_;
  for (Peer peer = 0; peer < nodes_; ++peer) {
    if (peer != self_) send_to(peer, true);
  }
  wants_flush_ = false;
}

void Raft::receive(Peer from, Message message) {
  const auto* const request = std::get_if<VoteRequest>(&message);
  const auto* const vote = std::get_if<VoteReply>(&message);
  // The term of a trial is nobody's yet.
  const bool is_trial = (request != nullptr && request->is_trial) ||
                        (vote != nullptr && vote->is_trial && vote->is_granted);
  if (!is_trial && term_of(message) > term_) follow(term_of(message), std::nullopt);
  std::visit([&](auto& body) { take(from, body); }, message);
}

/// `leader`: none is known yet.
void Raft::follow(Term term, std::optional<Peer> leader) {
  if (term > term_) voted_for_.reset();
  term_ = term;
  role_ = Role::follower;
  leader_ = leader;
  elapsed_ticks_ = 0;
  const auto spread = static_cast<std::uint64_t>(options_.election_ticks);
  timeout_ticks_ = options_.election_ticks + static_cast<int>(host_.random(spread));
  reads_.clear();
  followers_.assign(nodes_, {});
}

/// `is_trial`: asks whether there is a chance, before the term that others have is disturbed.
void Raft::stand(bool is_trial) {
  follow(is_trial ? term_ : term_ + 1, std::nullopt);
  role_ = is_trial ? Role::pre_candidate : Role::candidate;
  if (!is_trial) voted_for_ = self_;
  votes_.assign(nodes_, false);
  const VoteRequest request{is_trial ? term_ + 1 : term_, is_trial, log_.last_index(),
                            log_.last_term()};
  for (Peer peer = 0; peer < nodes_; ++peer) {
    if (peer != self_) host_.send(peer, request);
  }
  count_vote(self_);
}

void Raft::count_vote(Peer from) {
  votes_[from] = true;
  if (static_cast<std::size_t>(std::ranges::count(votes_, true)) < majority()) return;
  if (role_ == Role::pre_candidate) return stand(false);
  lead();
}

void Raft::lead() {
  role_ = Role::leader;
  leader_ = self_;
  elapsed_ticks_ = 0;
  round_ = 1;
  for (Follower& follower : followers_) follower.next = log_.last_index() + 1;
  // Entries of earlier terms are committed with it, and only so.
  log_.append({term_, {}});
  wants_flush_ = true;
  count_copies();
  flush();
}

/// A leader of this term has spoken; false: that cannot be.
bool Raft::accept_leader(Peer from) {
  if (is_leader()) return false;
  if (role_ != Role::follower || leader_ != from) follow(term_, from);
  elapsed_ticks_ = 0;
  return true;
}

bool Raft::hears_leader() const {
  return is_leader() || (leader_ && elapsed_ticks_ < options_.election_ticks);
}

void Raft::take(Peer from, const VoteRequest& request) {
  const bool is_up_to_date = std::tie(request.last_term, request.last_index) >=
                             std::make_tuple(log_.last_term(), log_.last_index());
  if (request.is_trial) {
    const bool is_granted = request.term > term_ && is_up_to_date && !hears_leader();
    return host_.send(from, VoteReply{is_granted ? request.term : term_, true, is_granted});
  }
  // A candidate, and a leader, has voted for itself.
  const bool is_granted =
      request.term == term_ && is_up_to_date && (!voted_for_ || *voted_for_ == from);
  if (is_granted) {
    voted_for_ = from;
    elapsed_ticks_ = 0;
  }
  host_.send(from, VoteReply{term_, false, is_granted});
}

void Raft::take(Peer from, const VoteReply& reply) {
  const bool is_wanted = reply.is_trial ? role_ == Role::pre_candidate && reply.term == term_ + 1
                                        : role_ == Role::candidate && reply.term == term_;
  if (is_wanted && reply.is_granted) count_vote(from);
}

}  // namespace narrows::workloads::raft
