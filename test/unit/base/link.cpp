// SPDX-License-Identifier: MIT
#include "base/link.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <random>
#include <thread>

#include "unit/doctest.hpp"

namespace narrows {
namespace {

using Lockfree = LockfreeLink<int*>;
using Mutex = MutexLink<int*>;
constexpr int kMuchMoreThanRoom = 100'000;

/// Pushes the addresses of `items` until the link refuses one; how many it took.
template <typename Link>
int fill(Link& link, std::vector<int>& items) {
  int taken = 0;
  while (taken < kMuchMoreThanRoom && link.try_push(&items[static_cast<std::size_t>(taken)])) {
    ++taken;
  }
  return taken;
}

TEST_CASE_TEMPLATE("link: first in, first out", Link, Lockfree, Mutex) {
  Link link(100);
  std::vector<int> items(100);
  for (int round = 0; round < 50; ++round) {
    for (int& item : items) REQUIRE(link.try_push(&item));
    for (int& item : items) {
      int* out = nullptr;
      REQUIRE(link.try_pop(out));
      REQUIRE(out == &item);
    }
  }
}

TEST_CASE_TEMPLATE("link: an empty link gives nothing", Link, Lockfree, Mutex) {
  Link link(4);
  int item = 0;
  int* out = &item;
  CHECK_FALSE(link.try_pop(out));
  CHECK(link.try_push(&item));
  CHECK(link.try_pop(out));
  CHECK_FALSE(link.try_pop(out));
}

TEST_CASE_TEMPLATE("link: a full link refuses and leaves the item with its owner", Link, Lockfree,
                   Mutex) {
  constexpr int kCapacity = 70;
  Link link(kCapacity);
  std::vector<int> items(kMuchMoreThanRoom);
  for (int round = 0; round < 3; ++round) {
    const int taken = fill(link, items);
    CHECK(taken >= kCapacity);
    CHECK(taken < 10 * kCapacity);
    CHECK_FALSE(link.try_push(&items.back()));
    int* out = nullptr;
    for (int i = 0; i < taken; ++i) {
      REQUIRE(link.try_pop(out));
      REQUIRE(out == &items[static_cast<std::size_t>(i)]);
    }
    CHECK_FALSE(link.try_pop(out));  // what was refused did not slip in
  }
}

TEST_CASE_TEMPLATE("link: up to its capacity it never refuses, however long it is used", Link,
                   Lockfree, Mutex) {
  for (const std::size_t capacity : {1U, 2U, 3U, 31U, 33U, 257U}) {
    Link link(capacity);
    std::vector<int> items(capacity);
    std::deque<int*> expected;
    std::mt19937 random(1);
    for (int step = 0; step < 20'000; ++step) {
      const bool push = expected.empty() || (expected.size() < capacity && random() % 2 == 0);
      if (push) {
        int* const item = &items[random() % capacity];
        REQUIRE(link.try_push(item));
        expected.push_back(item);
      } else {
        int* out = nullptr;
        REQUIRE(link.try_pop(out));
        REQUIRE(out == expected.front());
        expected.pop_front();
      }
    }
  }
}

TEST_CASE_TEMPLATE("link: pop takes what is there without waiting", Link, Lockfree, Mutex) {
  Link link(2);
  int item = 0;
  CHECK(link.try_push(&item));
  CHECK(link.pop() == &item);
}

TEST_CASE_TEMPLATE("link: pop waits for what another thread pushes, to the end marker", Link,
                   Lockfree, Mutex) {
  constexpr int kItems = 2'000;
  Link link(4);
  std::vector<int> items(kItems);
  const std::jthread producer([&] {
    for (int i = 0; i < kItems; ++i) {
      int& item = items[static_cast<std::size_t>(i)];
      item = i;  // seen by whoever pops it
      while (!link.try_push(&item)) std::this_thread::yield();
      if (i % 500 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    while (!link.try_push(nullptr)) std::this_thread::yield();
  });
  int next = 0;
  while (const int* item = link.pop()) REQUIRE(*item == next++);
  CHECK(next == kItems);
}

TEST_CASE_TEMPLATE("link: what is announced need not come, and what comes later is not missed",
                   Link, Lockfree, Mutex) {
  constexpr int kItems = 200;
  Link link(4);
  std::vector<int> items(kItems);
  const std::jthread producer([&] {
    for (int i = 0; i < kItems; ++i) {
      for (int times = 0; times < i % 3; ++times) link.announce();
      if (i % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      int& item = items[static_cast<std::size_t>(i)];
      item = i;
      while (!link.try_push(&item)) std::this_thread::yield();
    }
  });
  for (int i = 0; i < kItems; ++i) REQUIRE(*link.pop() == i);
}

TEST_CASE("link: the yields before a sleep double when they help, and halve when they do not") {
  YieldBudget budget;
  CHECK(budget.yields() == 0);
  for (const int expected : {1, 2, 4, 8, 16, 16}) {
    budget.found();
    CHECK(budget.yields() == expected);
  }
  for (const int expected : {8, 4, 2, 1, 0, 0}) {
    budget.slept();
    CHECK(budget.yields() == expected);
  }
}

}  // namespace
}  // namespace narrows
