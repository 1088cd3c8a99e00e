// SPDX-License-Identifier: MIT
#include "workloads/workloads.hpp"

namespace narrows::workloads {

void serve_echo(Node& node) {
  node.on("echo", [](const Request& request) -> Reply {
    const auto payload = request.find("echo");
    if (!payload) return Error(ErrorCode::malformed_request, "`echo` is missing");
    return reply("echo_ok").raw("echo", *payload);
  });
}

}  // namespace narrows::workloads
