// SPDX-License-Identifier: MIT
// Threads that are started, and that end, with a word for what goes wrong.
//
// Threads: any.
#pragma once

#include <new>
#include <system_error>
#include <thread>
#include <utility>

namespace narrows {

/// Says on stderr that there is no memory, and ends the process with status 1. Takes no memory.
[[noreturn]] void end_without_memory();

/// Throws the std::system_error at hand again, saying that a thread could not be started.
[[noreturn]] void fail_to_start_thread();

/// A thread that does `work`. Where that runs out of memory, the process ends: what the thread had
/// in hand is lost, and others would wait for it. Throws std::system_error if it cannot be started.
template <typename Work>
[[nodiscard]] std::jthread start_thread(Work work) {
  try {
    return std::jthread([work = std::move(work)]() mutable {
      try {
        work();
      } catch (const std::bad_alloc&) {
        end_without_memory();
      }
    });
  } catch (const std::system_error&) {
    fail_to_start_thread();
  }
}

}  // namespace narrows
