// SPDX-License-Identifier: MIT
#include "base/signals.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>
#include <thread>

#include "unit/doctest.hpp"

namespace narrows {
namespace {

bool is_readable(int fd) {
  pollfd poll_fd{fd, POLLIN, 0};
  return poll(&poll_fd, 1, 0) == 1;
}

/// How a process ends that does this, as from waitpid().
template <typename Body>
int status_of(Body body) {
  std::cout.flush();  // or the child would write it once more
  const pid_t child = fork();
  if (child == 0) {
    body();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  return status;
}

TEST_CASE("signals: the first asks to stop, and wakes whoever waits") {
  for (const int number : {SIGTERM, SIGINT}) {
    const StopSignals signals;
    CHECK_FALSE(StopSignals::stopped());
    CHECK_FALSE(is_readable(signals.descriptor()));
    raise(number);
    CHECK(StopSignals::stopped());
    CHECK(is_readable(signals.descriptor()));
  }
}

TEST_CASE("signals: the second ends the process at once, by its number") {
  for (const int number : {SIGTERM, SIGINT}) {
    const int status = status_of([number] {
      const StopSignals signals;
      raise(SIGTERM);
      raise(number);
    });
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 128 + number);
  }
}

TEST_CASE("signals: stop() is as the first signal, and no signal") {
  const int status = status_of([] {
    const StopSignals signals;
    StopSignals::stop();
    if (!StopSignals::stopped() || !is_readable(signals.descriptor())) _exit(1);
    raise(SIGTERM);  // still the first
    _exit(7);
  });
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("signals: SIGPIPE is ignored meanwhile, and all is as before afterwards") {
  const int status = status_of([] {
    signal(SIGTERM, SIG_DFL);  // doctest's own handler was there
    {
      const StopSignals signals;
      raise(SIGPIPE);
    }
    raise(SIGTERM);
  });
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGTERM);
}

/// Whether the calling thread can be interrupted by it.
bool is_blocked(int number) {
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, number) == 1;
}

TEST_CASE("signals: a thread started behind a shield is never interrupted, its starter is again") {
  std::array<bool, 2> blocked{};
  {
    const SignalShield shield;
    std::thread([&] { blocked = {is_blocked(SIGTERM), is_blocked(SIGINT)}; }).join();
  }
  CHECK(blocked[0]);
  CHECK(blocked[1]);
  CHECK_FALSE(is_blocked(SIGTERM));
  CHECK_FALSE(is_blocked(SIGINT));
}

}  // namespace
}  // namespace narrows
