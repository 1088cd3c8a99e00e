// SPDX-License-Identifier: MIT
#include "workloads/raft/raft.hpp"

#include <string>

#include "unit/doctest.hpp"
#include "workloads/raft_cluster.hpp"

namespace narrows::workloads::raft {
namespace {

Peer elected(Cluster& cluster) {
  for (int i = 0; i < 10 && !cluster.leader(); ++i) cluster.run(kElection);
  REQUIRE(cluster.leader());
  cluster.run(10);
  return *cluster.leader();
}

TEST_CASE("raft: a node without others leads, commits and confirms at once") {
  Cluster cluster(1, 1);
  CHECK(cluster.raft(0).is_leader());
  CHECK(cluster.propose(0));
  CHECK(cluster.state(0) == "c1é\n");
  cluster.ask_to_read(0, 0);
  CHECK(cluster.confirmed_reads() == 1);
  check_sound(cluster);
}

TEST_CASE("raft: one leads, and what it is told comes to all") {
  Cluster cluster(5, 2);
  const Peer leader = elected(cluster);
  CHECK_FALSE(cluster.propose((leader + 1) % 5));
  CHECK(cluster.propose(leader));
  CHECK(cluster.propose(leader));
  cluster.run(1);
  for (Peer peer = 0; peer < 5; ++peer) CHECK(cluster.state(peer).ends_with("é\nc3é\n"));
  check_sound(cluster);
}

TEST_CASE("raft: a leader that a majority does not answer steps down, and confirms no read") {
  Cluster cluster(5, 3);
  const Peer old = elected(cluster);
  cluster.isolate(old);
  cluster.ask_to_read(old, old);
  CHECK(cluster.propose(old));
  cluster.run(kElection);
  CHECK_FALSE(cluster.raft(old).is_leader());
  CHECK(cluster.confirmed_reads() == 0);
  const Peer young = elected(cluster);
  CHECK(cluster.propose(young));
  cluster.run(2);
  CHECK(cluster.state(young).ends_with("c2é\n"));
  CHECK(cluster.state(young).find("c1é") == std::string::npos);
  cluster.heal();
  cluster.run(kElection);
  CHECK(cluster.state(old) == cluster.state(young));
  check_sound(cluster);
}

TEST_CASE("raft: who hears the leader, or cannot win, disturbs nobody") {
  Cluster cluster(3, 4);
  const Peer leader = elected(cluster);
  const Term term = cluster.raft(leader).term();
  const Peer other = (leader + 1) % 3;
  SUBCASE("it was cut off") { cluster.isolate(other); }
  SUBCASE("it hears nothing, but is heard") { cluster.cut(leader, other); }
  SUBCASE("it is heard by none, but hears") {
    cluster.cut(other, leader);
    cluster.cut(other, (leader + 2) % 3);
  }
  cluster.run(10 * kElection);
  CHECK(cluster.propose(leader));
  cluster.heal();
  cluster.run(kElection);
  CHECK(cluster.raft(leader).is_leader());
  CHECK(cluster.raft(leader).term() == term);
  CHECK(cluster.state(other) == cluster.state(leader));
  check_sound(cluster);
}

TEST_CASE("raft: a node votes once a term, and for no log that lacks what it has") {
  Cluster cluster(3, 5);
  const auto vote = [&](Peer from, Term term, Index last_index, Term last_term) {
    cluster.forget_flights();
    cluster.bring(from, 0, VoteRequest{term, false, last_index, last_term});
    const auto replies = cluster.take_flights();
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].to == from);
    return std::get<VoteReply>(replies[0].message);
  };
  CHECK(vote(1, 3, 0, 0).is_granted);
  CHECK(vote(1, 3, 0, 0).is_granted);  // it came twice
  CHECK_FALSE(vote(2, 3, 0, 0).is_granted);
  CHECK_FALSE(vote(2, 2, 9, 2).is_granted);  // a term that has passed
  CHECK(vote(2, 4, 0, 0).is_granted);
  cluster.bring(2, 0, AppendEntries{4, 0, 0, 0, 1, {}});
  CHECK_FALSE(vote(1, 4, 9, 3).is_granted);  // also when it has seen who won
  cluster.bring(1, 0, AppendEntries{5, 0, 0, 0, 1, {{4, "a"}, {4, "b"}}});
  CHECK_FALSE(vote(2, 6, 1, 4).is_granted);
  CHECK_FALSE(vote(2, 6, 9, 3).is_granted);
  CHECK(vote(2, 6, 2, 4).is_granted);
}

