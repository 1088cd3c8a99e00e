// SPDX-License-Identifier: MIT
// What a node owes for each line that it reads: a model of docs/PROTOCOL.md, over nlohmann::json.
//
// It knows the handlers of node.cpp. Those that wait may answer at any later time, once; all else
// is answered in the order in which it came. What is not answered is counted.
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::fuzz {

/// A message that a node has sent.
struct Output {
  /// Fails unless the line is a message as docs/PROTOCOL.md has it.
  static Output parsed(std::string_view line);

  std::string src;
  std::string dest;
  std::string type;
  std::optional<std::uint64_t> msg_id;
  std::optional<std::uint64_t> in_reply_to;
  std::int64_t code = -1;  // of an error
};

class Model {
 public:
  /// Of a node that has had no input and whose handlers do not wait; or of one that is "n1" by an
  /// `init` of its own, and has handlers that wait.
  Model(std::size_t max_line_bytes, std::uint32_t max_depth, bool knows_waiting);

  /// A line that the node reads, without its newline. Before its answers.
  void read(std::string_view line);
  /// A line that it wrote. Fails unless it is owed, or a message of the node's own.
  void wrote(const Output& output, std::string_view line);

  /// Fails unless all is answered that does not wait.
  void check_in_order_is_empty() const;
  /// Fails unless that is what a node says that has read the same, the question for it last, and
  /// for which nothing waits any more.
  void check_counts(const std::map<std::string, std::uint64_t>& counted) const;

 private:
  /// A reply that is owed.
  struct Owed {
    std::string src;  // of the reply
    std::string dest;
    std::uint64_t in_reply_to = 0;
    std::vector<std::string> types;   // it is one of them,
    std::vector<std::int64_t> codes;  // or an error with one of these

    [[nodiscard]] bool is(const Output& output) const;
  };
  struct Message;

  void read_message(const Message& message);
  void malformed(const Message& message);
  void before_init(const Message& message);
  void init(const Message& message);
  void stats(const Message& message);
  void handled(const Message& message);
  void wrote_error(const Output& output, std::string_view line);
  void owe(const Message& message, std::vector<std::string> types, std::vector<std::int64_t> codes,
           bool waits = false);

  const std::size_t max_line_bytes_;
  const std::uint32_t max_depth_;
  const bool knows_waiting_;
  std::string id_;  // empty: before init
  std::deque<Owed> in_order_;
  std::list<Owed> waiting_;
  std::list<Owed> failed_;  // that waited, and were answered with an error
  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t most_handler_errors_ = 0;  // beyond those that counts_ has
  std::uint64_t sent_unprompted_ = 0;      // requests of the node's own
  std::uint64_t silent_waits_ = 0;         // that want no reply
  std::uint64_t next_msg_id_ = 0;
  std::uint64_t carried_over_ = 0;  // waited when the counts were reset, at most
};

}  // namespace narrows::fuzz
