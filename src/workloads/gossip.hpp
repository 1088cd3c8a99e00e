// SPDX-License-Identifier: MIT
// Brings what each node was told to all nodes, in few messages, whatever the network does.
//
// Each node is the origin of a state of its own that only grows, numbered by versions; a digest,
// the vector of versions that a node has of all origins, says all there is to say about what it
// lacks (Demers et al.: Epidemic algorithms for replicated database maintenance, 1987).
//
//   news      An origin sends what is new to the hub, the first node, by name, that it does not
//             suspect; the hub sends everybody what is new to it, together, with its digest. Two
//             hops, and one message a node for all that came within Gossip::kBatch.
//   hub gone  An origin that does not find its news in the hub's digest in time sends it to
//             everybody itself, and suspects who was silent meanwhile, until it hears from them.
//             Whoever is sent news as the hub acts as one: no election, nothing to agree upon.
//   repair    Who lacks something by a digest that it hears asks for it. Besides, a node that has
//             not heard a digest equal to its own for a while compares with a node at random, less
//             and less often while there is no difference.
//
// Bound: a message has up to kMostBytes of state (and one item more), and a number a node.
// Threads: the dispatcher's. Ownership: lasts as long as its node, as handlers do.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "narrows/fields.hpp"
#include "narrows/node.hpp"
#include "narrows/raw.hpp"

namespace narrows::workloads {

/// The version that is there of each origin's state, in the order of the nodes' names.
using Digest = std::vector<std::uint64_t>;

/// What is replicated. Origins are numbered by their names' order.
class Replica {
 public:
  virtual ~Replica() = default;
  virtual void begin(std::size_t origins, std::size_t self) = 0;
  /// How far the state of an origin is here, without a gap; 0: there is nothing.
  [[nodiscard]] virtual std::uint64_t version(std::size_t origin) const = 0;
  /// Appends, as one JSON value, what takes the state from version `from` to a later one, which it
  /// returns. It stops once `to` has more than `most_bytes`. Precondition: there is a later one.
  virtual std::uint64_t append_delta(std::string& to, std::size_t origin, std::uint64_t from,
                                     std::size_t most_bytes) const = 0;
  /// Takes what append_delta() wrote; what is there already changes nothing. Throws Error
  /// (malformed_request).
  virtual void take_delta(std::size_t origin, std::uint64_t from, const Raw& delta) = 0;
};

/// Origin, the version from which it starts, and what Replica::append_delta() wrote.
using Delta = std::tuple<std::size_t, std::uint64_t, Raw>;

struct Relay {
  std::vector<Delta> deltas;
};
NARROWS_FIELDS(Relay, deltas)
struct News {
  Digest have;
  std::vector<Delta> deltas;
};
NARROWS_FIELDS(News, have, deltas)
struct Compare {
  Digest have;
};
NARROWS_FIELDS(Compare, have)
struct Repair {
  std::optional<Digest> have;  // none: the other has all that is wanted
  std::vector<Delta> deltas;
};
NARROWS_FIELDS(Repair, have, deltas)

class Gossip {
 public:
  // The hub's batches are what latency and messages depend on: a batch costs a message a node, and
  // news waits up to kBatch for it.
  static constexpr std::chrono::milliseconds kBatch{200};
  /// Between an origin's messages to the hub.
  static constexpr std::chrono::milliseconds kRelay{50};
  /// So long news and questions may be without an answer: a batch, and two ways of 300 ms.
  static constexpr std::chrono::milliseconds kPatience{800};
  /// Between comparisons, and at most so long when nothing happens.
  static constexpr std::chrono::milliseconds kRound{1000};
  static constexpr std::chrono::milliseconds kLongestRound{4000};
  /// What is lacking may be on its way still: from the hub, or in answer to an answer.
  static constexpr std::chrono::milliseconds kSoon{100};
  static constexpr std::chrono::milliseconds kAnswer{400};
  static constexpr std::size_t kMostBytes = std::size_t{128} << 10U;

  /// Registers its messages. `replica` lasts as long.
  Gossip(Node& node, Replica& replica);

  /// This node's own state has grown.
  void announce();

 private:
  struct Peer {
    std::string name;
    bool is_suspected = false;
    // When it was last heard from, and last answered a comparison, by `hearings_`.
    std::uint64_t heard = 0;
    std::uint64_t answered = 0;
  };
  struct Deltas {
    std::string json;  // an array
    Digest upto;       // who has them has this
    bool is_empty = true;
    bool is_whole = true;  // there is no more to send
  };

  struct Meeting {
    std::size_t peer;
    std::optional<Digest> to_get;  // none: it may lack something itself
  };

  void begin();
  void on_relay(const Relay& relay, std::string_view src);
  void on_news(const News& news, std::string_view src);
  void on_compare(const Compare& compare, std::string_view src);
  void on_repair(const Repair& repair, std::string_view src);

  [[nodiscard]] std::size_t hub() const;
  std::size_t hear(std::string_view src);
  void check(const Digest& have) const;
  [[nodiscard]] Digest digest() const;
  [[nodiscard]] bool lacks_any_of(const Digest& have) const;
  [[nodiscard]] Deltas lacking(const Digest& have) const;
  bool take(const std::vector<Delta>& deltas);

  void pass_on();
  void relay();
  void await_hub();
  void give_up(std::uint64_t since);
  void spread();
  void compare_after(std::chrono::nanoseconds delay);
  void meet(Meeting meeting, std::chrono::nanoseconds delay);
  void compare();
  void compare_with(std::size_t peer);
  void quicken();
  [[nodiscard]] std::chrono::nanoseconds jittered(std::chrono::nanoseconds period);

  Node& node_;
  Replica& replica_;
  std::vector<Peer> peers_;  // by name, this node too
  std::size_t self_ = 0;
  std::uint64_t hearings_ = 0;
  // What somebody has sent to everybody, as far as this node knows. The digest of a batch says no
  // more than that.
  Digest spread_;
  std::uint64_t relayed_ = 0;  // of its own state
  int awaited_ = 0;            // so many of its own messages the hub may not have heeded yet
  bool is_relay_resting_ = false;
  bool is_spread_resting_ = false;
  TimerId comparison_ = 0;
  std::chrono::nanoseconds round_ = kRound;
  std::optional<Meeting> meeting_;  // the next comparison is soon, and with somebody certain
};

/// What is replicated, and its gossip.
template <typename State>
struct Gossiped {
  explicit Gossiped(Node& node) : gossip(node, state) {}

  State state;
  Gossip gossip;
};

}  // namespace narrows::workloads
