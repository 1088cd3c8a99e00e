// SPDX-License-Identifier: MIT
#include "base/interrupt.hpp"

#include <poll.h>
#include <signal.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <thread>

#include "unit/doctest.hpp"

namespace narrows {
namespace {

// What is not interrupted here runs into the test's timeout.

TEST_CASE("interrupt: a system call ends, however soon before or after it began") {
  Interruptible sleeper;
  std::atomic<int> rounds{0};
  std::atomic<int> interrupted{0};
  std::jthread other([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const Interruptible::Sleep sleep(sleeper);
      if (stop.stop_requested()) return;
      const int ended = poll(nullptr, 0, -1);
      if (ended == -1 && errno == EINTR) ++interrupted;
      ++rounds;
    }
  });
  while (interrupted < 200) sleeper.interrupt();
  other.request_stop();
  sleeper.interrupt();
  other.join();
  CHECK(interrupted == rounds);
}

TEST_CASE("interrupt: a handler that is there already stays") {
  static std::atomic<int> calls{0};
  struct sigaction action {};
  struct sigaction before {};
  action.sa_handler = [](int) { ++calls; };
  REQUIRE(sigaction(SIGURG, &action, &before) == 0);
  Interruptible sleeper;
  std::jthread other([&] {
    const Interruptible::Sleep sleep(sleeper);
    poll(nullptr, 0, -1);
  });
  while (calls == 0) sleeper.interrupt();
  other.join();
  REQUIRE(sigaction(SIGURG, &before, nullptr) == 0);
}

TEST_CASE("interrupt: where nobody sleeps nothing is done") {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  struct sigaction before {};
  REQUIRE(sigaction(SIGURG, &action, &before) == 0);
  Interruptible().interrupt();
  REQUIRE(sigaction(SIGURG, &before, &action) == 0);
  const bool is_default = action.sa_handler == SIG_DFL;  // doctest prints no functions
  CHECK(is_default);
}

}  // namespace
}  // namespace narrows
