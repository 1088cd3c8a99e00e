// SPDX-License-Identifier: MIT
// txn-rw-register: read committed, totally available. Each node has a copy of all registers and
// runs a transaction on it at once; nodes tell each other what they have, two at a time.
//
// 1. A transaction's writes, of each key the last, get one stamp: a Lamport clock, and the node's
//    number. Everywhere the version with the highest stamp counts. A transaction's stamp is higher
//    than all that it read, so that what depends on what goes up in stamps, and never in a circle:
//    neither G0 nor G1c. Writes that a transaction overwrites itself never leave it: no G1b.
// 2. A node numbers its transactions. For each node it knows a number up to which it has seen that
//    one's transactions: of each key that they wrote it has that version, or a later one (or has
//    not seen the later one's transaction yet, where a message was too short for all).
// 3. So what another node lacks are the versions of transactions beyond its numbers: the state is
//    all there is to send, however long the two were apart. Those of one transaction are told
//    together.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "workloads/micro_operations.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;

using Number = std::uint64_t;      // of a node's transactions, from 1
using Seen = std::vector<Number>;  // by node
using Origin = std::uint32_t;      // a node's place among all of them, by name
constexpr std::string_view kWrite = "w";

struct Version {
  std::string value;  // JSON
  std::uint64_t time;
  Origin origin;
  Number number;

  [[nodiscard]] auto stamp() const { return std::pair(time, origin); }
};

/// What is left of a transaction: the keys of which it wrote the version that counts.
struct Transaction {
  std::uint64_t time = 0;
  std::set<std::string> keys;
};

/// A transaction as nodes tell it: origin, number, time, and keys with values.
using Told = std::tuple<Origin, Number, std::uint64_t, std::vector<std::pair<Raw, Raw>>>;

/// What one node tells another: all up to `seen` that the other lacks.
struct Exchange {
  Seen seen;
  std::vector<Told> txns;
};
NARROWS_FIELDS(Exchange, seen, txns)

class Registers {
 public:
  static constexpr std::size_t kMostTold = std::size_t{64} << 10U;  // bytes, and a transaction more

  void join(std::size_t nodes, Origin self) {
    seen_.resize(nodes);
    transactions_.resize(nodes);
    self_ = self;
  }
  [[nodiscard]] const Seen& seen() const { return seen_; }

  /// At once: nothing comes between.
  void run(std::vector<MicroOperation>& transaction) {
    std::map<std::string, std::string> written;
    for (MicroOperation& operation : transaction) {
      if (!operation.is_read) {
        written[operation.key] = operation.value;
        continue;
      }
      const auto own = written.find(operation.key);
      const auto found = versions_.find(operation.key);
      if (own != written.end()) {
        operation.value = own->second;
      } else if (found != versions_.end()) {
        operation.value = found->second.value;
      }
    }
    if (written.empty()) return;
    ++time_;
    const Number number = ++seen_[self_];
    for (auto& [key, value] : written) put(key, {std::move(value), time_, self_, number});
  }

  /// What another node tells.
  void merge(const Exchange& told) {
    for (const auto& [origin, number, time, writes] : told.txns) {
      time_ = std::max(time_, time);
      for (const auto& [key, value] : writes) {
        put(std::string(key.text()), {std::string(value.text()), time, origin, number});
      }
    }
    for (std::size_t i = 0; i < seen_.size(); ++i) seen_[i] = std::max(seen_[i], told.seen[i]);
  }

  /// A message with what one that has seen so much lacks, or the first part of it.
  [[nodiscard]] Reply tell(Name type, const Seen& to) const {
    Seen upto = seen_;
    std::string txns = "[";
    for (Origin origin = 0; origin < seen_.size(); ++origin) {
      const auto& all = transactions_[origin];
      auto next = all.upper_bound(to[origin]);
      for (; next != all.end() && txns.size() < kMostTold; ++next) add(txns, origin, *next);
      if (next != all.end()) upto[origin] = std::min(seen_[origin], next->first - 1);
    }
    if (txns.size() > 1) txns.pop_back();
    return message(type).set("seen", upto).raw("txns", Raw::checked(txns + "]"));
  }

 private:
  void add(std::string& txns, Origin origin,
           const std::pair<const Number, Transaction>& transaction) const {
    const auto& [number, of] = transaction;
    txns.append("[").append(std::to_string(origin)).append(",").append(std::to_string(number));
    txns.append(",").append(std::to_string(of.time)).append(",[");
    for (const std::string& key : of.keys) {
      txns.append("[").append(key).append(",").append(versions_.at(key).value).append("],");
    }
    txns.back() = ']';
    txns += "],";
  }

