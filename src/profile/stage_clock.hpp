// SPDX-License-Identifier: MIT
// How a stage spends its time: busy, blocked or idle, each measured, in a cache line of its own.
//
// Threads: one writes (the stage's), any may read; a reader retries while a change is under way.
// Cost: a dozen plain stores a change, some changes a batch; never a system call.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/clock.hpp"

namespace narrows::profile {

/// busy: its work on messages. blocked: no room downstream, or `write` waiting for the reader.
/// idle: nothing to do.
struct StageTimes {
  Ticks busy = 0;
  Ticks blocked = 0;
  Ticks idle = 0;
};

class alignas(64) StageClock {
 public:
  enum class State : std::uint8_t { stopped, busy, blocked, idle, writing };

  /// What others see: the times up to `now`, and since when `write` is under way (0: it is not).
  struct Reading {
    StageTimes times;
    Ticks writing_since = 0;
  };

  /// The stage's thread: from `now` on it is in this state. Not for leaving `writing`.
  void enter(State state, Ticks now) {
    add(now);
    since_own_ = now;
    state_own_ = state;
    publish();
  }

  /// The stage's thread: `write` returned; so much of it was work, the rest waiting.
  void leave_write(Ticks busy, Ticks now) {
    own_.busy += busy;
    own_.blocked += now - since_own_ - busy;
    since_own_ = now;
    state_own_ = State::busy;
    publish();
  }

  /// The stage's thread: when it entered the state that it is in.
  [[nodiscard]] Ticks since() const { return since_own_; }

  /// Any thread. `long_write`: a write under way for longer counts as blocked, else as busy.
  [[nodiscard]] Reading read(Ticks now, Ticks long_write) const;

 private:
  void add(Ticks now) {
    const Ticks spent = now - since_own_;
    switch (state_own_) {
      case State::busy: own_.busy += spent; break;
      case State::blocked: own_.blocked += spent; break;
      case State::idle: own_.idle += spent; break;
      case State::stopped:
      case State::writing: break;
    }
  }

  /// A sequence lock. Each release store keeps the odd sequence number before it, so a reader that
  /// sees any new value also sees that a change was under way.
  void publish() {
    const std::uint32_t sequence = sequence_.load(std::memory_order_relaxed);
    sequence_.store(sequence + 1, std::memory_order_relaxed);
    busy_.store(own_.busy, std::memory_order_release);
    blocked_.store(own_.blocked, std::memory_order_release);
    idle_.store(own_.idle, std::memory_order_release);
    since_.store(since_own_, std::memory_order_release);
    state_.store(state_own_, std::memory_order_release);
    sequence_.store(sequence + 2, std::memory_order_release);
  }

  // Written by the stage's thread, read by others.
  std::atomic<Ticks> busy_{0};
  std::atomic<Ticks> blocked_{0};
  std::atomic<Ticks> idle_{0};
  std::atomic<Ticks> since_{0};
  std::atomic<std::uint32_t> sequence_{0};
  std::atomic<State> state_{State::stopped};

  // The stage's own.
  alignas(64) StageTimes own_;
  Ticks since_own_ = 0;
  State state_own_ = State::stopped;
};

}  // namespace narrows::profile
