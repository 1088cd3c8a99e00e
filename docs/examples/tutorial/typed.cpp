#include "handlers.hpp"

struct Echo {
  std::string echo;
};
NARROWS_FIELDS(Echo, echo)

void add_handlers(narrows::Node& node) {
  node.on("echo", [](const Echo& body) { return narrows::reply("echo_ok", body); });
}
