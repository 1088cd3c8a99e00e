// SPDX-License-Identifier: MIT
// Files that are read and written whole.
//
// Errors: std::runtime_error with one sentence that names the file.
#pragma once

#include <string>
#include <string_view>

namespace narrows::tools {

[[nodiscard]] std::string read_file(const std::string& path);

/// A file has its old text or the new one at every moment: it is written beside and renamed, where
/// the path leads if it is a link, and keeps its permissions. What is no plain file, such as
/// /dev/stdout, is written to.
void save_file(const std::string& path, std::string_view text);

/// Fails if save_file() would, as far as can be told without the text.
void check_can_save(const std::string& path);

}  // namespace narrows::tools
