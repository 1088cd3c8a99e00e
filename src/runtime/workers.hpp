// SPDX-License-Identifier: MIT
// A few threads for work that would hold up the dispatcher, and the way back to it.
//
// Bound: kThreads threads, started with the first work; the queue is as long as what was handed in.
// Threads: submit(), take_done() and the waits are the dispatcher's.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace narrows::detail {

class Workers {
 public:
  static constexpr std::size_t kThreads = 4;
  using Work = std::function<void()>;

  Workers() = default;
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  /// Finishes what was begun; what was not is dropped.
  ~Workers();

  /// Runs `work` on a thread of the pool, then `done` on the dispatcher's, by take_done(). Throws
  /// Error 11 when there is no thread, and none can be started.
  void submit(Work work, Work done);
  [[nodiscard]] bool has_done() const { return done_count_.load(std::memory_order_acquire) != 0; }
  /// In the order in which it was submitted, whichever thread was first.
  [[nodiscard]] std::vector<Work> take_done();
  /// From now on what is done can be taken after a wait alone, so that it does not hang on how long
  /// it took what there is to take.
  void take_after_waits() { takes_after_waits_ = true; }
  /// Until all that was submitted is done.
  void wait_for_all();
  /// Until there is something to take, but no longer than that.
  void wait_for_done(std::chrono::nanoseconds longest);
  /// Called, by the pool's threads, whenever there is something to take. Empty: nobody.
  void wake_by(std::function<void()> wake);

 private:
  struct Job {
    std::uint64_t number;
    Work work;
    Work done;
  };
  void run();
  void wait_for_all(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable idle_;
  std::deque<Job> waiting_;
  std::map<std::uint64_t, Work> done_;  // by the job's number
  std::uint64_t submitted_ = 0;
  std::uint64_t waited_for_ = 0;  // so many of these
  std::atomic<bool> takes_after_waits_{false};
  std::size_t running_ = 0;
  std::atomic<std::size_t> done_count_{0};
  bool ending_ = false;
  std::function<void()> wake_;
  std::vector<std::thread> threads_;
};

}  // namespace narrows::detail
