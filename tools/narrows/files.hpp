// SPDX-License-Identifier: MIT
// Files that are read and written whole, and those that are written as lines come.
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

/// Lines, written as they come. The file is there from the beginning, and whatever ends the process
/// leaves what was written by then.
class LineFile {
 public:
  /// Throws std::runtime_error where it cannot be opened.
  explicit LineFile(const std::string& path);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  /// What cannot be written is told by finish().
  void append_line(std::string_view line);
  /// Throws std::runtime_error unless all of it is written.
  void finish();

 private:
  void write();

  const std::string path_;
  std::string text_;  // that was not written yet
  int descriptor_;
  int error_ = 0;
};

}  // namespace narrows::tools
