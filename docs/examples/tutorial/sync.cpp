#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "handlers.hpp"

using namespace std::chrono_literals;

struct Broadcast {
  std::int64_t message;
};
NARROWS_FIELDS(Broadcast, message)

struct Gossip {
  std::vector<std::int64_t> messages;
};
NARROWS_FIELDS(Gossip, messages)

class Broadcaster {
 public:
  explicit Broadcaster(narrows::Node& node) : node_(node) {}

  void join(const narrows::Topology& topology) {
    unknown_.clear();
    for (const std::string& neighbour : topology.at(node_.id())) unknown_[neighbour] = seen_;
  }

  void take(std::int64_t message) {
    if (!seen_.insert(message).second) return;
    for (auto& [neighbour, messages] : unknown_) messages.insert(message);
  }

  /// What a neighbour says, it knows.
  void take(const Gossip& gossip, const std::string& from) {
    for (const std::int64_t message : gossip.messages) take(message);
    forget(gossip, from);
  }

  /// Tells every neighbour what it may not know yet.
  void sync() {
    for (const auto& [neighbour, messages] : unknown_) {
      if (messages.empty()) continue;
      Gossip gossip{{messages.begin(), messages.end()}};
      node_.rpc(neighbour, narrows::message("gossip", gossip), 500ms,
                [this, gossip, to = neighbour](const narrows::RpcResult& result) {
                  if (!result.is_error()) forget(gossip, to);
                });
    }
  }

  const std::set<std::int64_t>& seen() const { return seen_; }

 private:
  void forget(const Gossip& gossip, const std::string& neighbour) {
    const auto found = unknown_.find(neighbour);
    if (found == unknown_.end()) return;
    for (const std::int64_t message : gossip.messages) found->second.erase(message);
  }

  narrows::Node& node_;
  std::set<std::int64_t> seen_;
  std::map<std::string, std::set<std::int64_t>> unknown_;  // to each neighbour
};

void add_handlers(narrows::Node& node) {
  const auto all = std::make_shared<Broadcaster>(node);

  node.on("broadcast", [all](const Broadcast& body) {
    all->take(body.message);
    return narrows::reply("broadcast_ok");
  });
  node.on("gossip", [all](const Gossip& body, const narrows::Request& request) {
    all->take(body, std::string(request.src()));
    return narrows::reply("gossip_ok");
  });
  node.on("read", [all](const narrows::Request&) {
    return narrows::reply("read_ok").set("messages", all->seen());
  });
  node.on_topology([all](const narrows::Topology& topology) { all->join(topology); });
  const auto sync = [all] { all->sync(); };
  node.every(100ms, sync, 0.2);
}
