// SPDX-License-Identifier: MIT
// What `co_await` is made of: timers, waits, scopes.
#include <algorithm>
#include <cmath>
#include <string>

#include "narrows/detail/timer.hpp"
#include "narrows/detail/wait.hpp"
#include "narrows/retry.hpp"
#include "narrows/sleep.hpp"
#include "runtime/runtime.hpp"

namespace narrows {
namespace detail {

bool Timers::fire_until(Moment now) {
  // Those that a timer sets anew wait for the next call, also if they are due at once.
  Places due;
  while (!timers_.empty() && timers_.begin()->first <= now) {
    timers_.begin()->second->places_ = &due;
    due.insert(due.end(), timers_.extract(timers_.begin()));
  }
  const bool any = !due.empty();
  while (!due.empty()) {
    Timer& timer = *due.begin()->second;
    timer.cancel();
    timer.fire();
  }
  return any;
}

bool Wait::begin(Scope& scope, std::coroutine_handle<> coroutine) {
  scope_ = &scope;
  is_cancelled_ = scope.is_cancelled();
  if (is_cancelled_) return ++scope.refused_ >= Scope::kMostRefused;
  coroutine_ = coroutine;
  is_waiting_ = true;
  join(scope.waits_);
  return true;
}

void Wait::end() {
  if (!is_waiting_) return;
  is_waiting_ = false;
  join(scope_->runtime().ready());
}

void Wait::check() const {
  if (!is_cancelled_) return;
  throw Cancelled(ErrorCode::crash, "a wait was cancelled: " + std::string(scope_->why()));
}

void Scope::cancel(const char* why) {
  if (is_cancelled()) return;
  why_ = why;
  while (waits_.is_linked()) {
    auto& wait = static_cast<Wait&>(waits_.next());
    wait.forget();
    wait.is_cancelled_ = true;
    wait.end();
  }
}

double RandomOfNode::await_resume() const { return scope->runtime().random(); }

}  // namespace detail

bool Sleep::suspend(detail::Scope& scope, std::coroutine_handle<> awaiting) {
  if (!begin(scope, awaiting)) return false;
  scope.runtime().set(*this, duration_);
  return true;
}

std::chrono::nanoseconds Retry::pause(int attempts_made, double random) const {
  constexpr auto kMost = std::chrono::nanoseconds::max();
  if (first.count() <= 0) return {};
  // A duration that is too long for nanoseconds has become a negative one, or any at all.
  const auto most = static_cast<double>(longest.count() < 0 ? kMost.count() : longest.count());
  const double growth = std::isnan(factor) ? 1 : std::max(factor, 0.0);
  const double left_out = std::isnan(jitter) ? 0 : std::clamp(jitter, 0.0, 1.0);
  const double grown = static_cast<double>(first.count()) * std::pow(growth, attempts_made - 1);
  const double pause = std::min(grown, most) * (1 - left_out * random);
  if (pause >= static_cast<double>(kMost.count())) return kMost;
  return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(pause));
}

}  // namespace narrows
