// SPDX-License-Identifier: MIT
// Talks to a node over its pipes without ever waiting for one of them alone.
//
// Bound: the longest line that it takes, and kReadBytes; it takes room as lines need it.
// Threads: one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
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

  struct Sizes {
    std::size_t longest_line;
    std::size_t slack;  // writable behind what was read
    std::size_t pipe;   // about so much room in the pipe to the node
  };

  /// Starts the node. Throws std::system_error if that cannot be.
  Driver(char* const* command, Sizes sizes);

  /// Waits until the node can be read or, if that is wanted, written to, until a signal, and at
  /// most for a while.
  Ready wait(bool want_write, std::chrono::nanoseconds at_most);

  /// Ends the node: closes its stdin, waits that long, then sends SIGTERM, waits, and sends
  /// SIGKILL. What it still writes is handed to `take` as it comes. A request to stop cuts each
  /// wait short.
  struct SeenOff {
    Ending ending;
    int signal_sent = 0;  // the last that it took; 0: none
  };
  SeenOff see_off(std::chrono::milliseconds patience, const std::function<void()>& take);

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
  [[nodiscard]] std::uint64_t bytes_written() const { return bytes_written_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }
  /// As if a signal had asked to stop, unless one has.
  void stop(int signal_number) {
    if (stops_ > 0) return;
    stops_ = 1;
    stop_signal_ = signal_number;
  }
  /// How often a signal asked to stop, and the last that did.
  [[nodiscard]] int stops() const { return stops_; }
  [[nodiscard]] int stop_signal() const { return stop_signal_; }

  [[nodiscard]] Child& child() { return child_; }

 private:
  static constexpr std::size_t kReadBytes = std::size_t{64} << 10;

  bool drain(std::chrono::milliseconds patience, const std::function<void()>& take);

  Signals signals_;
  Child child_;
  const std::size_t longest_line_;
  const std::size_t slack_;
  std::vector<char> buffer_;  // the slack at its end
  std::size_t begin_ = 0;     // what was read lies in [begin_, end_)
  std::size_t end_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::uint64_t bytes_read_ = 0;
  bool output_ended_ = false;
  bool input_broken_ = false;
  int stops_ = 0;
  int stop_signal_ = 0;
};

}  // namespace narrows::tools
