// SPDX-License-Identifier: MIT
// Tests of a node in virtual time: lines in, lines out, and a clock that the test moves.
//
//   narrows::Node node;
//   serve(node);
//   narrows::testing::Harness harness(node);
//   harness.request("c1", R"("type":"read","key":1)");
//   auto sent = harness.take();          // what the node has sent: an RPC to lin-kv, say
//   harness.advance(1s);                 // its timeout, in microseconds of real time
//
// Threads: everything happens on the caller's.
// Errors: what makes no sense, std::invalid_argument; what is called from within the node, by a
//   handler or a timer, std::logic_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/node.hpp"

namespace narrows::testing {

class Network;

/// A message that the node has sent.
struct Sent {
  std::string src;
  std::string dest;
  std::string type;
  std::string body;               // its JSON, braces included
  std::int64_t msg_id = -1;       // -1: it has none
  std::int64_t in_reply_to = -1;  // likewise
};

class Harness {
 public:
  /// Gives the node its first input: `init`. From then on it lives in virtual time, and no longer
  /// than the harness. Throws std::logic_error when it had input before.
  explicit Harness(Node& node, std::string id = "n1", std::vector<std::string> node_ids = {});
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;
  ~Harness();

  /// Whole lines, as they come from Maelstrom. The last one, too, ends with a newline.
  void feed(std::string_view lines);
  /// A message to this node; `members`: of its body, without braces, on one line. The msg_id that
  /// it was given: the members have none. It and answer() throw std::invalid_argument where that
  /// makes no JSON, or no such line.
  std::int64_t request(std::string_view src, std::string_view members);
  /// The answer to a message that the node has sent; std::invalid_argument: it wants none, or the
  /// members have an in_reply_to of their own.
  void answer(const Sent& to, std::string_view members);
  /// What another node's harness took: brings it to this node, to which it is addressed.
  void deliver(const Sent& message);

  /// Lets virtual time pass: what is due happens at its time, in order. Throws std::logic_error
  /// when there is no end to what is due at one moment.
  void advance(std::chrono::nanoseconds duration);
  /// Until all work that was offloaded is done.
  void settle();
  /// No more input comes.
  void end();

  /// What was sent since the last call, in order.
  [[nodiscard]] std::vector<Sent> take();
  /// What was logged since the last call, in order: "error: a timer threw an exception: …". Of
  /// each kind of trouble there is one line a second of virtual time, and no more than 64 lines are
  /// kept. Those that nobody takes are printed to stderr when the node ends.
  [[nodiscard]] std::vector<std::string> take_log();
  /// The time since the beginning.
  [[nodiscard]] std::chrono::nanoseconds now() const;

 private:
  friend class Network;
  struct Parts;

  /// For a Network, which has the clock. At `now` the node is given these lines, then does what is
  /// due. What it has written: the caller takes it out.
  std::string& react(std::chrono::nanoseconds now, std::string_view lines);
  /// When something is due at it; max(): nothing is.
  [[nodiscard]] std::chrono::nanoseconds due() const;

  std::unique_ptr<Parts> parts_;
};

}  // namespace narrows::testing
