// SPDX-License-Identifier: MIT
// `co_await narrows::offload(fn)`: work that takes long, on a thread of a small pool, while the
// node goes on.
//
// Threads: `fn` runs on a thread of its own kind: it must not touch the node, nor what handlers
//   touch. Its result comes back to the dispatcher's thread.
// Errors: what `fn` throws is thrown by the `co_await`. When the waits of its request end, `fn`
// runs
//   to its end, and the result is dropped.
#pragma once

#include <coroutine>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "narrows/detail/wait.hpp"
#include "narrows/gather.hpp"
#include "narrows/task.hpp"

namespace narrows {

namespace detail {
/// Runs `work` elsewhere, then `done` here.
void hand_over(Scope& scope, std::function<void()> work, std::function<void()> done);
}  // namespace detail

template <typename F>
class [[nodiscard]] Offload : private detail::Wait {
 public:
  using Result = std::invoke_result_t<F&>;

  explicit Offload(F function) : job_(std::make_shared<Job>(std::move(function))) {}
  Offload(const Offload&) = delete;
  Offload& operator=(const Offload&) = delete;
  ~Offload() override { job_->awaiter = nullptr; }

  [[nodiscard]] bool await_ready() const {
    if (job_->is_handed_over) throw std::logic_error("offloaded work is awaited once");
    return false;
  }
  template <detail::InScope Awaiting>
  bool await_suspend(std::coroutine_handle<Awaiting> awaiting) {
    detail::Scope& scope = *awaiting.promise().scope;
    if (!begin(scope, awaiting)) return false;
    job_->awaiter = this;
    job_->is_handed_over = true;
    detail::hand_over(
        scope, [job = job_] { job->run(); },
        [job = job_] {
          if (job->awaiter != nullptr) job->awaiter->end();
        });
    return true;
  }
  Result await_resume() {
    check();
    if (job_->failure) std::rethrow_exception(job_->failure);
    if constexpr (!std::is_void_v<Result>) return std::move(*job_->result);
  }

 private:
  /// Lasts as long as anybody knows of it.
  struct Job {
    explicit Job(F fn) : function(std::move(fn)) {}
    void run() {
      try {
        if constexpr (std::is_void_v<Result>) {
          (*function)();
        } else {
          result.emplace((*function)());
        }
      } catch (...) {
        failure = std::current_exception();
      }
      function.reset();
    }

    std::optional<F> function;
    std::optional<detail::Kept<Result>> result;
    std::exception_ptr failure;
    Offload* awaiter = nullptr;   // the dispatcher's
    bool is_handed_over = false;  // likewise
  };
  void forget() override { job_->awaiter = nullptr; }

  std::shared_ptr<Job> job_;
};

template <typename F>
[[nodiscard]] auto offload(F&& function) {
  return detail::MaybeNamedFirst<detail::kIsFragileFunction<F>, Offload<std::decay_t<F>>>(
      std::forward<F>(function));
}

}  // namespace narrows
