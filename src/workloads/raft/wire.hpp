// SPDX-License-Identifier: MIT
// Raft's messages as those of a node.
//
// Errors: a body that makes no sense, Error (malformed_request), which names the member.
#pragma once

#include <functional>

#include "narrows/node.hpp"
#include "workloads/raft/messages.hpp"

namespace narrows::workloads::raft {

void send(Node& node, std::string_view dest, const Message& message);

/// Registers handlers of all of them, which call `receive`.
void on_message(Node& node,
                const std::function<void(const Request& request, Message message)>& receive);

}  // namespace narrows::workloads::raft
