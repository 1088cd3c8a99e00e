// SPDX-License-Identifier: MIT
#include "base/shake.hpp"

#if defined(NARROWS_SHAKEN)

#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>

namespace narrows {
namespace {

unsigned next_seed() {
  static const unsigned first = [] {
    const char* const given = std::getenv("NARROWS_SHAKE_SEED");
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10)) : 1U;
  }();
  static std::atomic<unsigned> threads{0};
  return first * 1'000 + threads.fetch_add(1);
}

}  // namespace

void shake() {
  thread_local std::minstd_rand random(next_seed());
  const auto step = random() % 1'024;
  if (step == 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 200));
  } else if (step % 4 == 0) {
    sched_yield();
  }
}

}  // namespace narrows

#endif
