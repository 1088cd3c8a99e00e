// SPDX-License-Identifier: MIT
// The signals that concern a run, as a descriptor to poll: a child's end, and requests to stop.
//
// Threads: one object in a process of one thread, made before any child.
#pragma once

#include <signal.h>

namespace narrows::tools {

/// While it lives SIGCHLD and the signals that ask to stop (SIGINT, SIGTERM, SIGHUP, SIGQUIT,
/// SIGUSR1, SIGUSR2, unless they were ignored before) are kept for take(), and SIGPIPE is ignored.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// Readable when there is something to take.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// Takes all that came; the last that asks to stop, 0 if none does.
  int take() const;
  /// In a new child: as it was before.
  void restore() const;

 private:
  int descriptor_;
  sigset_t mask_before_{};
  struct sigaction pipe_before_ {};
};

}  // namespace narrows::tools
