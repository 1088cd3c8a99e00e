// SPDX-License-Identifier: MIT
#include "base/interrupt.hpp"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace narrows {
namespace {

constexpr timespec kNap{0, 1'000'000};
constexpr int kTries = 10;

pid_t this_thread() {
  thread_local const pid_t id = gettid();  // a system call: once is enough
  return id;
}

/// A handler that somebody else has put there does as well.
void catch_signal() {
  struct sigaction action {};
  if (sigaction(SIGURG, nullptr, &action) != 0 || action.sa_handler != SIG_DFL) return;
  action = {};
  action.sa_handler = [](int) {};
  sigaction(SIGURG, &action, nullptr);
}

}  // namespace

Interruptible::Sleep::Sleep(Interruptible& sleeper) : sleeper_(sleeper) {
  sleeper_.thread_.store(this_thread());
}

void Interruptible::interrupt() {
  for (int tries = 0; tries < kTries; ++tries) {  // the first may come just before the call
    const pid_t thread = thread_.load();
    if (thread == 0 || thread == this_thread()) return;  // its own call ends by itself
    if (tries == 0) catch_signal();
    syscall(SYS_tgkill, getpid(), thread, SIGURG);
    nanosleep(&kNap, nullptr);
  }
}

}  // namespace narrows
