#include <cstdint>
#include <memory>
#include <set>

#include "handlers.hpp"

struct Broadcast {
  std::int64_t message;
};
NARROWS_FIELDS(Broadcast, message)

void add_handlers(narrows::Node& node) {
  const auto seen = std::make_shared<std::set<std::int64_t>>();

  node.on("broadcast", [seen](const Broadcast& body) {
    seen->insert(body.message);
    return narrows::reply("broadcast_ok");
  });
  node.on("read", [seen](const narrows::Request&) {
    return narrows::reply("read_ok").set("messages", *seen);
  });
  node.on_topology([](const narrows::Topology&) {});
}
