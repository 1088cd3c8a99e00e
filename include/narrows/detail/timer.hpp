// SPDX-License-Identifier: MIT
// Things that are to happen at a time, on the dispatcher's thread.
//
// Order: by time; of the same time, in the order in which they were set.
// Bound: the caller's; a timer that is set takes 64 bytes beside the object.
// Threads: the dispatcher's.
// Cost: logarithmic in the number of those that are set.
#pragma once

#include <cstdint>
#include <limits>
#include <map>

namespace narrows::detail {

/// Nanoseconds, by the clock that the node has for timers.
using Moment = std::uint64_t;
inline constexpr Moment kNever = std::numeric_limits<Moment>::max();

class Timers;

class Timer {
 public:
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  [[nodiscard]] bool is_set() const { return places_ != nullptr; }
  void cancel();

 protected:
  Timer() = default;
  virtual ~Timer() { cancel(); }

 private:
  friend class Timers;
  /// It is time. The timer is no longer set, and may be set again or destroyed.
  virtual void fire() = 0;

  std::multimap<Moment, Timer*>* places_ = nullptr;  // where it is set
  std::multimap<Moment, Timer*>::iterator place_;
};

class Timers {
 public:
  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  /// Those that are still set outlive it: they are set no more.
  ~Timers() {
    for (const auto& [due, timer] : timers_) timer->places_ = nullptr;
  }

  /// Again, if it is set already.
  void set(Timer& timer, Moment due) {
    timer.cancel();
    timer.place_ = timers_.emplace(due, &timer);
    timer.places_ = &timers_;
  }
  /// When the first is due.
  [[nodiscard]] Moment due() const { return timers_.empty() ? kNever : timers_.begin()->first; }
  /// Fires those that are due at `now` and were set before this call. True if there were any.
  bool fire_until(Moment now);

 private:
  friend class Timer;
  using Places = std::multimap<Moment, Timer*>;

  Places timers_;
};

inline void Timer::cancel() {
  if (places_ == nullptr) return;
  places_->erase(place_);
  places_ = nullptr;
}

}  // namespace narrows::detail
