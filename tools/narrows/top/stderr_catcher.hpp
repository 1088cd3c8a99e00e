// SPDX-License-Identifier: MIT
// Keeps what a node writes to stderr off the picture on the terminal: its last lines, for later.
//
// While it lives, descriptor 2 is a pipe if it was a terminal; else it is left alone.
// Bound: kMostLines of kMostLineBytes.
// Threads: note() and print() not at once.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace narrows::tools {

class StderrCatcher {
 public:
  StderrCatcher();
  ~StderrCatcher();
  StderrCatcher(const StderrCatcher&) = delete;
  StderrCatcher& operator=(const StderrCatcher&) = delete;

  /// Readable when there is something to take; -1: stderr was left alone.
  [[nodiscard]] int descriptor() const { return pipe_; }
  /// Takes what has come. True if that was a line.
  bool take();
  /// "and so on (12 lines)"; printable, empty if there was none.
  [[nodiscard]] std::string last() const;
  /// Gives descriptor 2 back, and prints the last lines there.
  void print();

 private:
  static constexpr std::size_t kMostLines = 20;
  static constexpr std::size_t kMostLineBytes = 400;

  void give_back();

  int pipe_ = -1;
  int before_ = -1;  // what descriptor 2 was
  std::string unfinished_;
  std::deque<std::string> lines_;
  std::uint64_t count_ = 0;
};

}  // namespace narrows::tools
