// SPDX-License-Identifier: MIT
// A file that has its old text or the new one at every moment, also when the process is killed or
// the disk is full.
//
// Threads: one for each path.
#pragma once

#include <string>
#include <string_view>

namespace narrows {

/// Writes `text` to a file beside (`path` and ".tmp"), and renames that. False with errno if it
/// cannot; `path` is as it was then, and there is nothing beside it.
[[nodiscard]] bool write_whole_file(const std::string& path, std::string_view text);

}  // namespace narrows
