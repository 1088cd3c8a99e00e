#include "handlers.hpp"

void add_handlers(narrows::Node& node) {
  node.on("generate", [&node, count = 0](const narrows::Request&) mutable {
    return narrows::reply("generate_ok").set("id", node.id() + "-" + std::to_string(++count));
  });
}
