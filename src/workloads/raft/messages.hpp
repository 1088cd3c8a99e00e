// SPDX-License-Identifier: MIT
// What the nodes of a Raft cluster say to each other.
//
// Source: Ongaro, Consensus: Bridging Theory and Practice, 2014; figures 3.1 and 5.3, and chapters
//   6.4 (reads) and 9.6 (pre-vote).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "narrows/fields.hpp"

namespace narrows::workloads::raft {

using Term = std::uint64_t;
/// Of an entry of the log; the first has 1.
using Index = std::uint64_t;
/// A node's place in the list of all of them.
using Peer = std::size_t;
/// Counts a leader's questions whether it still is the leader; 0: none.
using Round = std::uint64_t;

struct Entry {
  Term term = 0;
  std::string command;  // empty: none, as in the entry that a leader begins its term with
};

struct VoteRequest {
  Term term;      // that is stood for
  bool is_trial;  // would you vote for me? Nothing changes by the answer (pre-vote)
  Index last_index;
  Term last_term;
};
NARROWS_FIELDS(VoteRequest, term, is_trial, last_index, last_term)

struct VoteReply {
  Term term;  // that is stood for if it was granted, else the voter's own
  bool is_trial;
  bool is_granted;
};
NARROWS_FIELDS(VoteReply, term, is_trial, is_granted)

struct AppendEntries {
  Term term;
  Index prev_index;  // of the entry before these
  Term prev_term;
  Index commit;
  Round round;
  std::vector<Entry> entries;
};

struct AppendReply {
  Term term;
  Index match;     // up to here the log is the leader's; of what was refused: at least
  Index rejected;  // the prev_index that did not fit; 0: it did
  Round round;
};
NARROWS_FIELDS(AppendReply, term, match, rejected, round)

struct SnapshotChunk {
  Term term;
  Index last_index;  // of what the snapshot comprises
  Term last_term;
  std::uint64_t offset;  // bytes before this chunk
  bool is_last;
  Round round;
  std::string data;
};
NARROWS_FIELDS(SnapshotChunk, term, last_index, last_term, offset, is_last, round, data)

/// The last chunk is answered with an AppendReply.
struct ChunkReply {
  Term term;
  Index last_index;
  std::uint64_t offset;  // bytes that are there
  Round round;
};
NARROWS_FIELDS(ChunkReply, term, last_index, offset, round)

using Message =
    std::variant<VoteRequest, VoteReply, AppendEntries, AppendReply, SnapshotChunk, ChunkReply>;

[[nodiscard]] inline Term term_of(const Message& message) {
  return std::visit([](const auto& body) { return body.term; }, message);
}

}  // namespace narrows::workloads::raft
