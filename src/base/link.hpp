// SPDX-License-Identifier: MIT
// A link hands items from one stage's thread to the next, in order.
//
// Two implementations of one contract: LockfreeLink, which every program uses, and MutexLink, the
// plain one that tests check it against (and ThreadSanitizer can follow). NARROWS_MUTEX_LINK
// selects the latter for a whole library.
//
// Order: first in, first out. What was done before try_push() is seen after the matching pop.
// Bound: `capacity` items, allocated at construction; a full link refuses and leaves the item with
//   its owner.
// Errors: std::bad_alloc, at construction.
// Threads: one producer, one consumer.
#pragma once

#include <sched.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/concurrent_queue.hpp"
#include "base/parking.hpp"
#include "base/shake.hpp"

namespace narrows {

/// How often a consumer yields before it sleeps: doubled when it found work without sleeping,
/// halved when it had to, down to not at all, as at a low rate a yield only costs. Spinning without
/// yielding would hold the core that the other stage needs.
class YieldBudget {
 public:
  static constexpr int kMost = 16;

  [[nodiscard]] int yields() const { return yields_; }
  void found() { yields_ = std::clamp(yields_ * 2, 1, kMost); }
  void slept() { yields_ /= 2; }

 private:
  int yields_ = 0;
};

/// Without memory the queue would refuse for ever what it has room for: that is told at once.
struct QueueTraits : moodycamel::ConcurrentQueueDefaultTraits {
  static void* malloc(std::size_t bytes) {
    if (void* const memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
  }
};

/// moodycamel::ConcurrentQueue with one token a side.
template <typename Item>
class LockfreeQueue {
 public:
  explicit LockfreeQueue(std::size_t capacity)
      : queue_(capacity + 2 * kBlock, 1, 0), producer_(queue_), consumer_(queue_) {}

  bool try_push(Item item) { return queue_.try_enqueue(producer_, item); }
  bool try_pop(Item& item) { return queue_.try_dequeue(consumer_, item); }

 private:
  static constexpr std::size_t kBlock = QueueTraits::BLOCK_SIZE;

  moodycamel::ConcurrentQueue<Item, QueueTraits> queue_;
  moodycamel::ProducerToken producer_;
  moodycamel::ConsumerToken consumer_;
};

/// A ring behind a mutex.
template <typename Item>
class MutexQueue {
 public:
  explicit MutexQueue(std::size_t capacity) : ring_(capacity + 1) {}

  bool try_push(Item item) {
    const std::scoped_lock lock(mutex_);
    const std::size_t next = (tail_ + 1) % ring_.size();
    if (next == head_) return false;
    ring_[tail_] = item;
    tail_ = next;
    return true;
  }
  bool try_pop(Item& item) {
    const std::scoped_lock lock(mutex_);
    if (head_ == tail_) return false;
    item = ring_[head_];
    head_ = (head_ + 1) % ring_.size();
    return true;
  }

 private:
  std::mutex mutex_;
  std::vector<Item> ring_;
  std::size_t head_ = 0;
  std::size_t tail_ = 0;
};

/// A queue and the place where its consumer waits.
template <typename Item, template <typename> typename Queue>
class BasicLink {
 public:
  explicit BasicLink(std::size_t capacity) : queue_(capacity) {}

  /// Refuses when the link is full.
  bool try_push(Item item) {
    shake();
    if (!queue_.try_push(item)) return false;
    parking_.wake();
    return true;
  }

  /// An item is about to come: a consumer that sleeps may wake up meanwhile. From any thread.
  void announce() {
    if (parking_.has_sleeper()) parking_.wake();
  }

  /// Wakes a consumer that waits in pop_or(), whether there is an item or not. From any thread.
  void wake() { parking_.wake(); }

  bool try_pop(Item& item) {
    shake();
    if (!queue_.try_pop(item)) return false;
    budget_.found();
    return true;
  }

  /// Waits for an item: looks, yields, then sleeps. Cost: nothing while asleep.
  Item pop() {
    Item item{};
    if (try_pop(item)) return item;
    if (yield_for(item, budget_.yields())) {
      budget_.found();
      return item;
    }
    for (;;) {
      const Parking::Ticket ticket = parking_.ticket();
      if (queue_.try_pop(item)) return item;
      budget_.slept();
      parking_.sleep(ticket);
      // Woken without an item, one was announced: it is worth some yields, whatever the budget.
      if (queue_.try_pop(item) || yield_for(item, YieldBudget::kMost)) return item;
    }
  }

  /// Waits for an item, for `other()`, which wake() announces, or for the timeout. False without an
  /// item.
  template <typename Other>
  bool pop_or(Item& item, Parking::Timeout timeout, Other other) {
    if (try_pop(item)) return true;
    if (yield_for(item, budget_.yields())) {
      budget_.found();
      return true;
    }
    const Parking::Ticket ticket = parking_.ticket();
    if (queue_.try_pop(item)) return true;
    if (other()) return false;
    budget_.slept();
    parking_.sleep(ticket, timeout);
    return queue_.try_pop(item) || yield_for(item, YieldBudget::kMost);
  }

 private:
  bool yield_for(Item& item, int yields) {
    for (; yields > 0; --yields) {
      sched_yield();
      if (queue_.try_pop(item)) return true;
    }
    return false;
  }

  Queue<Item> queue_;
  Parking parking_;
  YieldBudget budget_;  // the consumer's
};

template <typename Item>
using LockfreeLink = BasicLink<Item, LockfreeQueue>;
template <typename Item>
using MutexLink = BasicLink<Item, MutexQueue>;

#if defined(NARROWS_MUTEX_LINK)
template <typename Item>
using Link = MutexLink<Item>;
#else
template <typename Item>
using Link = LockfreeLink<Item>;
#endif

}  // namespace narrows
