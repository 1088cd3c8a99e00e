// SPDX-License-Identifier: MIT
// A node as a child process in a process group of its own, with our ends of its stdin and stdout.
//
// Our ends do not block; the node's do. Its stderr is ours.
// Ownership: with the object goes every process of the group.
// Threads: one.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "signals.hpp"

namespace narrows::tools {

/// How a process ended, and what it used. With it count the children that it waited for.
struct Ending {
  int exit_status = 0;  // of a process that exited
  int signal = 0;       // that ended it, 0 if it exited
  double user_s = 0;
  double system_s = 0;
  std::uint64_t peak_rss_bytes = 0;  // 0: not known, as we were larger when we started it
  std::uint64_t context_switches = 0;

  /// "exited with status 1" or "was ended by SIGSEGV".
  [[nodiscard]] std::string how() const;
};

class Child {
 public:
  /// Starts `command`, found along PATH, with a pipe of about so many bytes for its stdin. Throws
  /// std::system_error if that cannot be.
  Child(char* const* command, const Signals& signals, std::size_t input_bytes);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int input() const { return input_; }  // -1: closed
  [[nodiscard]] int output() const { return output_; }
  void close_input();
  void close_output();

  /// How the process has ended, whoever else of its group lives, but for what it used; nothing: it
  /// has not.
  [[nodiscard]] std::optional<Ending> ended() const;
  [[nodiscard]] bool has_ended() const { return ended().has_value(); }
  /// To the whole group.
  void send(int signal_number) const;
  /// Kills what is left of the group, and the children that other groups of it left behind.
  /// Precondition: has_ended(), or SIGKILL was sent.
  Ending reap();

 private:
  int input_ = -1;
  int output_ = -1;
  pid_t pid_ = -1;                   // -1: reaped
  const std::vector<pid_t> before_;  // our children that are none of the node's
  std::uint64_t own_rss_bytes_ = 0;  // when it was started: a process begins as its parent's copy
};

}  // namespace narrows::tools
