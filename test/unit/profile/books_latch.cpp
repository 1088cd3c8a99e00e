// SPDX-License-Identifier: MIT
#include "profile/books_latch.hpp"

#include <atomic>
#include <thread>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

TEST_CASE("books latch: only what was let go can be borrowed") {
  BooksLatch latch;  // held by the serializer from the start
  CHECK_FALSE(latch.try_borrow());
  latch.let_go();
  CHECK(latch.try_borrow());
  CHECK_FALSE(latch.try_borrow());
  latch.give_back();
  CHECK(latch.try_borrow());
  latch.give_back();
  latch.hold();
  CHECK_FALSE(latch.try_borrow());
}

TEST_CASE("books latch: the books are with one at a time, and both see what the other did") {
  constexpr int kRounds = 50'000;
  BooksLatch latch;
  std::atomic<bool> done{false};
  long written = 0;  // plain: the latch alone orders it
  long mirrored = 0;
  bool consistent = true;
  std::jthread reporter([&] {
    while (!done.load(std::memory_order_relaxed)) {
      if (!latch.try_borrow()) continue;
      consistent = consistent && written == mirrored;
      latch.give_back();
    }
  });
  for (int round = 0; round < kRounds; ++round) {
    ++written;
    ++mirrored;
    latch.let_go();
    if (round % 64 == 0) std::this_thread::yield();
    latch.hold();
  }
  done.store(true);
  reporter.join();
  CHECK(consistent);
  CHECK(written == kRounds);
}

}  // namespace
}  // namespace narrows::profile
