// SPDX-License-Identifier: MIT
// The stages on threads of their own: all of them are started, or none goes on.
#include <thread>

#include "base/signals.hpp"
#include "base/thread.hpp"
#include "pipeline/engine.hpp"

namespace narrows::pipeline {

bool Engine::run_pipeline(Input& input, Output& output) {
  if (attendant_ != nullptr) {
    attendant_->serve_on_this_thread();  // until there is another
    attendant_->wake_by([this] { parsed_.wake(); });
  }
  run_stages(input, output);
  if (attendant_ != nullptr) {
    attendant_->wake_by({});
    attendant_->serve_on_this_thread();
  }
  return !serializer_.failed();
}

/// On their threads, to the end. If not all can be started, those that were end as at the end of
/// the input.
void Engine::run_stages(Input& input, Output& output) {
  std::jthread dispatch;  // joined last
  std::jthread serialize;
  std::jthread parse;
  const SignalShield shield;  // signals are the calling thread's, which only waits
  try {
    dispatch = start_thread([this] { dispatch_loop(); });
    serialize = start_thread([&] { serialize_loop(input, output); });
    parse = start_thread([&] { parse_loop(input); });
  } catch (...) {
    parsed_.try_push(nullptr);
    throw;
  }
}

}  // namespace narrows::pipeline
