// SPDX-License-Identifier: MIT
// Raft in whatever a network may do.
#include <cstdlib>
#include <string>

#include "unit/doctest.hpp"
#include "workloads/raft_cluster.hpp"
#include "workloads/trials.hpp"

namespace narrows::workloads::raft {
namespace {

/// What may go wrong in a while: a partition of any form, a pause.
void disturb(Cluster& cluster) {
  const std::size_t nodes = cluster.size();
  const auto any = [&] { return static_cast<Peer>(cluster.random(nodes)); };
  switch (cluster.random(9)) {
    case 0: cluster.isolate(any()); break;
    case 1:
      if (cluster.leader()) cluster.isolate(*cluster.leader());
      break;
    case 2:
      for (std::size_t i = 0; i < nodes; ++i) {
        const Peer from = any();
        const Peer to = any();
        if (from != to) cluster.cut(from, to);
      }
      break;
    case 3:  // a ring
      for (Peer a = 0; a < nodes; ++a) {
        for (Peer b = 0; b < nodes; ++b) {
          const std::size_t gap = (a + nodes - b) % nodes;
          if (gap > 1 && gap < nodes - 1) cluster.cut(a, b);
        }
      }
      break;
    case 4:  // two parts
      for (Peer a = 0; a < nodes; ++a) {
        for (Peer b = 0; b < nodes; ++b) {
          if ((a < nodes / 2) != (b < nodes / 2)) cluster.cut(a, b);
        }
      }
      break;
    case 5: cluster.pause(any(), true); break;
    case 6:
      if (cluster.leader()) cluster.pause(*cluster.leader(), true);
      break;
    case 7:  // the leader is heard, but hears nothing; or the other way round
      if (const auto leader = cluster.leader()) {
        const bool is_deaf = cluster.random(2) == 0;
        for (Peer peer = 0; peer < nodes; ++peer) {
          if (peer != *leader) is_deaf ? cluster.cut(peer, *leader) : cluster.cut(*leader, peer);
        }
      }
      break;
    default: break;  // nothing, for once
  }
}

void recover(Cluster& cluster) {
  cluster.heal();
  for (Peer peer = 0; peer < cluster.size(); ++peer) cluster.pause(peer, false);
}

/// Clients that ask whoever believes to lead.
void ask_someone(Cluster& cluster) {
  const auto peer = static_cast<Peer>(cluster.random(cluster.size()));
  if (!cluster.raft(peer).is_leader()) return;
  if (cluster.random(3) == 0) {
    cluster.ask_to_read(peer, peer);
  } else {
    cluster.propose(peer);
  }
  if (cluster.random(2) == 0) cluster.raft(peer).flush();
}

void try_seed(std::uint64_t seed) {
  const std::size_t nodes = 2 + seed % 4;
  Cluster cluster(nodes, seed, short_logs());
  cluster.faults.longest_delay = seed % 3 == 0 ? 1 : seed % 3 == 1 ? 15 : 60;
  cluster.faults.loss = seed % 5 == 0 ? 0.1 : 0;
  cluster.faults.duplication = seed % 4 == 0 ? 0.2 : 0;
  for (int round = 0; round < 5; ++round) {
    cluster.run(40, [&] { ask_someone(cluster); });
    disturb(cluster);
    if (cluster.random(3) == 0) disturb(cluster);
    cluster.run(40, [&] { ask_someone(cluster); });
    recover(cluster);
  }
  cluster.faults = {};
  cluster.run(4 * kElection);
  const auto leader = cluster.leader();
  REQUIRE_MESSAGE(leader, "nobody leads");
  CHECK_MESSAGE(cluster.propose(*leader), "nothing can be proposed");
  cluster.run(kElection);
  for (Peer peer = 0; peer < nodes; ++peer) {
    CHECK_MESSAGE(cluster.raft(peer).commit() == cluster.raft(*leader).log().last_index(),
                  "not all is committed in the end");
    CHECK(cluster.raft(peer).log().size() <= 4 * short_logs().keep_entries);
  }
  check_sound(cluster);
}

TEST_CASE("raft: its promises hold whatever the network does") {
  std::uint64_t seeds = kSeeds;
  if (const char* trials = std::getenv("NARROWS_TRIALS")) seeds = std::stoull(trials);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    try_seed(seed);
  }
}

}  // namespace
}  // namespace narrows::workloads::raft