  void put(const std::string& key, Version version) {
    const auto [place, is_new] = versions_.try_emplace(key, version);
    Version& kept = place->second;
    if (!is_new) {
      if (kept.stamp() >= version.stamp()) return;
      auto& of = transactions_[kept.origin];
      const auto before = of.find(kept.number);
      before->second.keys.erase(key);
      if (before->second.keys.empty()) of.erase(before);
    }
    Transaction& transaction = transactions_[version.origin][version.number];
    transaction.time = version.time;
    transaction.keys.insert(key);
    kept = std::move(version);
  }

  Origin self_ = 0;
  std::uint64_t time_ = 0;  // Lamport's
  Seen seen_;
  std::map<std::string, Version> versions_;                  // by key
  std::vector<std::map<Number, Transaction>> transactions_;  // by origin
};

/// Another node.
struct Peer {
  std::string name;
  Seen known;  // what it has seen, at least
  bool is_asked = false;
  unsigned patience = 0;  // rounds to leave out when it does not answer
  unsigned rounds = 0;    // yet to leave out
};

class Replica {
 public:
  explicit Replica(Node& node) : node_(node) {}

  void join() {
    std::set<std::string> names(node_.node_ids().begin(), node_.node_ids().end());
    names.insert(node_.id());
    for (const std::string& name : names) peers_.push_back({name, Seen(names.size())});
    self_ = static_cast<Origin>(std::distance(names.begin(), names.find(node_.id())));
    registers_.join(names.size(), self_);
  }

  Reply run(const Request& request) {
    auto transaction = micro_operations(request, kWrite);
    registers_.run(transaction);
    return reply("txn_ok").raw("txn", Raw::checked(to_json(transaction, kWrite)));
  }

  /// Another node tells what it has; the answer tells what it lacks.
  Reply exchange(const Request& request) {
    const auto peer = std::ranges::find(peers_, request.src(), &Peer::name);
    if (peer == peers_.end()) throw Error(ErrorCode::malformed_request, "`src` is no node");
    const auto told = request.as<Exchange>();
    take(*peer, told);
    return registers_.tell("exchange_ok", told.seen);
  }

  /// Exchanges with one of those that, as far as is known, lack something.
  void round() {
    std::vector<Peer*> lacking;
    for (Peer& peer : peers_) {
      if (&peer == &peers_[self_] || peer.is_asked) continue;
      if (peer.rounds > 0) {
        --peer.rounds;
      } else if (peer.known != registers_.seen()) {
        lacking.push_back(&peer);
      }
    }
    if (!lacking.empty()) ask(*lacking[node_.random(lacking.size())]);
  }

 private:
  static constexpr unsigned kMostPatience = 8;  // rounds

  void ask(Peer& peer) {
    peer.is_asked = true;
    node_.rpc(peer.name, registers_.tell("exchange", peer.known), [this, &peer](RpcResult result) {
      peer.is_asked = false;
      if (result.is_error()) {
        peer.patience = std::clamp(2 * peer.patience, 1U, kMostPatience);
        peer.rounds = peer.patience;
        return;
      }
      peer.patience = 0;
      take(peer, result.response().as<Exchange>());
    });
  }

  void take(Peer& peer, const Exchange& told) {
    if (told.seen.size() != peers_.size()) {
      throw Error(ErrorCode::malformed_request, "`seen` has no number for each node");
    }
    for (const Told& transaction : told.txns) {
      if (std::get<0>(transaction) >= peers_.size()) {
        throw Error(ErrorCode::malformed_request, "`txns` are of a node that there is not");
      }
    }
    registers_.merge(told);
    for (std::size_t i = 0; i < peers_.size(); ++i) {
      peer.known[i] = std::max(peer.known[i], told.seen[i]);
    }
  }

  Node& node_;
  Registers registers_;
  Origin self_ = 0;
  std::vector<Peer> peers_;  // this node, too, by name
};

}  // namespace

void serve_txn_rw_register(Node& node) {
  const auto replica = std::make_shared<Replica>(node);
  node.after_init([replica] { replica->join(); });
  node.on("txn", [replica](const Request& request) { return replica->run(request); });
  node.on("exchange", [replica](const Request& request) { return replica->exchange(request); });
  const auto round = [replica] { replica->round(); };
  node.every(100ms, round, 0.5);
}

}  // namespace narrows::workloads
