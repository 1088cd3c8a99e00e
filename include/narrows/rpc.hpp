// SPDX-License-Identifier: MIT
// A request to another node, on its way; `co_await` waits for what it is answered with.
//
// It is sent when it is made, so several can be on their way at once. Its time runs from then on.
// Errors: `co_await` throws the Error that came as an answer; an Error with ErrorCode::timeout when
//   none came in time; Cancelled when the waits of its request end, or the node had ended before it
//   was made. It is awaited once: a second time throws std::logic_error.
// Ownership: an Rpc that is dropped is forgotten; its answer counts as late. It may outlive its
//   node.
// Bound: at most 256 bytes each, beside the coroutine's frame, and Options::max_pending_rpcs. What
//   came in answer and is not awaited yet takes at most Options::pool_bytes, together with the
//   requests that wait: an answer beyond that is lost, which is an Error with ErrorCode::crash.
// Threads: the dispatcher's.
#pragma once

#include <coroutine>
#include <cstdint>

#include "narrows/detail/wait.hpp"
#include "narrows/response.hpp"
#include "narrows/task.hpp"

namespace narrows {

namespace detail {
struct PendingRpc;
}

class [[nodiscard]] Rpc {
 public:
  /// `pending`: null if the node has ended, so that nothing was sent.
  explicit Rpc(detail::PendingRpc* pending);
  Rpc(Rpc&& other) noexcept;
  Rpc& operator=(Rpc&& other) noexcept;
  Rpc(const Rpc&) = delete;
  Rpc& operator=(const Rpc&) = delete;
  ~Rpc();

  /// The number by which the answer will name it.
  [[nodiscard]] std::uint64_t msg_id() const { return msg_id_; }

  class Awaiter final : private detail::Wait {
   public:
    explicit Awaiter(Rpc& rpc);
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() override;
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

    detail::PendingRpc* pending_;  // null: it was never sent, or is gone
  };
  /// Throws std::logic_error if it was awaited before, or somebody awaits it now.
  Awaiter operator co_await() { return Awaiter(*this); }

 private:
  friend struct detail::PendingRpc;
  void hold(detail::PendingRpc* pending);

  detail::PendingRpc* pending_ = nullptr;  // null: unsent, awaited, moved away, or the node is gone
  std::uint64_t msg_id_ = ~std::uint64_t{0};
  bool is_unsent_;
};

}  // namespace narrows
