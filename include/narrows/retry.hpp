// SPDX-License-Identifier: MIT
// Trying again where the outcome is unknown: `co_await narrows::retry(policy, [&] { return … })`.
//
// Tried again are errors that are indefinite (no answer in time, a crash): the operation may or may
// not have happened, so it must bear to happen twice. Definite errors are thrown at once.
// Threads: the dispatcher's.
#pragma once

#include <chrono>
#include <exception>
#include <limits>
#include <type_traits>
#include <utility>

#include "narrows/error.hpp"
#include "narrows/gather.hpp"
#include "narrows/sleep.hpp"
#include "narrows/task.hpp"

namespace narrows {

/// Exponential back-off: the pause after the n-th attempt is first · factor^(n-1), at most
/// `longest`, of which a random part, up to `jitter` of it, is left out.
struct Retry {
  static constexpr int kForEver = std::numeric_limits<int>::max();

  int attempts = 5;  // in all, at least 1
  std::chrono::nanoseconds first = std::chrono::milliseconds(50);
  double factor = 2;
  std::chrono::nanoseconds longest = std::chrono::seconds(1);
  double jitter = 0.5;  // 0 to 1

  /// The pause after so many attempts; `random`: 0 to 1.
  [[nodiscard]] std::chrono::nanoseconds pause(int attempts_made, double random) const;
};

namespace detail {
/// `co_await` gives a random number of 0 to 1, of the node's source.
struct RandomOfNode {
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  template <InScope Awaiting>
  bool await_suspend(std::coroutine_handle<Awaiting> awaiting) noexcept {
    scope = awaiting.promise().scope;
    return false;
  }
  [[nodiscard]] double await_resume() const;
  Scope* scope = nullptr;
};
}  // namespace detail

namespace detail {

/// What `co_await make()` gives.
template <typename Make>
using Made =
    decltype(awaiter_of(std::declval<std::add_lvalue_reference_t<std::invoke_result_t<Make&>>>())
                 .await_resume());

template <typename Make>
Task<Made<Make>> retried(Retry policy, Make make) {
  for (int attempt = 1;; ++attempt) {
    try {
      auto awaitable = make();
      co_return co_await awaitable;
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      if (error.is_definite() || attempt >= policy.attempts) throw;
    }
    co_await sleep(policy.pause(attempt, co_await RandomOfNode{}));
  }
}

}  // namespace detail

/// `make`: gives what is to be awaited, an Rpc or a Task, once an attempt. After the last attempt
/// its error is thrown.
template <typename Make>
[[nodiscard]] auto retry(Retry policy, Make&& make) {
  using Kept = std::decay_t<Make>;
  return detail::MaybeNamedFirst<detail::kIsFragileFunction<Make>, Task<detail::Made<Kept>>>(
      detail::retried<Kept>(policy, std::forward<Make>(make)));
}

}  // namespace narrows
