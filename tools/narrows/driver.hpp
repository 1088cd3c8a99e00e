// SPDX-License-Identifier: MIT
// Talks to a node over its pipes without ever waiting for one of them alone.
//
// Bound: the longest line that it takes, and kReadBytes.
// Threads: one.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "child.hpp"
#include "signals.hpp"

namespace narrows::tools {

class Driver {
 public:
  using Clock = std::chrono::steady_clock;

  struct Ready {
    bool to_read = false;
    bool to_write = false;
  };

  /// Starts the node. Throws std::system_error if that cannot be. `slack_bytes` are writable behind
  /// what was read.
  Driver(char* const* command, std::size_t longest_line, std::size_t slack_bytes);

  /// Waits until the node can be read or, if that is wanted, written to, until a signal, and at
  /// most for a while.
  Ready wait(bool want_write, std::chrono::milliseconds at_most);

  /// Reads what is there behind what is left in the buffer. False if nothing was.
  bool read();
  [[nodiscard]] char* begin() { return buffer_.data() + begin_; }
  [[nodiscard]] char* end() { return buffer_.data() + end_; }
  /// All before `at` is done with.
  void done(const char* at) { begin_ = static_cast<std::size_t>(at - buffer_.data()); }

  /// Writes what the pipe takes of it now; how much that was.
  std::size_t write(std::string_view bytes);
  void close_input() { child_.close_input(); }

  /// The node's stdout is at its end.
  [[nodiscard]] bool output_ended() const { return output_ended_; }
  /// The node does not read its stdin any more.
  [[nodiscard]] bool input_broken() const { return input_broken_; }
  /// The unfinished line is longer than the longest.
  [[nodiscard]] bool line_too_long() const { return end_ - begin_ > longest_line_; }
  [[nodiscard]] std::size_t unfinished_bytes() const { return end_ - begin_; }
  /// How often a signal asked to stop, and the last that did.
  [[nodiscard]] int stops() const { return stops_; }
  [[nodiscard]] int stop_signal() const { return stop_signal_; }

  [[nodiscard]] Child& child() { return child_; }

 private:
  static constexpr std::size_t kReadBytes = std::size_t{64} << 10;

  Signals signals_;
  Child child_;
  const std::size_t longest_line_;
  const std::size_t capacity_;  // without the slack
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // what was read lies in [begin_, end_)
  std::size_t end_ = 0;
  bool output_ended_ = false;
  bool input_broken_ = false;
  int stops_ = 0;
  int stop_signal_ = 0;
};

}  // namespace narrows::tools
