// SPDX-License-Identifier: MIT
// Group commit: calls that come while others are being served are served together, next.
//
// Order: turns come one after the other, and calls are shown to them in the order in which they
//   came.
// Errors: what a turn throws is what its calls throw.
// Ownership: a Call belongs to the handler that waits for it: one whose handler was ended is shown
//   to no turn any more.
// Threads: the dispatcher's.
#pragma once

#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "narrows/event.hpp"
#include "narrows/node.hpp"

namespace narrows::workloads {

/// What is derived from it has the arguments, and the result.
struct Call {
  void succeed() { settled.set(); }
  void fail(const Error& error) {
    failure = error;
    settled.set();
  }

  Event settled;
  std::optional<Error> failure;
};

template <typename OneCall>
class Batcher {
 public:
  using Calls = std::vector<std::shared_ptr<OneCall>>;
  /// Settles some of the calls; the others are shown to the next turn, before those that came
  /// meanwhile.
  using Turn = std::function<Task<>(const Calls& calls)>;

  /// `most`: calls that are shown to one turn.
  Batcher(Node& node, std::size_t most, Turn turn)
      : node_(node), most_(most), turn_(std::move(turn)) {}

  /// Waits until the call is settled.
  Task<> serve(std::shared_ptr<OneCall> call) {
    waiting_.push_back(call);
    if (!is_serving_) {
      is_serving_ = true;
      node_.spawn(take_turns());
    }
    co_await call->settled;
    if (call->failure) throw Error(*call->failure);
  }

 private:
  Task<> take_turns() {
    co_await sleep(std::chrono::nanoseconds(0));  // for those that come at the same moment
    for (Calls calls = unsettled(); !calls.empty(); calls = unsettled()) {
      std::optional<Error> failure;
      try {
        co_await turn_(calls);
      } catch (const Cancelled&) {
        throw;
      } catch (const Error& error) {
        failure = error;
      } catch (const std::exception& error) {
        failure = Error(ErrorCode::crash, std::string(error.what()));
      }
      if (!failure) continue;
      for (const auto& call : calls) {
        if (!call->settled.is_set()) call->fail(*failure);
      }
    }
    is_serving_ = false;
  }

  /// The first of those that are still waited for.
  Calls unsettled() {
    std::erase_if(waiting_, [](const std::weak_ptr<OneCall>& waiting) {
      const auto call = waiting.lock();
      return !call || call->settled.is_set();
    });
    Calls calls;
    for (const auto& waiting : waiting_) {
      if (calls.size() == most_) break;
      calls.push_back(waiting.lock());
    }
    return calls;
  }

  Node& node_;
  const std::size_t most_;
  Turn turn_;
  std::vector<std::weak_ptr<OneCall>> waiting_;
  bool is_serving_ = false;
};

}  // namespace narrows::workloads
