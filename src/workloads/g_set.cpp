// SPDX-License-Identifier: MIT
#include <memory>

#include "workloads/value_log.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {

void serve_g_set(Node& node) {
  const auto log = std::make_shared<Gossiped<ValueLog>>(node);
  node.on("add", [log](const Request& request) {
    if (log->state.add(request.raw("element"))) log->gossip.announce();
    return reply("add_ok");
  });
  node.on("read",
          [log](const Request&) { return reply("read_ok").set("value", log->state.values()); });
}

}  // namespace narrows::workloads
