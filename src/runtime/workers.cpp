// SPDX-License-Identifier: MIT
#include "runtime/workers.hpp"

#include <pthread.h>

#include <string>
#include <system_error>
#include <utility>

#include "base/signals.hpp"
#include "narrows/error.hpp"

namespace narrows::detail {

Workers::~Workers() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::submit(Work work, Work done) {
  {
    const std::scoped_lock lock(mutex_);
    waiting_.push_back({submitted_++, std::move(work), std::move(done)});
    if (waiting_.size() > threads_.size() - running_ && threads_.size() < kThreads) {
      const SignalShield shield;  // signals are other threads'
      try {
        threads_.emplace_back([this] { run(); });
      } catch (const std::system_error& error) {
        if (threads_.empty()) {
          waiting_.pop_back();
          throw Error(ErrorCode::temporarily_unavailable,
                      std::string("no thread can be started for offloaded work: ") + error.what());
        }
      }
    }
  }
  work_.notify_one();
}

std::vector<Workers::Work> Workers::take_done() {
  std::vector<Work> taken;
  const std::scoped_lock lock(mutex_);
  const auto end = takes_after_waits_ ? done_.lower_bound(waited_for_) : done_.end();
  taken.reserve(done_.size());  // before anything is taken
  for (auto at = done_.begin(); at != end; ++at) taken.push_back(std::move(at->second));
  done_.erase(done_.begin(), end);
  done_count_.store(0, std::memory_order_relaxed);
  return taken;
}

void Workers::wait_for_all() {
  std::unique_lock lock(mutex_);
  wait_for_all(lock);
}

void Workers::wait_for_all(std::unique_lock<std::mutex>& lock) {
  idle_.wait(lock, [this] { return waiting_.empty() && running_ == 0; });
  waited_for_ = submitted_;
  done_count_.store(done_.size(), std::memory_order_release);
}

void Workers::wait_for_done(std::chrono::nanoseconds longest) {
  std::unique_lock lock(mutex_);
  if (takes_after_waits_) return wait_for_all(lock);
  idle_.wait_for(lock, longest, [this] { return !done_.empty(); });
}

void Workers::wake_by(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  wake_ = std::move(wake);
}

void Workers::run() {
  pthread_setname_np(pthread_self(), "offload");
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (ending_) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    ++running_;
    lock.unlock();
    job.work();
    job.work = {};  // what it holds is gone before anybody hears of it
    lock.lock();
    --running_;
    done_.emplace(job.number, std::move(job.done));
    if (!takes_after_waits_) done_count_.store(done_.size(), std::memory_order_release);
    if (wake_) wake_();
    idle_.notify_all();
  }
}

}  // namespace narrows::detail
