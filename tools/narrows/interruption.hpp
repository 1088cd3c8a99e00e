// SPDX-License-Identifier: MIT
// A request to stop that comes between two runs, where no run is there to take it.
//
// Threads: one object in a process of one thread. A child is not touched by it.
#pragma once

#include <signal.h>

#include <array>

namespace narrows::tools {

/// While it lives the signals that ask to stop are noted, unless they were ignored before, and end
/// nothing. While a run goes on, the run takes them (Signals).
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  /// The signal that came; 0: none.
  [[nodiscard]] static int signal();

 private:
  static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

  std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace narrows::tools
