// SPDX-License-Identifier: MIT
// A request to another node, on its way; `co_await` waits for what it is answered with.
//
// It is sent when it is made, so several can be on their way at once. Its time runs from then on.
// Errors: `co_await` throws the Error that came as an answer; an Error with ErrorCode::timeout when
//   none came in time; Cancelled when the waits of its request end.
// Ownership: an Rpc that is dropped is forgotten; its answer counts as late.
// Bound: at most 256 bytes each, beside the coroutine's frame, and Options::max_pending_rpcs.
// Threads: the dispatcher's.
#pragma once

#include <coroutine>
#include <cstdint>
#include <utility>

#include "narrows/detail/wait.hpp"
#include "narrows/response.hpp"
#include "narrows/task.hpp"

namespace narrows {

namespace detail {
struct PendingRpc;
}

class [[nodiscard]] Rpc {
 public:
  explicit Rpc(detail::PendingRpc& pending) : pending_(&pending) {}
  Rpc(Rpc&& other) noexcept : pending_(std::exchange(other.pending_, nullptr)) {}
  Rpc& operator=(Rpc&& other) noexcept {
    std::swap(pending_, other.pending_);
    return *this;
  }
  Rpc(const Rpc&) = delete;
  Rpc& operator=(const Rpc&) = delete;
  ~Rpc();

  /// The number by which the answer will name it.
  [[nodiscard]] std::uint64_t msg_id() const;

  class Awaiter final : private detail::Wait {
   public:
    explicit Awaiter(Rpc& rpc) : rpc_(rpc) {}
    [[nodiscard]] bool await_ready() const noexcept;
    template <detail::InScope Awaiting>
    bool await_suspend(std::coroutine_handle<Awaiting> awaiting) {
      return suspend(*awaiting.promise().scope, awaiting);
    }
    Response await_resume();

   private:
    friend struct detail::PendingRpc;
    bool suspend(detail::Scope& scope, std::coroutine_handle<> awaiting);
    void forget() override;

    Rpc& rpc_;
  };
  Awaiter operator co_await() { return Awaiter(*this); }

 private:
  detail::PendingRpc* pending_;
};

}  // namespace narrows
