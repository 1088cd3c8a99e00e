// SPDX-License-Identifier: MIT
// A coroutine of a node: a handler, or a part of one, that may wait while the node goes on.
//
//   narrows::Task<int> sum(narrows::Node& node) {
//     narrows::Response a = co_await node.rpc("n2", narrows::message("count"));
//     co_return a.integer("count") + 1;
//   }
//
// It starts when it is awaited (or handed to the node) and is awaited once: a second time throws
// std::logic_error. What it throws is thrown by the `co_await`. It awaits what the library gives:
// of anything else the node does not know when it is over. Ownership: a Task owns its coroutine;
// destroyed early, it takes the coroutine and its waits along.
//   A coroutine's parameters are copied into it, references are not: what they refer to must last.
// Threads: the dispatcher's; no two coroutines run at the same time, so none needs a lock.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "narrows/detail/named_first.hpp"
#include "narrows/detail/wait.hpp"

namespace narrows {

template <typename T = void>
class Task;

namespace detail {

struct PromiseBase {
  /// At the end the coroutine that awaited it goes on.
  struct Final {
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <typename Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> ended) noexcept {
      const std::coroutine_handle<> next = ended.promise().then;
      return next ? next : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  [[nodiscard]] std::suspend_always initial_suspend() const noexcept { return {}; }
  [[nodiscard]] Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { failure = std::current_exception(); }

  Scope* scope = nullptr;  // of its waits
  std::coroutine_handle<> then;
  std::exception_ptr failure;
};

template <typename T>
struct Promise : PromiseBase {
  Task<T> get_return_object();
  template <typename Value>
  requires std::is_constructible_v<T, Value&&>
  void return_value(Value&& value) { result.emplace(std::forward<Value>(value)); }
  T take() {
    if (failure) std::rethrow_exception(failure);
    if (!result) throw std::logic_error("a coroutine has ended without `co_return`");
    return std::move(*result);
  }

  std::optional<T> result;
};

template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() noexcept {}
  void take() const {
    if (failure) std::rethrow_exception(failure);
  }
};

/// A coroutine whose waits belong to a scope.
template <typename P>
concept InScope = std::is_base_of_v<PromiseBase, P>;

}  // namespace detail

template <typename T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, {})) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      if (coroutine_) coroutine_.destroy();
      coroutine_ = std::exchange(other.coroutine_, {});
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (coroutine_) coroutine_.destroy();
  }

  struct Awaiter {
    std::coroutine_handle<promise_type> coroutine;

    [[nodiscard]] bool await_ready() const noexcept { return false; }
    template <detail::InScope Awaiting>
    bool await_suspend(std::coroutine_handle<Awaiting> awaiting) noexcept {
      coroutine.promise().scope = awaiting.promise().scope;
      coroutine.resume();
      if (coroutine.done()) return false;  // a loop of such does not grow the stack
      coroutine.promise().then = awaiting;
      return true;
    }
    T await_resume() { return coroutine.promise().take(); }
  };
  Awaiter operator co_await() {
    check_unstarted();
    return {coroutine_};
  }

  /// For who starts it without awaiting it: runs it to its first wait, or its end.
  void start(detail::Scope& scope) {
    check_unstarted();
    coroutine_.promise().scope = &scope;
    coroutine_.resume();
  }
  [[nodiscard]] bool is_done() const { return coroutine_.done(); }
  /// What it returned, or throws what it threw. Once it is done, once.
  T take() { return coroutine_.promise().take(); }
  /// Throws std::logic_error if it has started already, or was moved away.
  void check_unstarted() const {
    if (!coroutine_ || coroutine_.promise().scope != nullptr) [[unlikely]] {
      throw std::logic_error("a Task is awaited once: this one was started, or moved away, before");
    }
  }

 private:
  friend promise_type;
  explicit Task(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}

  std::coroutine_handle<promise_type> coroutine_;
};

namespace detail {

template <typename T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise>::from_promise(*this));
}

}  // namespace detail
}  // namespace narrows
