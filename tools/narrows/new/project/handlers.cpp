#include "handlers.hpp"

void add_handlers(narrows::Node& node) {
  node.on("echo", [](const narrows::Request& request) {
    return narrows::reply("echo_ok").raw("echo", request.raw("echo"));
  });
}
