// SPDX-License-Identifier: MIT
// Whose the books are right now: one atomic word between the serializer and the reporter.
//
// The serializer holds them while it works and lets go of them around what may take long (`write`,
// waiting for work). Only then does the reporter borrow them, for some 50 µs.
// Threads: hold() and let_go() are the serializer's, try_borrow() and give_back() the reporter's.
#pragma once

#include <atomic>
#include <cstdint>

#include "base/shake.hpp"

namespace narrows::profile {

class BooksLatch {
 public:
  void let_go() {
    shake();
    // Release: the borrower sees all that was recorded.
    state_.store(State::free, std::memory_order_release);
  }

  void hold() {
    shake();
    State seen = State::free;
    // Acquire pairs with give_back(): the borrower's reads are over.
    while (!state_.compare_exchange_weak(seen, State::held, std::memory_order_acquire)) {
      if (seen == State::borrowed) state_.wait(State::borrowed, std::memory_order_acquire);
      seen = State::free;
    }
  }

  [[nodiscard]] bool try_borrow() {
    shake();
    State seen = State::free;
    return state_.compare_exchange_strong(seen, State::borrowed, std::memory_order_acquire);
  }

  void give_back() {
    shake();
    state_.store(State::free, std::memory_order_release);
    state_.notify_one();
  }

 private:
  enum class State : std::uint32_t { held, free, borrowed };

  std::atomic<State> state_{State::held};
};

}  // namespace narrows::profile
