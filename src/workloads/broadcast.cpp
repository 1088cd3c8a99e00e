// SPDX-License-Identifier: MIT
#include <memory>

#include "workloads/value_log.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {

void serve_broadcast(Node& node) {
  const auto log = std::make_shared<Gossiped<ValueLog>>(node);
  node.on("broadcast", [log](const Request& request) {
    if (log->state.add(request.raw("message"))) log->gossip.announce();
    return reply("broadcast_ok");
  });
  node.on("read",
          [log](const Request&) { return reply("read_ok").set("messages", log->state.values()); });
}

}  // namespace narrows::workloads