TEST_CASE("raft: a trial is granted only to who could win now, and changes nothing") {
  Cluster cluster(3, 6);
  const auto is_granted = [&](Term term, Index last_index) {
    cluster.forget_flights();
    cluster.bring(1, 0, VoteRequest{term, true, last_index, 0});
    const auto replies = cluster.take_flights();
    REQUIRE(replies.size() == 1);
    const auto reply = std::get<VoteReply>(replies[0].message);
    CHECK(reply.is_trial);
    return reply.is_granted;
  };
  CHECK(is_granted(5, 0));
  CHECK(cluster.raft(0).term() == 0);
  CHECK(is_granted(5, 0));
  cluster.bring(2, 0, AppendEntries{7, 0, 0, 0, 1, {}});
  CHECK_FALSE(is_granted(9, 0));  // there is a leader
  CHECK(cluster.raft(0).term() == 7);
}

TEST_CASE("raft: a leader that hears nobody, or that nobody hears, is replaced meanwhile") {
  Cluster cluster(5, 13);
  const Peer old = elected(cluster);
  bool is_deaf = false;
  SUBCASE("it hears nobody") { is_deaf = true; }
  SUBCASE("nobody hears it") { is_deaf = false; }
  for (Peer other = 0; other < 5; ++other) {
    if (other != old) is_deaf ? cluster.cut(other, old) : cluster.cut(old, other);
  }
  cluster.run(2 * kElection);
  REQUIRE(cluster.leader());
  const Peer young = *cluster.leader();
  CHECK(young != old);
  CHECK(cluster.propose(young));
  cluster.run(2);
  CHECK(cluster.state(young).ends_with("c1é\n"));
  check_sound(cluster);
}

TEST_CASE("raft: half of the nodes are no majority") {
  Cluster cluster(4, 14);
  const Peer leader = elected(cluster);
  for (Peer a = 0; a < 4; ++a) {
    for (Peer b = 0; b < 4; ++b) {
      if (a % 2 != b % 2) cluster.cut(a, b);
    }
  }
  CHECK(cluster.propose(leader));
  cluster.ask_to_read(leader, leader);
  cluster.run(4 * kElection);
  CHECK_FALSE(cluster.leader());
  CHECK(cluster.state(leader).empty());
  CHECK(cluster.confirmed_reads() == 0);
  cluster.heal();
  cluster.run(2 * kElection);
  CHECK(cluster.state(leader) == "c1é\n");
}

/// Figure 8 of the paper: what a majority has of an earlier term is no more committed for that.
TEST_CASE("raft: entries of earlier terms are committed only with one of the leader's own") {
  Cluster cluster(5, 7);
  cluster.forget_flights();
  Raft& raft = cluster.raft(0);
  cluster.bring(1, 0, AppendEntries{2, 0, 0, 0, 1, {{2, "old"}}});
  while (raft.role() != Raft::Role::pre_candidate) raft.tick();
  for (const Peer peer : {1U, 2U}) cluster.bring(peer, 0, VoteReply{3, true, true});
  for (const Peer peer : {1U, 2U}) cluster.bring(peer, 0, VoteReply{3, false, true});
  REQUIRE(raft.is_leader());
  REQUIRE(raft.log().last_index() == 2);
  for (const Peer peer : {1U, 2U, 3U}) cluster.bring(peer, 0, AppendReply{3, 1, 0, 1});
  CHECK(raft.commit() == 0);
  // What was said to a leader of an earlier term was said of another log.
  for (const Peer peer : {1U, 2U}) cluster.bring(peer, 0, AppendReply{2, 2, 0, 1});
  CHECK(raft.commit() == 0);
  for (const Peer peer : {1U, 2U}) cluster.bring(peer, 0, AppendReply{3, 2, 0, 1});
  CHECK(raft.commit() == 2);
}

TEST_CASE("raft: a doubled vote is one vote, and one of another term none") {
  Cluster cluster(5, 8);
  cluster.forget_flights();
  Raft& raft = cluster.raft(0);
  while (raft.role() != Raft::Role::pre_candidate) raft.tick();
  cluster.bring(1, 0, VoteReply{1, true, true});
  cluster.bring(1, 0, VoteReply{1, true, true});
  CHECK(raft.role() == Raft::Role::pre_candidate);
  cluster.bring(2, 0, VoteReply{1, true, true});
  REQUIRE(raft.role() == Raft::Role::candidate);
  cluster.bring(1, 0, VoteReply{1, false, true});
  cluster.bring(1, 0, VoteReply{1, false, true});
  cluster.bring(2, 0, VoteReply{0, false, true});
  cluster.bring(3, 0, VoteReply{1, true, true});
  CHECK(raft.role() == Raft::Role::candidate);
  cluster.bring(2, 0, VoteReply{1, false, true});
  CHECK(raft.is_leader());
}

TEST_CASE("raft: a new leader confirms no read before it has committed in its own term") {
  Cluster cluster(3, 9);
  cluster.forget_flights();
  Raft& raft = cluster.raft(0);
  while (raft.role() != Raft::Role::pre_candidate) raft.tick();
  cluster.bring(1, 0, VoteReply{1, true, true});
  cluster.bring(1, 0, VoteReply{1, false, true});
  REQUIRE(raft.is_leader());
  cluster.ask_to_read(0, 0);
  raft.flush();
  cluster.bring(1, 0, AppendReply{1, 0, 0, 2});
  CHECK(cluster.confirmed_reads() == 0);
  cluster.bring(1, 0, AppendReply{1, 1, 0, 1});
  CHECK(cluster.confirmed_reads() == 1);
}

