// SPDX-License-Identifier: MIT
// A bounded file of trace events that is one whole JSON array at every moment, and keeps the
// newest messages when it is full.
//
// Pages: the first names the tracks, each other one has all events of some messages, each with its
// comma in front; the last byte of the file is `]`. So the array is whole whichever pages of a
// write have arrived, and a killed process leaves no half message. (A page is written in one piece;
// who reads it in that very moment may see half of it, and reads again.) It grows by blanks behind
// the `]`, which then moves on (ArrayEnd). Full, it begins again at its second page.
// Bound: most_bytes of file, kBufferBytes of memory.
// Errors: told by problem(); what could not be written is tried again, or refused by add().
// Threads: the reporter's.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/descriptor.hpp"

namespace narrows::pipeline {

class ArrayEnd;

class TraceFile {
 public:
  static constexpr std::size_t kPageBytes = 4096;
  /// A message's events at most: the page's last byte may be the array's end.
  static constexpr std::size_t kMostEventBytes = kPageBytes - 1;

  /// `head`: `[` and some events, at most a page. `most_bytes`: at least two pages.
  TraceFile(std::string path, std::string head, std::size_t most_bytes);

  /// Opens the file, empty; or makes sure that the path still leads to it. Never waits: what is no
  /// regular file and no device is not opened, and nothing is ever replaced.
  bool open();
  /// A message's events: lines, each of which begins with a comma; at most kMostEventBytes. False
  /// when there is no room, as the file cannot be written.
  bool add(std::string_view events);
  /// Writes what was added. False when it cannot; it is kept then. The last page stays open: what
  /// is added next goes to it as well, if it has room.
  bool flush();

  /// Why it cannot be written, or not grow; empty when all is well.
  [[nodiscard]] const std::string& problem() const {
    return write_problem_.empty() ? growth_problem_ : write_problem_;
  }
  /// It has begun anew at its second page.
  [[nodiscard]] bool has_wrapped() const { return has_wrapped_; }
  [[nodiscard]] std::size_t bytes() const { return pages_ * kPageBytes; }

 private:
  static constexpr std::size_t kBufferPages = 16;
  static constexpr std::size_t kBufferBytes = kBufferPages * kPageBytes;

  [[nodiscard]] bool is_still_there() const;
  [[nodiscard]] std::string obstacle();
  bool begin();
  [[nodiscard]] std::string first_page() const;
  void close_page();
  void wrap();
  std::size_t write(char* pages, std::size_t count);
  bool write_at(char* pages, std::size_t count);
  bool overwrite(char* pages, std::size_t count);
  bool grow(char* pages, std::size_t count);
  bool append(char* page, ArrayEnd& array_end);
  bool put(std::string_view bytes, std::size_t offset);

  const std::string path_;
  const std::string head_;
  const std::size_t most_pages_;
  std::optional<Descriptor> file_;
  bool is_regular_ = false;
  bool has_wrapped_ = false;
  std::string write_problem_;
  std::string growth_problem_;
  std::size_t pages_ = 0;          // in the file
  std::size_t next_page_ = 1;      // where the buffer goes
  std::size_t buffered_ = 0;       // pages in the buffer, the open one not counted
  std::string open_page_;          // the messages of the last page
  std::vector<std::size_t> ends_;  // of each of them
  bool has_news_ = false;          // since it was written
  std::array<char, kBufferBytes> buffer_;
};

}  // namespace narrows::pipeline
