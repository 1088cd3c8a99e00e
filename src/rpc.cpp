// SPDX-License-Identifier: MIT
#include "narrows/rpc.hpp"

#include "json/scalar.hpp"
#include "pending_rpc.hpp"
#include "pipeline/kept_message.hpp"
#include "runtime.hpp"

namespace narrows {

Response::Response(std::unique_ptr<pipeline::KeptMessage> message) : message_(std::move(message)) {}
Response::Response(Response&& other) noexcept = default;
Response& Response::operator=(Response&& other) noexcept = default;
Response::~Response() = default;
const Request& Response::view() const { return message_->view(); }

namespace detail {

void PendingRpc::settle(RpcResult outcome) {
  Timer::cancel();
  if (then) {
    const Then callback = std::move(then);
    runtime.forget(*this);
    callback(std::move(outcome));
    return;
  }
  result = std::make_unique<RpcResult>(std::move(outcome));
  if (awaiter != nullptr) awaiter->end();
}

void PendingRpc::fire() {
  runtime.settle(*this, Error(ErrorCode::timeout, "no answer came in time"));
}

}  // namespace detail

Rpc::~Rpc() {
  if (pending_ != nullptr) pending_->runtime.forget(*pending_);
}

std::uint64_t Rpc::msg_id() const { return pending_->msg_id; }

bool Rpc::Awaiter::await_ready() const noexcept { return rpc_.pending_->result != nullptr; }

bool Rpc::Awaiter::suspend(detail::Scope& scope, std::coroutine_handle<> awaiting) {
  if (!begin(scope, awaiting)) return false;
  rpc_.pending_->awaiter = this;
  return true;
}

void Rpc::Awaiter::forget() { rpc_.pending_->awaiter = nullptr; }

Response Rpc::Awaiter::await_resume() {
  check();
  rpc_.pending_->awaiter = nullptr;
  const std::unique_ptr<RpcResult> result = std::move(rpc_.pending_->result);
  return std::move(*result).response();
}

}  // namespace narrows
