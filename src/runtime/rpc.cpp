// SPDX-License-Identifier: MIT
#include "narrows/rpc.hpp"

#include <stdexcept>
#include <string>
#include <utility>

#include "json/scalar.hpp"
#include "pipeline/kept_message.hpp"
#include "runtime/pending_rpc.hpp"
#include "runtime/runtime.hpp"

namespace narrows {

Response::Response(std::unique_ptr<pipeline::KeptMessage> message) : message_(std::move(message)) {}
Response::Response(Response&& other) noexcept = default;
Response& Response::operator=(Response&& other) noexcept = default;
Response::~Response() = default;
const Request& Response::view() const {
  if (message_ == nullptr) throw std::logic_error("the Response was moved away");
  return message_->view();
}
Error Response::bad_answer(const Error& error) const {
  return {ErrorCode::crash,
          "the answer of " + std::string(src()) + ": " + std::string(error.text())};
}

namespace detail {

PendingRpc::~PendingRpc() {
  runtime.keep_no_more(kept_bytes);
  if (handle != nullptr) handle->pending_ = nullptr;
  if (awaiter == nullptr) return;
  awaiter->pending_ = nullptr;
  awaiter->end();
}

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

Rpc::Rpc(detail::PendingRpc* pending) : is_unsent_(pending == nullptr) {
  if (pending == nullptr) return;
  msg_id_ = pending->msg_id;
  hold(pending);
}

Rpc::Rpc(Rpc&& other) noexcept : msg_id_(other.msg_id_), is_unsent_(other.is_unsent_) {
  hold(std::exchange(other.pending_, nullptr));
  other.is_unsent_ = false;
}

Rpc& Rpc::operator=(Rpc&& other) noexcept {
  if (this == &other) return *this;
  detail::PendingRpc* const mine = pending_;
  hold(other.pending_);
  other.hold(mine);
  std::swap(msg_id_, other.msg_id_);
  std::swap(is_unsent_, other.is_unsent_);
  return *this;
}

Rpc::~Rpc() {
  if (pending_ != nullptr) pending_->runtime.forget(*pending_);
}

void Rpc::hold(detail::PendingRpc* pending) {
  pending_ = pending;
  if (pending_ != nullptr) pending_->handle = this;
}

Rpc::Awaiter::Awaiter(Rpc& rpc) : pending_(rpc.pending_) {
  if (pending_ == nullptr ? rpc.is_unsent_ : pending_->awaiter == nullptr) return;
  throw std::logic_error("an Rpc is awaited once: this one was awaited, or moved away, before");
}

Rpc::Awaiter::~Awaiter() { forget(); }

bool Rpc::Awaiter::await_ready() const noexcept {
  return pending_ != nullptr && pending_->result != nullptr;
}

bool Rpc::Awaiter::suspend(detail::Scope& scope, std::coroutine_handle<> awaiting) {
  if (!begin(scope, awaiting)) return false;
  if (pending_ != nullptr) pending_->awaiter = this;
  return true;
}

void Rpc::Awaiter::forget() {
  if (pending_ != nullptr && pending_->awaiter == this) pending_->awaiter = nullptr;
  pending_ = nullptr;  // which may go before the coroutine goes on
}

Response Rpc::Awaiter::await_resume() {
  check();
  if (pending_ == nullptr) throw std::logic_error("the Rpc was destroyed while it was awaited");
  detail::PendingRpc& pending = *std::exchange(pending_, nullptr);
  pending.awaiter = nullptr;
  const std::unique_ptr<RpcResult> result = std::move(pending.result);
  pending.runtime.forget(pending);
  return std::move(*result).response();
}

}  // namespace narrows