TEST_CASE("raft: who lags behind the log is sent a snapshot, and the log stays short") {
  Cluster cluster(3, 10, short_logs());
  const Peer leader = elected(cluster);
  const Peer behind = (leader + 1) % 3;
  cluster.isolate(behind);
  for (int i = 0; i < 300; ++i) {
    CHECK(cluster.propose(leader));
    cluster.run(1);
  }
  CHECK(cluster.raft(leader).log().size() <= 4 * short_logs().keep_entries);
  cluster.heal();
  cluster.run(kElection);
  CHECK(cluster.restored() > 0);
  CHECK(cluster.state(behind) == cluster.state(leader));
  CHECK(cluster.raft(behind).log().base_index() > 0);
  SUBCASE("and then can lead") {
    cluster.isolate(leader);
    cluster.run(kElection);
    cluster.heal();
    cluster.run(kElection);
    const Peer young = elected(cluster);
    CHECK(cluster.propose(young));
    cluster.run(kElection);
    CHECK(cluster.state(behind).ends_with("c301é\n"));
  }
  check_sound(cluster);
}

TEST_CASE("raft: who has a snapshot alone votes as if it had the entries") {
  RaftOptions options;
  options.keep_entries = 0;
  Cluster cluster(3, 15, options);
  const Peer leader = elected(cluster);
  const Peer behind = (leader + 1) % 3;
  cluster.isolate(behind);
  for (int i = 0; i < 20; ++i) {
    CHECK(cluster.propose(leader));
    cluster.run(1);
  }
  cluster.heal();
  cluster.run(kElection);
  REQUIRE(cluster.restored() > 0);
  const Raft& raft = cluster.raft(behind);
  CHECK(raft.log().size() == 0);
  const Term term = raft.term();
  const auto vote = [&](Term stood_for, Index last_index) {
    cluster.forget_flights();
    cluster.bring((leader + 2) % 3, behind, VoteRequest{stood_for, false, last_index, term});
    return std::get<VoteReply>(cluster.take_flights().at(0).message).is_granted;
  };
  CHECK_FALSE(vote(term + 1, raft.log().last_index() - 1));
  CHECK(vote(term + 2, raft.log().last_index()));
}

TEST_CASE("raft: a snapshot that comes late does not take back what came after it") {
  Cluster cluster(3, 16);
  Raft& raft = cluster.raft(0);
  const SnapshotChunk snapshot{2, 3, 1, 0, true, 1, "abc\n"};
  raft.receive(1, snapshot);
  CHECK(raft.commit() == 3);
  raft.receive(1, AppendEntries{2, 3, 1, 4, 1, {{2, "d"}}});
  CHECK(raft.commit() == 4);
  raft.receive(1, snapshot);
  CHECK(raft.commit() == 4);
  CHECK(cluster.state(0) == "abc\nd\n");
}

TEST_CASE("raft: what is not committed is bounded") {
  RaftOptions options;
  options.most_uncommitted = 5;
  Cluster cluster(3, 11, options);
  const Peer leader = elected(cluster);
  cluster.isolate(leader);
  for (int i = 0; i < 5; ++i) CHECK(cluster.propose(leader));
  CHECK_FALSE(cluster.propose(leader));
}

TEST_CASE("raft: messages that no honest node sends do not break it") {
  Cluster cluster(3, 12);
  const Peer leader = elected(cluster);
  Raft& raft = cluster.raft(leader);
  const Peer other = (leader + 1) % 3;
  const Term term = raft.term();
  constexpr Index kFar = Index{1} << 60U;
  raft.receive(other, AppendEntries{term, 0, 0, kFar, 1, {{1, "x"}}});
  raft.receive(other, AppendReply{term, kFar, 0, kFar});
  raft.receive(other, AppendReply{term, kFar, kFar, 0});
  raft.receive(other, AppendReply{term, 0, 1, 0});
  raft.receive(other, SnapshotChunk{term, kFar, 1, 7, true, 1, "x"});
  raft.receive(other, ChunkReply{term, 3, kFar, 1});
  CHECK(raft.is_leader());
  Raft& follower = cluster.raft(other);
  follower.receive(leader, AppendEntries{term, kFar, 1, kFar, 1, {}});
  follower.receive(leader, SnapshotChunk{term, kFar, 1, 7, true, 1, "x"});
  follower.receive(leader, ChunkReply{term, 3, kFar, 1});
  CHECK(follower.commit() == raft.commit());
  cluster.propose(leader);
  cluster.run(kElection);
  CHECK(cluster.state(other) == cluster.state(leader));
}

}  // namespace
}  // namespace narrows::workloads::raft
