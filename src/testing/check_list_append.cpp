// SPDX-License-Identifier: MIT
// txn-list-append: Elle's checks of lists (Kingsbury and Alvaro, "Elle: Inferring Isolation
// Anomalies from Experimental Observations", 2020).
//
// The longest list that was read of a key is the order of its versions; every other must be its
// beginning. An append that is in no list, but has happened, comes after all that are.
#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "narrows/testing/check.hpp"
#include "testing/transactions.hpp"

namespace narrows::testing {
namespace {

using Kind = TransactionGraph::Kind;
using Node = TransactionGraph::Node;
using std::chrono::nanoseconds;

/// One read of a list.
struct ListRead {
  std::size_t transaction;
  const Step* step;
  std::size_t others;  // so many elements were there before the transaction's own
};

struct Key {
  std::vector<ListRead> reads;
  const Step* longest = nullptr;
  std::size_t longest_reader = 0;
  std::vector<std::pair<std::size_t, Values::Id>> unseen;  // appends that happened, by transaction
};

class ListTransactions {
 public:
  ListTransactions(const History& history, Consistency consistency)
      : consistency_(consistency),
        findings_(history),
        transactions_(history, findings_, "append") {}

  CheckResult run() {
    findings_.figure("transactions", static_cast<double>(transactions_.all().size()), "");
    if (!transactions_.are_writes_unique()) return findings_.take();
    keys_.resize(transactions_.key_count());
    marks_.resize(transactions_.value_count());
    for (std::size_t t = 0; t < transactions_.all().size(); ++t) {
      graph_.add_transaction();
      if (transactions_.all()[t].outcome == Outcome::ok) take(t);
    }
    for (const Key& key : keys_) find_order(key);
    find_unseen();
    for (Values::Id key = 0; key < keys_.size(); ++key) link(key);
    if (consistency_ == Consistency::strict_serializable) link_times();
    find_cycles();
    return findings_.take();
  }

 private:
  const Transaction& at(std::size_t t) const { return transactions_.all()[t]; }

  // What one transaction tells.

  void take(std::size_t t) {
    std::map<Values::Id, std::vector<Values::Id>> own;   // by key: appended so far
    std::map<Values::Id, std::vector<Values::Id>> seen;  // by key: what must be there, once read
    for (const Step& step : at(t).steps) {
      if (!step.is_read) {
        own[step.key].push_back(step.value);
        const auto known = seen.find(step.key);
        if (known != seen.end()) known->second.push_back(step.value);
        continue;
      }
      const auto& appended = own[step.key];
      const auto known = seen.find(step.key);
      const bool is_consistent =
          known != seen.end() ? step.list == known->second : ends_with(step.list, appended);
      if (!is_consistent) {
        findings_.fault(transactions_.name(t) +
                        " read what contradicts its own earlier steps: internal");
      }
      seen[step.key] = step.list;
      judge_elements(t, step, appended);
      // Of what contradicts, too: a second such read is what the first had made expected.
      add_read(t, step, ends_with(step.list, appended) ? appended.size() : 0);
    }
  }

  static bool ends_with(std::span<const Values::Id> list, std::span<const Values::Id> end) {
    return list.size() >= end.size() && std::ranges::equal(list.last(end.size()), end);
  }

  void judge_elements(std::size_t t, const Step& step, const std::vector<Values::Id>& appended) {
    ++mark_;
    for (const Values::Id value : step.list) {
      if (marks_[value] == mark_) {
        findings_.fault(transactions_.name(t) + " read " +
                        transactions_.version_text(step.key, value) + " twice: duplicate");
      }
      marks_[value] = mark_;
      transactions_.judge_read(t, step.key, value);
      const auto* const writer = transactions_.writer(step.key, value);
      if (writer != nullptr && writer->transaction == t &&
          std::ranges::find(appended, value) == appended.end()) {
        findings_.fault(transactions_.name(t) + " read " +
                        transactions_.version_text(step.key, value) +
                        " before its own append of it: future read");
      }
    }
  }

