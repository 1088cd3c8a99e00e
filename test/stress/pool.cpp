// SPDX-License-Identifier: MIT
// A million takes from a pool: no batch is with two owners, none is lost, the long one is one.
#include "pipeline/pool.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "stress/stress.hpp"
#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

const std::uint64_t all_takes = test::stress_count();
constexpr std::size_t kBatches = 4;

struct Batch {
  bool is_long = false;
  bool is_out = false;  // plain: handed over by the pool and the link alone
  std::uint64_t number = 0;
};

Pool<Batch> make_pool() {
  std::vector<std::unique_ptr<Batch>> batches(kBatches);
  for (auto& batch : batches) batch = std::make_unique<Batch>();
  return {std::move(batches), std::make_unique<Batch>()};
}

struct Rig {
  Batch& take(bool long_one) { return pool.take(long_one, stage, meter, clock); }

  Pool<Batch> pool = make_pool();
  profile::StageClock stage;
  profile::WorkMeter meter;
  Clock clock = Clock::system();
};

TEST_CASE("stress: what is put or given back is taken again, the last first") {
  Rig rig;
  std::vector<Batch*> out;
  for (std::size_t i = 0; i < kBatches; ++i) out.push_back(&rig.take(false));
  for (std::size_t i = 1; i < kBatches; ++i) CHECK(out[i] != out[i - 1]);
  Batch& long_one = rig.take(true);
  CHECK(long_one.is_long);
  rig.pool.give_back(*out[1]);
  rig.pool.give_back(long_one);
  rig.pool.put_back(*out[2]);
  CHECK(&rig.take(true) == &long_one);
  CHECK(&rig.take(false) == out[1]);
  CHECK(&rig.take(false) == out[2]);
}

TEST_CASE("stress: a million takes on one thread") {
  Rig rig;
  std::mt19937 random(test::stress_seed() + 1);
  std::vector<Batch*> out;
  bool has_long = false;
  std::uint64_t takes = 0;
  while (takes != all_takes) {
    const bool long_one = random() % 8 == 0 && !has_long;
    const std::size_t short_ones = out.size() - (has_long ? 1 : 0);
    if (random() % 2 == 0 && (long_one || short_ones < kBatches)) {
      Batch& batch = rig.take(long_one);
      REQUIRE(batch.is_long == long_one);
      REQUIRE_FALSE(std::exchange(batch.is_out, true));
      has_long = has_long || long_one;
      out.push_back(&batch);
      ++takes;
    } else if (!out.empty()) {
      std::swap(out[random() % out.size()], out.back());
      Batch& batch = *out.back();
      out.pop_back();
      REQUIRE(std::exchange(batch.is_out, false));
      has_long = has_long && !batch.is_long;
      rig.pool.give_back(batch);
    }
  }
}

TEST_CASE("stress: a million batches from a pool to another thread and back") {
  Rig rig;
  Link<Batch*> link(kBatches + 2);
  bool is_right = true;  // the taker's
  std::jthread taker([&] {
    std::mt19937 random(test::stress_seed() + 2);
    for (std::uint64_t number = 0; number < all_takes; ++number) {
      const bool long_one = random() % 16 == 0;
      Batch& batch = rig.take(long_one);
      is_right = is_right && !std::exchange(batch.is_out, true) && batch.is_long == long_one;
      batch.number = number;
      is_right = is_right && link.try_push(&batch);
      if (random() % 5'000 == 0) std::this_thread::yield();
    }
    is_right = is_right && link.try_push(nullptr);
  });
  std::mt19937 random(test::stress_seed() + 3);
  std::uint64_t next = 0;
  while (Batch* const batch = link.pop()) {
    REQUIRE(batch->number == next++);
    REQUIRE(std::exchange(batch->is_out, false));
    if (random() % 5'000 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
    rig.pool.give_back(*batch);
  }
  taker.join();
  CHECK(is_right);
  CHECK(next == all_takes);
}

}  // namespace
}  // namespace narrows::pipeline
