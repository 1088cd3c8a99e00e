// SPDX-License-Identifier: MIT
// Which transaction must come before which, and cycles of that, which cannot be.
//
// Anomalies are Adya's ("Weak Consistency", 1999), by the kinds of dependency in a cycle:
//   G0        writes alone
//   G1c       writes, and reads of what was written
//   G-single  one read that was overwritten later (an anti-dependency), and the like of G1c
//   G2        several of those
// and "-realtime" where it takes the order of time, too.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::testing {

class TransactionGraph {
 public:
  using Node = std::uint32_t;
  enum class Kind : std::uint8_t {
    ww,    // `to` overwrote what `from` wrote
    wr,    // `to` read what `from` wrote
    rw,    // `to` overwrote what `from` read
    time,  // `from` had ended before `to` began
    same,  // within what stands for one step: see add_helper()
  };

  struct Edge {
    Node from;
    Node to;
    Kind kind;
    std::uint32_t detail;  // of the caller's
  };

  /// A transaction; nodes are numbered from 0.
  Node add_transaction() { return add_node(false); }
  /// A node that is none, so that many edges to many nodes are few: it is no step of a cycle, and
  /// of edges through it the first one's kind and detail count.
  Node add_helper() { return add_node(true); }
  void add_edge(Node from, Node to, Kind kind, std::uint32_t detail = 0);

  /// Edges to look at: each kind has a bit.
  static constexpr unsigned bit(Kind kind) { return 1U << static_cast<unsigned>(kind); }

  /// One cycle of each part of the graph in which all are on cycles: with the fewest
  /// anti-dependencies, of those a short one. Not of parts that a cycle was taken from before.
  /// Its edges begin at transactions, in order; the helpers are left out. Precondition: no way
  /// leads from a transaction through helpers alone back to it.
  [[nodiscard]] std::vector<std::vector<Edge>> take_cycles(unsigned kinds);
  /// Cycles beyond the 64 that one call gives.
  [[nodiscard]] std::size_t more_cycles() const { return more_cycles_; }

 private:
  Node add_node(bool is_helper);
  [[nodiscard]] std::vector<std::vector<Node>> components(unsigned kinds) const;
  [[nodiscard]] std::vector<Edge> cycle_in(const std::vector<Node>& component,
                                           unsigned kinds) const;
  [[nodiscard]] std::vector<Edge> cycle_from(Node start, const std::vector<bool>& is_inside,
                                             unsigned kinds) const;

  std::vector<std::vector<Edge>> edges_;  // by where they begin
  std::vector<bool> is_helper_;
  std::vector<bool> is_taken_;  // a cycle went through it
  std::size_t more_cycles_ = 0;
};

/// What a cycle is called: "G-single-realtime".
[[nodiscard]] std::string anomaly_of(const std::vector<TransactionGraph::Edge>& cycle);

}  // namespace narrows::testing
