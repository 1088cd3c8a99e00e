// SPDX-License-Identifier: MIT
#include "profile/stage_clock.hpp"

namespace narrows::profile {

StageClock::Reading StageClock::read(Ticks now, Ticks long_write) const {
  Reading reading;
  Ticks since = 0;
  State state = State::stopped;
  for (;;) {
    const std::uint32_t before = sequence_.load(std::memory_order_acquire);
    reading.times.busy = busy_.load(std::memory_order_acquire);
    reading.times.blocked = blocked_.load(std::memory_order_acquire);
    reading.times.idle = idle_.load(std::memory_order_acquire);
    since = since_.load(std::memory_order_acquire);
    state = state_.load(std::memory_order_acquire);
    // Relaxed is enough: the acquire loads above keep it behind them.
    if (before % 2 == 0 && sequence_.load(std::memory_order_relaxed) == before) break;
  }
  const Ticks running = now > since ? now - since : 0;
  switch (state) {
    case State::busy: reading.times.busy += running; break;
    case State::blocked: reading.times.blocked += running; break;
    case State::idle: reading.times.idle += running; break;
    case State::writing:
      reading.writing_since = since;
      (running < long_write ? reading.times.busy : reading.times.blocked) += running;
      break;
    case State::stopped: break;
  }
  return reading;
}

}  // namespace narrows::profile
