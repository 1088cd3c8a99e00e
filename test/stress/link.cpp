// SPDX-License-Identifier: MIT
// A million self-checking items in recycled batches, through the links that the library is built
// with: first on one thread, then on two.
//
//   producer ──filled──▶ consumer
//      ▲                    │
//      └───────free─────────┘
#include "base/link.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <random>
#include <thread>
#include <vector>

#include "stress/stress.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

const std::uint64_t all_items = test::stress_count();
constexpr std::size_t kBatches = 8;
constexpr std::size_t kMost = 64;  // items in a batch

/// Plain memory: handed over by the links alone.
struct Batch {
  std::size_t size = 0;
  std::array<std::uint64_t, kMost> items{};
  std::uint64_t check = 0;
};

std::uint64_t mixed(std::uint64_t item) {
  item ^= item >> 31;
  return item * 0x9E3779B97F4A7C15;
}

/// Writes numbers in order, in batches of random sizes.
class Producer {
 public:
  void fill(Batch& batch) {
    batch.size = std::min<std::uint64_t>(1 + random_() % kMost, all_items - next_);
    batch.check = 0;
    for (std::size_t i = 0; i < batch.size; ++i) {
      batch.items[i] = mixed(next_++);
      batch.check += batch.items[i];
    }
  }
  [[nodiscard]] bool is_done() const { return next_ == all_items; }

 private:
  std::mt19937 random_{test::stress_seed() + 1};
  std::uint64_t next_ = 0;
};

/// Looks whether every number comes once, in order; then wipes the batch.
class Consumer {
 public:
  void check(Batch& batch) {
    std::uint64_t check = 0;
    for (std::size_t i = 0; i < batch.size; ++i) {
      is_right_ = is_right_ && batch.items[i] == mixed(next_++);
      check += std::exchange(batch.items[i], 0);
    }
    is_right_ = is_right_ && check == batch.check && batch.size != 0;
    batch.size = 0;
  }
  void pause_now_and_then() {
    const auto kind = random_() % 1'000;
    if (kind < 2) std::this_thread::sleep_for(std::chrono::microseconds(50));
    if (kind < 20) std::this_thread::yield();
  }
  [[nodiscard]] bool is_right() const { return is_right_; }
  [[nodiscard]] std::uint64_t seen() const { return next_; }

 private:
  std::mt19937 random_{test::stress_seed() + 2};
  std::uint64_t next_ = 0;
  bool is_right_ = true;
};

struct Links {
  Links() {
    for (Batch& batch : batches) REQUIRE(free.try_push(&batch));
  }
  std::array<Batch, kBatches> batches;
  Link<Batch*> filled{kBatches + 1};  // and the end
  Link<Batch*> free{kBatches};
};

TEST_CASE("stress: a million items through the links on one thread") {
  Links links;
  Producer producer;
  Consumer consumer;
  std::mt19937 random(test::stress_seed() + 3);
  while (consumer.seen() != all_items) {
    Batch* batch = nullptr;
    if (random() % 2 == 0 && !producer.is_done() && links.free.try_pop(batch)) {
      producer.fill(*batch);
      REQUIRE(links.filled.try_push(batch));
    } else if (links.filled.try_pop(batch)) {
      consumer.check(*batch);
      REQUIRE(links.free.try_push(batch));
    }
    REQUIRE(consumer.is_right());
  }
}

TEST_CASE("stress: a million items through the links between two threads, one of which pauses") {
  Links links;
  Producer producer;
  Consumer consumer;
  bool was_refused = false;
  std::jthread thread([&] {
    while (!producer.is_done()) {
      Batch* const batch = links.free.pop();
      producer.fill(*batch);
      was_refused = was_refused || !links.filled.try_push(batch);
    }
    was_refused = was_refused || !links.filled.try_push(nullptr);
  });
  while (Batch* const batch = links.filled.pop()) {
    consumer.check(*batch);
    consumer.pause_now_and_then();
    REQUIRE(links.free.try_push(batch));
  }
  thread.join();
  CHECK_FALSE(was_refused);
  CHECK(consumer.is_right());
  CHECK(consumer.seen() == all_items);
  Batch* left = nullptr;
  CHECK_FALSE(links.filled.try_pop(left));
  for (std::size_t i = 0; i < kBatches; ++i) CHECK(links.free.try_pop(left));  // all came back
  CHECK_FALSE(links.free.try_pop(left));
}

}  // namespace
}  // namespace narrows
