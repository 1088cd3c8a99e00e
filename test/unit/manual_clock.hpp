// SPDX-License-Identifier: MIT
// A clock that stands still until the test moves it, or takes its readings off a list.
#pragma once

#include <deque>
#include <initializer_list>

#include "base/clock.hpp"

namespace narrows::test {

class ManualClock {
 public:
  explicit ManualClock(Ticks now = 0) : now_(now) {}

  /// The clock that is moved by this object, which must outlive it.
  [[nodiscard]] Clock clock() { return Clock(&ManualClock::read, this); }

  [[nodiscard]] Ticks now() const { return now_; }
  void set(Ticks now) { now_ = now; }
  void advance(Ticks ticks) { now_ += ticks; }
  /// From now on it moves by so much after every reading.
  void advance_by_itself(Ticks ticks) { step_ = ticks; }

  /// The next readings; the last of them stays.
  void plant(std::initializer_list<Ticks> readings) { planted_.insert(planted_.end(), readings); }
  /// Every planted reading was taken.
  [[nodiscard]] bool is_used_up() const { return planted_.empty(); }

 private:
  static Ticks read(void* context) {
    auto& self = *static_cast<ManualClock*>(context);
    if (self.planted_.empty()) {
      self.now_ += self.step_;
      return self.now_ - self.step_;
    }
    self.now_ = self.planted_.front();
    self.planted_.pop_front();
    return self.now_;
  }

  Ticks now_;
  Ticks step_ = 0;
  std::deque<Ticks> planted_;
};

}  // namespace narrows::test
