// SPDX-License-Identifier: MIT
#include "runtime/activity.hpp"

#include <string>

#include "pipeline/failure.hpp"
#include "pipeline/log.hpp"
#include "runtime/runtime.hpp"

namespace narrows::detail {

using profile::Trouble;

Reply RequestActivity::take(pipeline::Log& log) {
  try {
    return task_->take();
  } catch (...) {
    return pipeline::reply_to_failure(std::current_exception(), request().type(), log);
  }
}

Reply RequestActivity::take_at_once(pipeline::Log& log) {
  Reply reply = take(log);
  task_.reset();  // its frame has the user's parameters
  reply.move_views(request_.whole_text(), request_.origin());
  return reply;
}

void RequestActivity::resumed(Ticks now) {
  awaited_ += now - since_;
  since_ = now;
}

void RequestActivity::suspended(Ticks now) { since_ = now; }

void RequestActivity::finish(pipeline::Outbox* outbox, pipeline::Log& log) {
  if (is_expired_ || since_ >= expiry_)
    return outbox->close(request_, arrival_, awaited_, Trouble::expired);
  const Reply reply = is_done() ? take(log) : Reply(Error(ErrorCode::crash, "the node has ended"));
  outbox->answer(request_, arrival_, awaited_, reply,
                 reply.is_error() ? Trouble::handler_error : Trouble::none);
}

/// Whoever asked has given up, or is about to.
void RequestActivity::fire() {
  is_expired_ = true;
  const bool goes_on = scope().has_waits() || scope().runtime().is_ready(scope());
  scope().cancel("the deadline of the request has passed");
  if (!goes_on) scope().runtime().abandon(*this);
}

void BackgroundActivity::finish(pipeline::Outbox* /*outbox*/, pipeline::Log& log) {
  if (!is_done()) return;
  try {
    task_->take();
  } catch (const Cancelled&) {  // the node ends
  } catch (...) {
    pipeline::log_failure(std::current_exception(), pipeline::Log::Code::background_task, log);
  }
}

}  // namespace narrows::detail
