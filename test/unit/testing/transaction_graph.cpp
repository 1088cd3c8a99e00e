// SPDX-License-Identifier: MIT
#include "testing/transaction_graph.hpp"

#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using Kind = TransactionGraph::Kind;

constexpr unsigned kAllKinds = TransactionGraph::bit(Kind::ww) | TransactionGraph::bit(Kind::wr) |
                               TransactionGraph::bit(Kind::rw);

TransactionGraph graph_of(int nodes) {
  TransactionGraph graph;
  for (int i = 0; i < nodes; ++i) graph.add_transaction();
  return graph;
}

TEST_CASE(
    "graph: of several cycles the one with fewer anti-dependencies is told, then a short one") {
  TransactionGraph graph = graph_of(4);
  graph.add_edge(0, 1, Kind::rw);
  graph.add_edge(1, 0, Kind::rw);
  graph.add_edge(0, 2, Kind::wr);
  graph.add_edge(2, 3, Kind::wr);
  graph.add_edge(3, 0, Kind::rw);
  const auto cycles = graph.take_cycles(kAllKinds);
  REQUIRE(cycles.size() == 1);
  CHECK(cycles[0].size() == 3);
  CHECK(anomaly_of(cycles[0]) == "G-single");
  CHECK(graph.take_cycles(kAllKinds).empty());  // it is told already
}

TEST_CASE("graph: a transaction does not depend on itself") {
  TransactionGraph graph = graph_of(2);
  graph.add_edge(0, 0, Kind::ww);
  CHECK(graph.take_cycles(kAllKinds).empty());
  graph.add_edge(0, 1, Kind::ww);
  graph.add_edge(1, 0, Kind::ww);
  const auto cycles = graph.take_cycles(kAllKinds);
  REQUIRE(cycles.size() == 1);
  CHECK(cycles[0].size() == 2);
}

}  // namespace
}  // namespace narrows::testing
