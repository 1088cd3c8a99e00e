// SPDX-License-Identifier: MIT
// Something that happens once, and that coroutines wait for: `co_await event`.
//
//   narrows::Event done;
//   co_await done;                       // one coroutine, or several
//   done.set();                          // another one, a handler or a timer
//
// Who awaits one that is set goes on at once. Set in a handler, those that wait go on after it.
// Errors: `co_await` throws Cancelled when the waits of its request end.
// Ownership: an Event outlives the waits for it: a coroutine that waits for one of somebody else's
//   holds a shared_ptr to what it lies in.
// Threads: the dispatcher's.
#pragma once

#include <coroutine>

#include "narrows/detail/list.hpp"
#include "narrows/detail/wait.hpp"
#include "narrows/task.hpp"

namespace narrows {

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() = default;

  [[nodiscard]] bool is_set() const { return is_set_; }
  /// Again: no error.
  void set() {
    is_set_ = true;
    while (waiting_.is_linked()) static_cast<Awaiter::Place&>(waiting_.next()).end();
  }

  class Awaiter final : private detail::Wait {
   public:
    explicit Awaiter(Event& event) : event_(event), place_(*this) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() override = default;

    [[nodiscard]] bool await_ready() const noexcept { return event_.is_set_; }
    template <detail::InScope Awaiting>
    bool await_suspend(std::coroutine_handle<Awaiting> awaiting) {
      if (!begin(*awaiting.promise().scope, awaiting)) return false;
      place_.join(event_.waiting_);
      return true;
    }
    void await_resume() const { check(); }

   private:
    friend class Event;
    /// Its place among those that wait for the event; a Wait has one in its scope beside.
    struct Place : detail::ListNode {
      explicit Place(Awaiter& of) : awaiter(of) {}
      void end() {
        leave();
        awaiter.end();
      }
      Awaiter& awaiter;
    };
    void forget() override { place_.leave(); }

    Event& event_;
    Place place_;
  };
  Awaiter operator co_await() { return Awaiter(*this); }

 private:
  bool is_set_ = false;
  detail::ListNode waiting_;
};

}  // namespace narrows
