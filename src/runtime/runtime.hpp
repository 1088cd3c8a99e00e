// SPDX-License-Identifier: MIT
// The node's own loop: coroutines that wait, RPCs, timers, work of other threads.
//
// Order: a coroutine goes on after what ended its wait has returned, in the order in which waits
//   ended.
// Bound: Options::max_pending requests, and as many bytes of them as Options::pool_bytes;
//   Options::max_pending_rpcs RPCs. Background tasks and timers are the user's to bound.
// Threads: the dispatcher's, which what user code calls makes sure of, but for due() and what
//   Workers say. Before the first input: any one.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "narrows/node.hpp"
#include "pipeline/attendant.hpp"
#include "pipeline/log.hpp"
#include "runtime/activity.hpp"
#include "runtime/pending_rpc.hpp"
#include "runtime/workers.hpp"

namespace narrows::detail {

class Runtime final : public pipeline::Attendant {
 public:
  Runtime(const Options& options, const Clock& clock, pipeline::Log& log);
  ~Runtime() override;

  // What the library's user sets up before the first input.
  void add_starter(pipeline::TypeId type, TaskHandler handler);
  void add_after_init(std::function<void()> hook) { after_init_.push_back(std::move(hook)); }

  // What user code calls, on the dispatcher's thread; on another one it throws std::logic_error.
  void send(std::string_view dest, const Reply& message);
  /// To be awaited. Null when the node has ended.
  PendingRpc* rpc(std::string_view dest, const Reply& message, std::chrono::nanoseconds timeout) {
    check_thread("node.rpc()");
    return has_ended_ ? nullptr : &request(dest, message, timeout, {});
  }
  void call_back(std::string_view dest, const Reply& message, std::chrono::nanoseconds timeout,
                 PendingRpc::Then then);
  void spawn(Task<void> task);
  TimerId add_timer(std::chrono::nanoseconds after, std::chrono::nanoseconds period, double jitter,
                    std::function<void()> tick);
  void cancel_timer(TimerId id);
  void wait_for_offloaded() { workers_.wait_for_all(); }
  /// For a simulation: offloaded work goes on after wait_for_offloaded() alone.
  void take_offloaded_after_waits() { workers_.take_after_waits(); }
  /// For a coroutine of this scope, which is not cancelled.
  void offload(Scope& scope, Workers::Work work, Workers::Work done);

  // What waits call.
  [[nodiscard]] ListNode& ready() { return ready_; }
  void set(Timer& timer, std::chrono::nanoseconds after);
  /// Hands the outcome on.
  void settle(PendingRpc& rpc, RpcResult outcome);
  void forget(PendingRpc& rpc);
  /// An answer of so many bytes was taken, or is gone.
  void keep_no_more(std::size_t bytes) { kept_answers_bytes_ -= bytes; }
  /// From 0 to below 1.
  [[nodiscard]] double random();
  /// What Node offers, and documents.
  [[nodiscard]] std::uint64_t random(std::uint64_t bound);
  /// One of its waits has ended, so that it goes on soon.
  [[nodiscard]] bool is_ready(const Scope& scope) const;
  /// A request that has no wait, and yet does not go on, is over. Its coroutine is kept, as
  /// somebody may know it.
  void abandon(RequestActivity& activity);
  [[nodiscard]] std::size_t pending_rpcs() const { return rpcs_.size(); }
  [[nodiscard]] std::size_t pending_requests() const { return pending_; }

  // What the dispatcher calls.
  void serve_on_this_thread() override {
    // Relaxed: a thread compares it with its own id, which it alone has stored.
    thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
  }
  void attach(pipeline::Outbox& outbox) override { outbox_ = &outbox; }
  void wake_by(std::function<void()> wake) override { workers_.wake_by(std::move(wake)); }
  void initialised() override;
  const Reply* start(const char* base, const pipeline::InRow& row, const json::Member* members,
                     const pipeline::Arrival& arrival) override;
  bool take_reply(const char* base, const pipeline::InRow& row,
                  const json::Member* members) override;
  [[nodiscard]] std::uint64_t due() const override;
  void run() override;
  [[nodiscard]] bool end() override;

 private:
  class UserTimer;

  void check_thread(const char* what) const;

  PendingRpc& request(std::string_view dest, const Reply& message, std::chrono::nanoseconds timeout,
                      PendingRpc::Then then);
  template <typename Code>
  void call(pipeline::Log::Code what, const Code& code);
  void note_blocking(Ticks begin, Ticks end, const char* who, std::string_view type = {});
  void resume_ready();
  void resume(Wait& wait);
  void wait_for(std::unique_ptr<RequestActivity> activity, const pipeline::Arrival& arrival);
  void finish(Activity& activity);
  void release(const Activity& activity);
  void cancel_timers();
  void begin_end();
  void await_offloaded();
  void cancel_others();
  void end_all();
  [[nodiscard]] bool has_room_for(std::size_t bytes) const;
  void settle_by_answer(PendingRpc& rpc, std::unique_ptr<pipeline::KeptMessage> message);
  [[nodiscard]] Ticks ticks(std::chrono::nanoseconds duration) const;
  [[nodiscard]] std::chrono::nanoseconds ns(Ticks duration) const;

  const Options& options_;
  const Clock& clock_;
  pipeline::Log& log_;
  pipeline::Outbox* outbox_ = nullptr;
  std::vector<TaskHandler> starters_;  // by type number
  std::vector<std::function<void()>> after_init_;
  std::vector<Task<void>> early_;  // spawned before `init`
  std::mt19937_64 random_;
  Timers timers_;
  ListNode ready_;  // waits that ended: their coroutines go on
  bool is_initialised_ = false;
  bool is_ending_ = false;
  bool has_ended_ = false;
  std::atomic<std::thread::id> thread_{};  // the dispatcher's; none: before the first input
  std::size_t pending_ = 0;                // requests, …
  std::size_t pending_bytes_ = 0;
  std::size_t kept_answers_bytes_ = 0;  // of RPCs, that nobody has taken yet
  std::unordered_map<std::uint64_t, std::unique_ptr<PendingRpc>> rpcs_;  // by msg_id
  std::map<TimerId, std::unique_ptr<UserTimer>> user_timers_;
  TimerId next_timer_ = 1;
  std::optional<Reply> answer_;             // of the last request that was answered at once
  std::unique_ptr<RequestActivity> spare_;  // one that did not have to wait
  ListNode activities_;
  ListNode abandoned_;                                  // of which nothing more is expected
  std::unordered_map<Scope*, std::size_t> offloading_;  // how much work, handed over before the end
  std::size_t offloaded_ = 0;                           // in all
  std::chrono::steady_clock::time_point mention_at_;    // of work that is awaited at the end
  Workers workers_;
};

}  // namespace narrows::detail
