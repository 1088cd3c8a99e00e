// SPDX-License-Identifier: MIT
// Something that a node does over time: a request whose handler waits, or a background task.
//
// Ownership: the runtime's, in a list; an activity owns its coroutine and what that refers to.
// Threads: the dispatcher's.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "narrows/detail/list.hpp"
#include "narrows/detail/timer.hpp"
#include "narrows/detail/wait.hpp"
#include "narrows/reply.hpp"
#include "narrows/task.hpp"
#include "pipeline/attendant.hpp"
#include "pipeline/log.hpp"

namespace narrows::detail {

class Activity : public ListNode {
 public:
  Activity(const Activity&) = delete;
  Activity& operator=(const Activity&) = delete;
  virtual ~Activity() = default;

  /// Its coroutine goes on, at `now`, …
  virtual void resumed(Ticks /*now*/) {}
  /// … and waits again, or has ended.
  virtual void suspended(Ticks /*now*/) {}
  [[nodiscard]] virtual bool is_done() const = 0;
  /// For the log: what it is, and a request's type.
  [[nodiscard]] virtual const char* kind() const = 0;
  [[nodiscard]] virtual std::string_view type() const { return {}; }
  /// It has ended, or is to be ended where it waits. `outbox`: null before the first input.
  virtual void finish(pipeline::Outbox* outbox, pipeline::Log& log) = 0;
  [[nodiscard]] virtual std::size_t kept_bytes() const { return 0; }

  [[nodiscard]] Scope& scope() { return scope_; }

 protected:
  explicit Activity(Runtime& runtime) : scope_(runtime, this) {}

 private:
  Scope scope_;
};

/// A request that waits for its reply.
class RequestActivity final : public Activity, private Timer {
 public:
  explicit RequestActivity(Runtime& runtime) : Activity(runtime) {}

  /// For a request, maybe after another one, which has been answered without waiting.
  void begin(const char* base, const pipeline::InRow& row, const json::Member* members,
             const pipeline::Arrival& arrival) {
    request_.assign(base, row, members, Raw::Lasts::kept);
    arrival_ = arrival;
    since_ = arrival.t3;
  }
  [[nodiscard]] const Request& request() const { return request_.view(); }
  void start(Task<Reply> task) {
    task_.emplace(std::move(task));
    task_->start(scope());
  }
  /// At this time, by its timer or when it next ends a slice of work.
  void expires(Ticks deadline) { expiry_ = deadline; }
  /// Its deadline, once it waits.
  [[nodiscard]] Timer& deadline() { return *this; }
  /// What it answers at once; of its request, it refers to the batch. Precondition: is_done(); it
  /// has not waited.
  [[nodiscard]] Reply take_at_once(pipeline::Log& log);

  void resumed(Ticks now) override;
  void suspended(Ticks now) override;
  [[nodiscard]] bool is_done() const override { return task_->is_done(); }
  [[nodiscard]] const char* kind() const override { return "a handler"; }
  [[nodiscard]] std::string_view type() const override { return request().type(); }
  void finish(pipeline::Outbox* outbox, pipeline::Log& log) override;
  [[nodiscard]] std::size_t kept_bytes() const override { return request_.bytes(); }

 private:
  void fire() override;
  [[nodiscard]] Reply take(pipeline::Log& log);

  pipeline::KeptMessage request_;
  pipeline::Arrival arrival_{};
  Ticks since_ = 0;  // when it last went on, or was suspended
  Ticks awaited_ = 0;
  Ticks expiry_ = kNever;
  bool is_expired_ = false;
  std::optional<Task<Reply>> task_;  // last: it refers to the others
};

/// What the node does of its own accord.
class BackgroundActivity final : public Activity {
 public:
  explicit BackgroundActivity(Runtime& runtime) : Activity(runtime) {}

  void start(Task<void> task) {
    task_.emplace(std::move(task));
    task_->start(scope());
  }
  [[nodiscard]] bool is_done() const override { return task_->is_done(); }
  [[nodiscard]] const char* kind() const override { return "a background task"; }
  void finish(pipeline::Outbox* outbox, pipeline::Log& log) override;

 private:
  std::optional<Task<void>> task_;
};

}  // namespace narrows::detail
