// SPDX-License-Identifier: MIT
// The end of a node's loop: what waits is told, and offloaded work is awaited.
#include <algorithm>
#include <string>
#include <utility>

#include "runtime/runtime.hpp"

namespace narrows::detail {

namespace {

/// Work that was offloaded is awaited at the end, but not longer without a word.
constexpr std::chrono::seconds kPatience{1};

}  // namespace

bool Runtime::end() {
  if (!is_ending_) {
    begin_end();
  } else if (offloaded_ != 0) {
    await_offloaded();
  }
  if (offloaded_ != 0) return false;
  end_all();
  return true;
}

/// Who waits for anything but offloaded work is told at once.
void Runtime::begin_end() {
  run();
  is_ending_ = true;
  mention_at_ = std::chrono::steady_clock::now() + kPatience;
  cancel_timers();
  cancel_others();
}

/// Until some of the work that was handed over before the end is done, or a timeout is due.
void Runtime::await_offloaded() {
  using std::chrono::steady_clock;
  const std::uint64_t now = clock_.time_ns();
  const auto until_due = std::chrono::nanoseconds(
      std::min<std::uint64_t>(timers_.due() > now ? timers_.due() - now : 0, 1'000'000'000));
  workers_.wait_for_done(until_due);
  run();
  cancel_others();
  if (offloaded_ == 0 || steady_clock::now() < mention_at_) return;
  mention_at_ = steady_clock::time_point::max();
  const bool one = offloaded_ == 1;
  log_.write(LogLevel::warning, std::to_string(offloaded_) +
                                    (one ? " piece of offloaded work is still running: the node "
                                           "ends when it does"
                                         : " pieces of offloaded work are still running: the node "
                                           "ends when they do"));
}

void Runtime::cancel_others() {
  has_ended_ = offloaded_ == 0;
  std::vector<Scope*> scopes;
  for (ListNode* node = &activities_.next(); node != &activities_; node = &node->next()) {
    Scope& scope = static_cast<Activity*>(node)->scope();
    if (offloading_.find(&scope) == offloading_.end()) scopes.push_back(&scope);
  }
  for (Scope* scope : scopes) scope->cancel("the node has ended");
  resume_ready();
}

/// Who will not end is ended.
void Runtime::end_all() {
  cancel_timers();
  while (activities_.is_linked()) finish(static_cast<Activity&>(activities_.next()));
  std::vector<PendingRpc*> called_back;
  for (const auto& [id, rpc] : rpcs_) {
    if (rpc->then) called_back.push_back(rpc.get());
  }
  for (PendingRpc* rpc : called_back) settle(*rpc, Error(ErrorCode::crash, "the node has ended"));
}

void Runtime::offload(Scope& scope, Workers::Work work, Workers::Work done) {
  // What is handed over at the end is not awaited: there may be more and more of it.
  if (is_ending_) return workers_.submit(std::move(work), std::move(done));
  workers_.submit(std::move(work), [this, key = &scope, done = std::move(done)] {
    --offloaded_;
    const auto found = offloading_.find(key);
    if (--found->second == 0) offloading_.erase(found);
    done();
  });
  ++offloading_[&scope];
  ++offloaded_;
}

void hand_over(Scope& scope, std::function<void()> work, std::function<void()> done) {
  if (scope.is_cancelled()) return;
  scope.runtime().offload(scope, std::move(work), std::move(done));
}

}  // namespace narrows::detail
