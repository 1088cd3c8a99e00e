// SPDX-License-Identifier: MIT
// Several things awaited at once: all of them, the first, or so many.
//
//   auto [a, b] = co_await narrows::all(node.rpc("n1", …), node.rpc("n2", …));
//   std::vector<narrows::Response> acks = co_await narrows::quorum(2, std::move(rpcs));
//
// What is awaited are Tasks and Rpcs; from the `co_await` on they run side by side. As soon as the
// result is certain it is returned, and those that still wait are destroyed where they wait.
// Errors: too many have failed: what the last of them threw.
// Threads: the dispatcher's.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "narrows/detail/wait.hpp"
#include "narrows/task.hpp"

namespace narrows {
namespace detail {

template <typename A>
decltype(auto) awaiter_of(A& awaitable) {
  if constexpr (requires { awaitable.operator co_await(); }) {
    return awaitable.operator co_await();
  } else {
    return (awaitable);
  }
}

/// What `co_await` of it gives; Nothing in place of void.
struct Nothing {};
template <typename T>
using Kept = std::conditional_t<std::is_void_v<T>, Nothing, T>;
template <typename A>
using Awaited = Kept<decltype(awaiter_of(std::declval<A&>()).await_resume())>;

/// Coroutines side by side: awaited until `enough` have succeeded, or that is out of reach.
class Gathering final : private Wait {
 public:
  Gathering(std::size_t children, std::size_t enough)
      : missing_(enough), spare_(children < enough ? 0 : children - enough) {}

  void add(Task<void> child) { children_.push_back(std::move(child)); }
  void succeeded() {
    if (missing_ != 0 && --missing_ == 0) end();
  }
  void failed(std::exception_ptr why) {
    if (missing_ == 0 || failure_) return;
    if (spare_-- == 0) {
      failure_ = std::move(why);
      end();
    }
  }

  [[nodiscard]] bool await_ready() const noexcept { return missing_ == 0; }
  template <InScope Awaiting>
  bool await_suspend(std::coroutine_handle<Awaiting> awaiting) {
    Scope& scope = *awaiting.promise().scope;
    for (Task<void>& child : children_) {
      child.start(scope);
      if (missing_ == 0 || failure_) return false;
    }
    return begin(scope, awaiting);
  }
  void await_resume() const {
    if (missing_ == 0) return;
    if (failure_) std::rethrow_exception(failure_);
    check();
  }

 private:
  std::vector<Task<void>> children_;
  std::size_t missing_;
  std::size_t spare_;  // so many may fail
  std::exception_ptr failure_;
};

template <typename A>
Task<void> child_of(Gathering& gathering, A awaitable, std::optional<Awaited<A>>& result) {
  std::exception_ptr failure;
  try {
    if constexpr (std::is_same_v<Awaited<A>, Nothing>) {
      co_await awaitable;
      result.emplace();
    } else {
      result.emplace(co_await awaitable);
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure) {
    gathering.failed(std::move(failure));
  } else {
    gathering.succeeded();
  }
}

/// The results there are, in the order of what was awaited.
template <typename A>
Task<std::vector<Awaited<A>>> gathered(std::size_t enough, std::vector<A> awaitables) {
  std::vector<std::optional<Awaited<A>>> slots(awaitables.size());
  Gathering gathering(awaitables.size(), enough);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    gathering.add(child_of(gathering, std::move(awaitables[i]), slots[i]));
  }
  co_await gathering;
  std::vector<Awaited<A>> results;
  results.reserve(enough);
  for (auto& slot : slots) {
    if (slot && results.size() < enough) results.push_back(std::move(*slot));
  }
  co_return results;
}

template <typename... A>
Task<std::tuple<Awaited<A>...>> gathered_all(A... awaitables) {
  std::tuple<std::optional<Awaited<A>>...> slots;
  Gathering gathering(sizeof...(A), sizeof...(A));
  std::apply(
      [&](auto&... slot) {
        (gathering.add(child_of<A>(gathering, std::move(awaitables), slot)), ...);
      },
      slots);
  co_await gathering;
  co_return std::apply([](auto&... slot) { return std::tuple<Awaited<A>...>(std::move(*slot)...); },
                       slots);
}

}  // namespace detail

/// All of them, as a tuple; the first failure is thrown.
template <typename... A>
requires(sizeof...(A) > 1) [[nodiscard]] auto all(A... awaitables) {
  return detail::MaybeNamedFirst<(detail::kIsNamedFirst<A> || ...),
                                 Task<std::tuple<detail::Awaited<A>...>>>(
      detail::gathered_all<A...>(std::move(awaitables)...));
}
/// All of them, in their order.
template <typename A>
[[nodiscard]] auto all(std::vector<A> awaitables) {
  const std::size_t count = awaitables.size();
  return detail::gathered(count, std::move(awaitables));
}

/// So many of them: those that came first, in the order in which they were given. Throws
/// std::invalid_argument when there are not so many.
template <typename A>
[[nodiscard]] auto quorum(std::size_t enough, std::vector<A> awaitables) {
  if (enough > awaitables.size()) {
    throw std::invalid_argument("quorum: more are wanted than are awaited");
  }
  return detail::gathered(enough, std::move(awaitables));
}

/// The first that succeeds. Throws std::invalid_argument when there are none.
template <typename A>
[[nodiscard]] Task<detail::Awaited<A>> any(std::vector<A> awaitables) {
  std::vector<detail::Awaited<A>> first = co_await quorum(1, std::move(awaitables));
  co_return std::move(first.front());
}

}  // namespace narrows
