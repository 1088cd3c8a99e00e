// SPDX-License-Identifier: MIT
// JSON values as texts that are equal exactly when the values are.
#pragma once

#include <string>

#include "narrows/raw.hpp"

namespace narrows::workloads::raft {

/// White space, escapes and the order of members do not count; of members with one name the last
/// does. Numbers are the same if they are written the same: 1 and 1.0 are two, as they are to
/// Maelstrom, and no digit is lost.
[[nodiscard]] std::string canonical(const Raw& value);

}  // namespace narrows::workloads::raft
