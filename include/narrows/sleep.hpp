// SPDX-License-Identifier: MIT
// `co_await narrows::sleep(100ms)`: lets time pass, while the node goes on.
#pragma once

#include <chrono>
#include <coroutine>

#include "narrows/detail/timer.hpp"
#include "narrows/detail/wait.hpp"
#include "narrows/task.hpp"

namespace narrows {

/// On the node's monotonic clock. Throws Cancelled when the waits of its request end.
class [[nodiscard]] Sleep final : private detail::Wait, private detail::Timer {
 public:
  explicit Sleep(std::chrono::nanoseconds duration) : duration_(duration) {}

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <detail::InScope Awaiting>
  bool await_suspend(std::coroutine_handle<Awaiting> awaiting) {
    return suspend(*awaiting.promise().scope, awaiting);
  }
  void await_resume() const { check(); }

 private:
  bool suspend(detail::Scope& scope, std::coroutine_handle<> awaiting);
  void fire() override { end(); }
  void forget() override { Timer::cancel(); }

  std::chrono::nanoseconds duration_;
};

/// For any duration: one that is longer than nanoseconds can say is for ever (as one of a century
/// is), one of less than nothing, or NaN, is none.
template <typename Rep, typename Period>
[[nodiscard]] Sleep sleep(std::chrono::duration<Rep, Period> duration) {
  using std::chrono::nanoseconds;
  using Seconds = std::chrono::duration<double>;
  const Seconds seconds = duration;
  if (!(seconds > Seconds::zero())) return Sleep(nanoseconds::zero());
  if (seconds >= Seconds(nanoseconds::max())) return Sleep(nanoseconds::max());
  return Sleep(std::chrono::duration_cast<nanoseconds>(duration));
}

}  // namespace narrows
