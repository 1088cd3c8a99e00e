// SPDX-License-Identifier: MIT
// Whether a process of this machine writes a profile.
#pragma once

#include <string>

namespace narrows::tools {

/// True if one was started with `--profile-out` and this file, and lives. Those of other users, or
/// of other containers, are not seen. Cost: some 10 us a process of the machine.
[[nodiscard]] bool has_writer(const std::string& path);

}  // namespace narrows::tools