  void add_read(std::size_t t, const Step& step, std::size_t own) {
    Key& key = keys_[step.key];
    const std::size_t others = step.list.size() - own;
    key.reads.push_back({t, &step, others});
    if (key.longest == nullptr || step.list.size() > key.longest->list.size()) {
      key.longest = &step;
      key.longest_reader = t;
    }
    if (others == 0) return;
    const Values::Id last = step.list[others - 1];
    const auto* const writer = transactions_.writer(step.key, last);
    if (writer != nullptr && writer->transaction != t && !writer->is_last) {
      findings_.fault(transactions_.name(t) + " read up to " +
                      transactions_.version_text(step.key, last) + ", after which " +
                      transactions_.name(writer->transaction) + " appended more: G1b");
    }
  }

  // What all of them tell of a key.

  void find_order(const Key& key) {
    if (key.longest == nullptr) return;
    for (const ListRead& read : key.reads) {
      if (!is_beginning(read, key)) {
        findings_.fault(transactions_.name(read.transaction) + " and " +
                        transactions_.name(key.longest_reader) +
                        " read lists of one key of which neither is the other's beginning: "
                        "incompatible orders");
      }
    }
    for (const Values::Id value : key.longest->list) {
      seen_.try_emplace(version(key.longest->key, value), true);
    }
  }

  static bool is_beginning(const ListRead& read, const Key& key) {
    const auto& list = read.step->list;
    return std::equal(list.begin(), list.end(), key.longest->list.begin());
  }

  /// Whether it happened, as far as can be told.
  bool has_happened(std::size_t t) const {
    if (at(t).outcome != Outcome::unknown) return at(t).outcome == Outcome::ok;
    return std::ranges::any_of(at(t).steps, [this](const Step& step) {
      return !step.is_read && seen_.contains(version(step.key, step.value));
    });
  }

  void find_unseen() {
    happened_.resize(transactions_.all().size());
    for (std::size_t t = 0; t < happened_.size(); ++t) {
      happened_[t] = has_happened(t);
      if (!happened_[t]) continue;
      for (const Step& step : at(t).steps) {
        if (step.is_read || seen_.contains(version(step.key, step.value))) continue;
        if (!is_lost(t, step)) keys_[step.key].unseen.emplace_back(t, step.value);
      }
    }
  }

  /// Acknowledged, and not there for a read that began later and must have it: any, where the order
  /// in time counts, or else a final one.
  bool is_lost(std::size_t t, const Step& step) {
    if (at(t).outcome != Outcome::ok) return false;
    const bool any = consistency_ == Consistency::strict_serializable;
    const ListRead* later = nullptr;
    for (const ListRead& read : keys_[step.key].reads) {
      const Operation& reader = transactions_.operation(read.transaction);
      const bool must_have = any || reader.is_final;
      if (must_have && reader.invoked > transactions_.operation(t).completed) later = &read;
    }
    if (later == nullptr) return false;
    findings_.fault(transactions_.name(later->transaction) + " lacks " +
                    transactions_.version_text(step.key, step.value) + ", which " +
                    transactions_.name(t) + " had appended: lost append");
    return true;
  }

  // The graph.

  void add_edge(std::size_t from, std::size_t to, Kind kind, Values::Id key, Values::Id value) {
    versions_.push_back(version(key, value));
    graph_.add_edge(static_cast<Node>(from), static_cast<Node>(to), kind,
                    static_cast<std::uint32_t>(versions_.size() - 1));
  }

  /// The writer of an element, if it can be one: other faults are told already.
  std::optional<std::size_t> appender(Values::Id key, Values::Id value) const {
    const auto* const writer = transactions_.writer(key, value);
    if (writer == nullptr || !happened_[writer->transaction]) return std::nullopt;
    return writer->transaction;
  }

  void link(Values::Id id) {
    const Key& key = keys_[id];
    const Step none;
    const auto& order = key.longest != nullptr ? key.longest->list : none.list;
    std::optional<std::size_t> before;
    for (const Values::Id value : order) {
      const auto writer = appender(id, value);
      if (before && writer) add_edge(*before, *writer, Kind::ww, id, value);
      before = writer;
    }
    const Node end = link_end(id, key);
    if (before) link_to_end(*before, end, Kind::ww, id, key);
    for (const ListRead& read : key.reads) {
      if (!is_beginning(read, key)) continue;
      if (read.others > 0) {
        const Values::Id last = read.step->list[read.others - 1];
        const auto writer = appender(id, last);
        if (writer) add_edge(*writer, read.transaction, Kind::wr, id, last);
      }
      if (read.others < order.size()) {
        const Values::Id next = order[read.others];
        const auto writer = appender(id, next);
        if (writer) add_edge(read.transaction, *writer, Kind::rw, id, next);
      } else {
        link_to_end(read.transaction, end, Kind::rw, id, key);
      }
    }
  }

