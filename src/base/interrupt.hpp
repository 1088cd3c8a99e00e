// SPDX-License-Identifier: MIT
// A sleep in a system call that another thread can end with a signal: what is left where the kernel
// refuses the usual way to wake it.
//
// The signal is SIGURG, as in Go's runtime: it is ignored by default, debuggers let it pass, and
// whoever uses it is used to its coming for nothing. Nobody notices it before the first refusal.
//
// Threads: one at a time sleeps; any may interrupt, and a signal handler too.
// Errors: none. Where the signal is blocked or ignored, the sleep goes on.
#pragma once

#include <sys/types.h>

#include <atomic>

namespace narrows {

class Interruptible {
 public:
  /// Stands around the system call. Whoever looks, within it, for what interrupt() tells of, before
  /// the call, misses nothing.
  class Sleep {
   public:
    explicit Sleep(Interruptible& sleeper);
    ~Sleep() { sleeper_.thread_.store(0); }
    Sleep(const Sleep&) = delete;
    Sleep& operator=(const Sleep&) = delete;

   private:
    Interruptible& sleeper_;
  };

  /// Has another thread's call end with EINTR; one that is about to begin, too. Returns once that
  /// is so, after ten milliseconds at most.
  void interrupt();

 private:
  std::atomic<pid_t> thread_{0};                           // 0: nobody sleeps
  static_assert(std::atomic<pid_t>::is_always_lock_free);  // a signal handler may touch it
};

}  // namespace narrows
