// SPDX-License-Identifier: MIT
#include "testing/transaction_graph.hpp"

#include <algorithm>
#include <limits>
#include <queue>
#include <tuple>
#include <utility>

namespace narrows::testing {
namespace {

using Edge = TransactionGraph::Edge;
using Kind = TransactionGraph::Kind;
using Node = TransactionGraph::Node;

constexpr Node kNone = std::numeric_limits<Node>::max();
// A cycle is looked for from so many nodes of a large component: the shortest from any would take
// quadratic time.
constexpr std::size_t kMostStarts = 64;
constexpr std::size_t kMostCycles = 64;

/// Tarjan's strongly connected components ("Depth-first search and linear graph algorithms", 1972),
/// with a stack of its own.
class Components {
 public:
  Components(const std::vector<std::vector<Edge>>& edges, unsigned kinds)
      : edges_(edges),
        kinds_(kinds),
        order_(edges.size(), kNone),
        low_(edges.size(), 0),
        is_open_(edges.size(), false),
        next_(edges.size(), 0) {}

  std::vector<std::vector<Node>> run() {
    for (Node node = 0; node < edges_.size(); ++node) {
      if (order_[node] == kNone) visit(node);
    }
    // In the order of their first nodes.
    std::ranges::sort(found_);
    return std::move(found_);
  }

 private:
  void enter(Node node) {
    order_[node] = low_[node] = count_++;
    is_open_[node] = true;
    open_.push_back(node);
    path_.push_back(node);
  }

  void visit(Node root) {
    enter(root);
    while (!path_.empty()) {
      const Node node = path_.back();
      if (next_[node] < edges_[node].size()) {
        follow(edges_[node][next_[node]++]);
      } else {
        leave(node);
      }
    }
  }

  void follow(const Edge& edge) {
    if ((kinds_ & TransactionGraph::bit(edge.kind)) == 0) return;
    if (order_[edge.to] == kNone) {
      enter(edge.to);
    } else if (is_open_[edge.to]) {
      low_[edge.from] = std::min(low_[edge.from], order_[edge.to]);
    }
  }

  void leave(Node node) {
    path_.pop_back();
    if (!path_.empty()) low_[path_.back()] = std::min(low_[path_.back()], low_[node]);
    if (low_[node] != order_[node]) return;
    std::vector<Node> component;
    do {
      component.push_back(open_.back());
      is_open_[open_.back()] = false;
      open_.pop_back();
    } while (component.back() != node);
    if (component.size() == 1) return;  // there are no edges from a node to itself
    std::ranges::sort(component);
    found_.push_back(std::move(component));
  }

  const std::vector<std::vector<Edge>>& edges_;
  unsigned kinds_;
  std::vector<Node> order_;  // by node: when it was entered
  std::vector<Node> low_;    // the earliest that it leads back to
  std::vector<bool> is_open_;
  std::vector<std::size_t> next_;  // its edge to follow next
  std::vector<Node> open_;
  std::vector<Node> path_;
  Node count_ = 0;
  std::vector<std::vector<Node>> found_;
};

/// Anti-dependencies, then steps: what a cycle should have few of.
using Cost = std::pair<std::uint32_t, std::uint32_t>;

Cost cost_of(const std::vector<Edge>& cycle) {
  const auto count = std::ranges::count(cycle, Kind::rw, &Edge::kind);
  return {static_cast<std::uint32_t>(count), static_cast<std::uint32_t>(cycle.size())};
}

}  // namespace

TransactionGraph::Node TransactionGraph::add_node(bool is_helper) {
  edges_.emplace_back();
  is_helper_.push_back(is_helper);
  is_taken_.push_back(false);
  return static_cast<Node>(edges_.size() - 1);
}

void TransactionGraph::add_edge(Node from, Node to, Kind kind, std::uint32_t detail) {
  if (from != to) edges_[from].push_back({from, to, kind, detail});
}

std::vector<std::vector<Edge>> TransactionGraph::take_cycles(unsigned kinds) {
  kinds |= bit(Kind::same);
  std::vector<std::vector<Edge>> cycles;
  for (const auto& component : components(kinds)) {
    if (std::ranges::any_of(component, [this](Node node) { return is_taken_[node]; })) continue;
    if (cycles.size() == kMostCycles) {
      ++more_cycles_;
      for (const Node node : component) is_taken_[node] = true;
      continue;
    }
    cycles.push_back(cycle_in(component, kinds));
    for (const Edge& edge : cycles.back()) is_taken_[edge.from] = true;
  }
  return cycles;
}

std::vector<std::vector<Node>> TransactionGraph::components(unsigned kinds) const {
  return Components(edges_, kinds).run();
}

std::vector<Edge> TransactionGraph::cycle_in(const std::vector<Node>& component,
                                             unsigned kinds) const {
  std::vector<bool> is_inside(edges_.size(), false);
  for (const Node node : component) is_inside[node] = true;
  std::vector<Edge> best;
  std::size_t starts = 0;
  for (const Node start : component) {
    if (is_helper_[start]) continue;
    if (++starts > kMostStarts) break;
    std::vector<Edge> cycle = cycle_from(start, is_inside, kinds);
    if (best.empty() || cost_of(cycle) < cost_of(best)) best = std::move(cycle);
  }
  return best;
}

/// Dijkstra's shortest way from a transaction back to it.
std::vector<Edge> TransactionGraph::cycle_from(Node start, const std::vector<bool>& is_inside,
                                               unsigned kinds) const {
  constexpr Cost kFar = {std::numeric_limits<std::uint32_t>::max(), 0};
  std::vector<Cost> costs(edges_.size(), kFar);
  std::vector<const Edge*> came_by(edges_.size(), nullptr);
  using Entry = std::pair<Cost, Node>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> queue;
  queue.push({{0, 0}, start});
  while (!queue.empty()) {
    const auto [cost, node] = queue.top();
    queue.pop();
    if (node == start && cost != Cost{0, 0}) break;
    if (node != start && cost != costs[node]) continue;
    for (const Edge& edge : edges_[node]) {
      if ((kinds & bit(edge.kind)) == 0 || !is_inside[edge.to]) continue;
      const Cost next = {cost.first + (edge.kind == Kind::rw ? 1 : 0),
                         cost.second + (is_helper_[edge.to] ? 0 : 1)};
      if (next >= costs[edge.to]) continue;
      costs[edge.to] = next;
      came_by[edge.to] = &edge;
      queue.push({next, edge.to});
    }
  }
  std::vector<Edge> cycle;
  Node node = start;
  do {
    const Edge* edge = came_by[node];
    Edge step = *edge;
    while (is_helper_[step.from]) {
      edge = came_by[step.from];
      step = {edge->from, step.to, edge->kind, edge->detail};
    }
    cycle.insert(cycle.begin(), step);
    node = step.from;
  } while (node != start);
  return cycle;
}

std::string anomaly_of(const std::vector<Edge>& cycle) {
  const auto count = [&cycle](Kind kind) { return std::ranges::count(cycle, kind, &Edge::kind); };
  std::string name = count(Kind::rw) > 1    ? "G2"
                     : count(Kind::rw) == 1 ? "G-single"
                     : count(Kind::wr) > 0  ? "G1c"
                                            : "G0";
  if (count(Kind::time) > 0) name += "-realtime";
  return name;
}

}  // namespace narrows::testing
