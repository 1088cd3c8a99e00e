// SPDX-License-Identifier: MIT
// A request to another node that has no answer yet, or whose answer nobody has taken.
//
// Threads: the dispatcher's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "narrows/detail/timer.hpp"
#include "narrows/rpc.hpp"

namespace narrows::detail {

class Runtime;

struct PendingRpc final : Timer {
  using Then = std::function<void(RpcResult)>;

  PendingRpc(Runtime& of, std::uint64_t id, Then callback)
      : runtime(of), msg_id(id), then(std::move(callback)) {}
  PendingRpc(const PendingRpc&) = delete;
  PendingRpc& operator=(const PendingRpc&) = delete;
  /// Whoever knows of it forgets it; who awaits it goes on, without an outcome.
  ~PendingRpc() override;

  /// Nobody takes its outcome yet: until somebody does, it is kept.
  [[nodiscard]] bool is_to_be_kept() const { return !then && awaiter == nullptr; }
  /// Its outcome: to the callback, or to whoever awaits it. May destroy it.
  void settle(RpcResult outcome);
  void fire() override;

  Runtime& runtime;
  const std::uint64_t msg_id;
  Then then;                          // empty: it is awaited
  Rpc* handle = nullptr;              // the user's; none with a callback
  Rpc::Awaiter* awaiter = nullptr;    // who waits for it now
  std::unique_ptr<RpcResult> result;  // that nobody has taken yet
  std::size_t kept_bytes = 0;         // of it; the runtime counts them
};

}  // namespace narrows::detail
