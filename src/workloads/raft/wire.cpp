// SPDX-License-Identifier: MIT
#include "workloads/raft/wire.hpp"

#include <string>
#include <utility>
#include <vector>

namespace narrows::workloads::raft {
namespace {

using Receive = std::function<void(const Request& request, Message message)>;

/// Far beyond what a cluster comes to; sums of such do not overflow.
constexpr std::uint64_t kMost = std::uint64_t{1} << 60U;

/// Each: the term, and the command, or null.
struct AppendBody {
  Term term;
  Index prev_index;
  Term prev_term;
  Index commit;
  Round round;
  std::vector<std::pair<Term, Raw>> entries;
};
NARROWS_FIELDS(AppendBody, term, prev_index, prev_term, commit, round, entries)

AppendBody body_of(const AppendEntries& message) {
  AppendBody body{message.term,   message.prev_index, message.prev_term,
                  message.commit, message.round,      {}};
  body.entries.reserve(message.entries.size());
  for (const auto& [term, command] : message.entries) {
    body.entries.emplace_back(term, command.empty() ? Raw() : Raw::checked(command));
  }
  return body;
}

AppendEntries message_of(const AppendBody& body) {
  AppendEntries message{body.term, body.prev_index, body.prev_term, body.commit, body.round, {}};
  message.entries.reserve(body.entries.size());
  for (const auto& [term, command] : body.entries) {
    const bool is_none = command.kind() == Raw::Kind::null;
    message.entries.push_back({term, is_none ? std::string() : std::string(command.text())});
  }
  return message;
}

void check(const char* name, std::uint64_t number) {
  if (number <= kMost) return;
  throw Error(ErrorCode::malformed_request, std::string("`") + name + "` is beyond all sense");
}

template <typename Body>
void on(Node& node, std::string_view type, const Receive& receive) {
  node.on(type, [receive](const Body& body, const Request& request) {
    check("term", body.term);
    if constexpr (requires { body.prev_index; }) check("prev_index", body.prev_index);
    if constexpr (requires { body.last_index; }) check("last_index", body.last_index);
    if constexpr (std::is_same_v<Body, AppendBody>) {
      receive(request, message_of(body));
    } else {
      receive(request, body);
    }
  });
}

Reply to_send(const VoteRequest& body) { return message("request_vote", body); }
Reply to_send(const VoteReply& body) { return message("vote", body); }
Reply to_send(const AppendEntries& body) { return message("append_entries", body_of(body)); }
Reply to_send(const AppendReply& body) { return message("entries_appended", body); }
Reply to_send(const SnapshotChunk& body) { return message("install_snapshot", body); }
Reply to_send(const ChunkReply& body) { return message("chunk_installed", body); }

}  // namespace

void send(Node& node, std::string_view dest, const Message& message) {
  node.send(dest, std::visit([](const auto& body) { return to_send(body); }, message));
}

void on_message(Node& node, const Receive& receive) {
  on<VoteRequest>(node, "request_vote", receive);
  on<VoteReply>(node, "vote", receive);
  on<AppendBody>(node, "append_entries", receive);
  on<AppendReply>(node, "entries_appended", receive);
  on<SnapshotChunk>(node, "install_snapshot", receive);
  on<ChunkReply>(node, "chunk_installed", receive);
}

}  // namespace narrows::workloads::raft
