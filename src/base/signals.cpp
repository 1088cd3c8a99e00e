// SPDX-License-Identifier: MIT
#include "base/signals.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace narrows {
namespace {

constexpr std::array<int, 3> kSignals{SIGTERM, SIGINT, SIGPIPE};
constexpr int kTries = 3;

// A signal handler can only reach globals. Lock-free, so it may touch them.
std::atomic<int> event_descriptor{-1};
std::atomic<bool> stop_asked{false};
std::atomic<bool> signalled{false};
Interruptible waiting;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void tell() {
  stop_asked.store(true);
  const std::uint64_t one = 1;
  // Cannot fill up: a counter of 64 bits.
  for (int tries = 0; tries < kTries; ++tries) {
    if (write(event_descriptor.load(), &one, sizeof one) == sizeof one) return;
  }
  waiting.interrupt();
}

void on_signal(int signal_number) {
  const int saved = errno;
  if (signalled.exchange(true)) _exit(128 + signal_number);
  tell();
  errno = saved;
}

}  // namespace

StopSignals::StopSignals() : event_(above_standard(eventfd(0, EFD_CLOEXEC))) {
  if (!event_.is_open()) throw std::system_error(errno, std::generic_category(), "eventfd");
  stop_asked.store(false);
  signalled.store(false);
  event_descriptor.store(event_.get());
  for (std::size_t i = 0; i < kSignals.size(); ++i) {
    struct sigaction action {};
    sigemptyset(&action.sa_mask);
    action.sa_handler = kSignals[i] == SIGPIPE ? SIG_IGN : on_signal;
    action.sa_flags = SA_RESTART;
    if (sigaction(kSignals[i], &action, &before_[i]) == 0) continue;
    const int error = errno;
    restore(i);
    throw std::system_error(error, std::generic_category(), "sigaction");
  }
}

StopSignals::~StopSignals() { restore(kSignals.size()); }

void StopSignals::restore(std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) sigaction(kSignals[i], &before_[i], nullptr);
  event_descriptor.store(-1);
}

Interruptible& StopSignals::waiter() { return waiting; }

bool StopSignals::stopped() { return stop_asked.load(); }

void StopSignals::stop() { tell(); }

SignalShield::SignalShield() {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigaddset(&blocked, SIGINT);
  pthread_sigmask(SIG_BLOCK, &blocked, &before_);
}

SignalShield::~SignalShield() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

}  // namespace narrows