  /// Stands for what comes after all that was read.
  Node link_end(Values::Id id, const Key& key) {
    const Node end = graph_.add_helper();
    for (const auto& [writer, value] : key.unseen) add_edge(end, writer, Kind::same, id, value);
    return end;
  }

  void link_to_end(std::size_t from, Node end, Kind kind, Values::Id id, const Key& key) {
    if (key.unseen.empty()) return;
    const bool is_one = std::ranges::any_of(
        key.unseen, [from](const auto& append) { return append.first == from; });
    if (!is_one) {
      add_edge(from, end, kind, id, key.unseen.front().second);
      return;
    }
    // It does not come after itself.
    for (const auto& [writer, value] : key.unseen) add_edge(from, writer, kind, id, value);
  }

  /// A chain of moments at which something ended: from what ended then, to what began after it.
  void link_times() {
    std::map<nanoseconds, Node> ends;
    for (std::size_t t = 0; t < happened_.size(); ++t) {
      if (at(t).outcome == Outcome::ok) ends.try_emplace(transactions_.operation(t).completed, 0);
    }
    std::optional<Node> before;
    for (auto& [time, node] : ends) {
      node = graph_.add_helper();
      if (before) graph_.add_edge(*before, node, Kind::same);
      before = node;
    }
    std::unordered_map<std::int64_t, std::size_t> last;  // by process
    for (std::size_t t = 0; t < happened_.size(); ++t) {
      if (!happened_[t]) continue;
      const Operation& operation = transactions_.operation(t);
      const auto after = ends.lower_bound(operation.invoked);
      if (after != ends.begin()) {
        graph_.add_edge(std::prev(after)->second, static_cast<Node>(t), Kind::same);
      }
      if (at(t).outcome == Outcome::ok) {
        graph_.add_edge(static_cast<Node>(t), ends.at(operation.completed), Kind::time);
      }
      // Of one process also where the next began at the moment at which this one ended.
      const auto [place, is_first] = last.try_emplace(operation.process, t);
      if (!is_first && at(place->second).outcome == Outcome::ok) {
        graph_.add_edge(static_cast<Node>(place->second), static_cast<Node>(t), Kind::time);
      }
      place->second = t;
    }
  }

  void find_cycles() {
    constexpr unsigned kWw = TransactionGraph::bit(Kind::ww);
    constexpr unsigned kWr = TransactionGraph::bit(Kind::wr);
    constexpr unsigned kRw = TransactionGraph::bit(Kind::rw);
    constexpr unsigned kTime = TransactionGraph::bit(Kind::time);
    const auto tell = [this](unsigned kinds) {
      transactions_.tell_cycles(graph_, versions_, kinds);
    };
    tell(kWw);
    tell(kWw | kWr);
    if (consistency_ == Consistency::read_committed) return;
    tell(kWw | kWr | kRw);
    if (consistency_ == Consistency::serializable) return;
    tell(kWw | kTime);
    tell(kWw | kWr | kTime);
    tell(kWw | kWr | kRw | kTime);
  }

  Consistency consistency_;
  Findings findings_;
  Transactions transactions_;
  std::vector<Key> keys_;
  std::unordered_map<std::uint64_t, bool> seen_;  // versions in some list
  std::vector<bool> happened_;                    // by transaction
  TransactionGraph graph_;
  std::vector<std::uint64_t> versions_;  // that edges are about
  std::vector<std::uint32_t> marks_;     // by value
  std::uint32_t mark_ = 0;
};

}  // namespace

CheckResult check_txn_list_append(const History& history, const CheckOptions& options) {
  return ListTransactions(history, options.consistency).run();
}

}  // namespace narrows::testing
