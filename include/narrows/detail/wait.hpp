// SPDX-License-Identifier: MIT
// What every `co_await` is made of: a Wait, in a Scope whose waits can be ended together.
//
// A coroutine that waits is resumed by the node's loop, never from inside of what ended its wait:
// no user code runs in the middle of other user code.
// Ownership: a Wait lies in the frame of the coroutine that waits, and leaves all lists with it; a
//   Scope lies in what started the coroutine.
// Threads: the dispatcher's.
#pragma once

#include <coroutine>

#include "narrows/detail/list.hpp"
#include "narrows/error.hpp"

namespace narrows {

/// Thrown by a `co_await` that ends before what it waits for has come: the request's deadline has
/// passed, the node ends, or another one of several was enough. Later waits throw it as well; after
/// a hundred of them the coroutine is ended where it waits.
class Cancelled : public Error {
 public:
  using Error::Error;
};

namespace detail {

class Runtime;
class Scope;

/// Begun and ended once, or several times in turn.
class Wait : private ListNode {
 public:
  /// Suspends `coroutine` until end() or until the scope is cancelled. False: it is cancelled
  /// already, so do not suspend. Who tries that again and again is suspended for good.
  bool begin(Scope& scope, std::coroutine_handle<> coroutine);
  /// What it waited for is there; the loop resumes the coroutine soon.
  void end();
  /// Of a wait that ended: throws Cancelled if that is why.
  void check() const;

 protected:
  Wait() = default;
  virtual ~Wait() = default;

 private:
  friend class Scope;
  friend class Runtime;
  /// Cancelled: what would have ended it must forget it.
  virtual void forget() {}

  Scope* scope_ = nullptr;
  std::coroutine_handle<> coroutine_;
  bool is_waiting_ = false;
  bool is_cancelled_ = false;
};

/// The waits of one request, or of a background task, and of all that it awaits.
class Scope {
 public:
  /// `owner`: whatever the runtime knows the scope's coroutines by.
  Scope(Runtime& runtime, void* owner) : runtime_(runtime), owner_(owner) {}
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  /// Ends all waits, and all that come; `why`: a literal.
  void cancel(const char* why);
  [[nodiscard]] bool is_cancelled() const { return why_ != nullptr; }
  [[nodiscard]] const char* why() const { return why_; }
  /// Waits that have not ended.
  [[nodiscard]] bool has_waits() const { return waits_.is_linked(); }
  /// Its coroutines have gone on waiting all the same, as a loop does that catches Cancelled: they
  /// would never end, and are to be destroyed where they wait.
  [[nodiscard]] bool is_given_up() const { return refused_ >= kMostRefused; }

  [[nodiscard]] Runtime& runtime() const { return runtime_; }
  [[nodiscard]] void* owner() const { return owner_; }

 private:
  friend class Wait;

  Runtime& runtime_;
  void* const owner_;
  static constexpr int kMostRefused = 100;

  const char* why_ = nullptr;
  int refused_ = 0;  // waits
  ListNode waits_;
};

}  // namespace detail
}  // namespace narrows
