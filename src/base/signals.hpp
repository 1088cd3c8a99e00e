// SPDX-License-Identifier: MIT
// SIGTERM and SIGINT: the first asks to stop, the second ends the process at once.
//
// Threads: one object at a time in a process (signals belong to the process); stop() from any.
#pragma once

#include <signal.h>

#include <array>

#include "base/descriptor.hpp"
#include "base/interrupt.hpp"

namespace narrows {

/// While it lives the signals are caught, and SIGPIPE is ignored, so that a closed stdout is an
/// error of `write`.
class StopSignals {
 public:
  /// Throws std::system_error where they cannot be caught.
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Readable from the first signal, or stop(), on.
  [[nodiscard]] int descriptor() const { return event_.get(); }
  /// Whoever waits for the descriptor sleeps in here, and looks at stopped() before: interrupted
  /// where the descriptor cannot be made readable.
  [[nodiscard]] static Interruptible& waiter();
  [[nodiscard]] static bool stopped();
  /// As if a signal had come.
  static void stop();

 private:
  void restore(std::size_t count);

  Descriptor event_;
  std::array<struct sigaction, 3> before_{};
};

/// While it lives, this thread and those that it starts are not interrupted by SIGTERM and SIGINT;
/// they stay with the process' other threads. Errors: none; where that cannot be asked, they may be
/// interrupted.
class SignalShield {
 public:
  SignalShield();
  ~SignalShield();
  SignalShield(const SignalShield&) = delete;
  SignalShield& operator=(const SignalShield&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace narrows
