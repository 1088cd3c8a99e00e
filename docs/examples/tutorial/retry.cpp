#include <chrono>
#include <cstdint>
#include <limits>
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

class Broadcaster {
 public:
  explicit Broadcaster(narrows::Node& node) : node_(node) {}

  void join(const narrows::Topology& topology) { neighbours_ = topology.at(node_.id()); }

  void take(std::int64_t message, std::string_view from) {
    if (!seen_.insert(message).second) return;
    for (const std::string& neighbour : neighbours_) {
      if (neighbour != from) node_.spawn(tell(neighbour, message));
    }
  }

  const std::set<std::int64_t>& seen() const { return seen_; }

 private:
  narrows::Task<> tell(std::string neighbour, std::int64_t message) {
    const narrows::Retry until_it_knows{
        .attempts = std::numeric_limits<int>::max(), .first = 100ms, .longest = 2s};
    const auto ask = [&] {
      return node_.rpc(neighbour, narrows::message("gossip").set("message", message), 500ms);
    };
    co_await narrows::retry(until_it_knows, ask);
  }

  narrows::Node& node_;
  std::vector<std::string> neighbours_;
  std::set<std::int64_t> seen_;
};

void add_handlers(narrows::Node& node) {
  const auto all = std::make_shared<Broadcaster>(node);

  node.on("broadcast", [all](const Broadcast& body, const narrows::Request& request) {
    all->take(body.message, request.src());
    return narrows::reply("broadcast_ok");
  });
  node.on("gossip", [all](const Broadcast& body, const narrows::Request& request) {
    all->take(body.message, request.src());
    return narrows::reply("gossip_ok");
  });
  node.on("read", [all](const narrows::Request&) {
    return narrows::reply("read_ok").set("messages", all->seen());
  });
  node.on_topology([all](const narrows::Topology& topology) { all->join(topology); });
}
