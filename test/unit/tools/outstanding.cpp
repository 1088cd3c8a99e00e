// SPDX-License-Identifier: MIT
#include "outstanding.hpp"

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

using Answer = Outstanding::Answer;

constexpr std::uint64_t kWindow = std::uint64_t{1} << 20;

/// Request i was due at i.
void add(Outstanding& outstanding, std::uint64_t from, std::uint64_t until) {
  for (; from < until; ++from) outstanding.add(static_cast<std::int64_t>(from));
}

Answer answer(Outstanding& outstanding, std::uint64_t index) {
  SendTimes times;
  return outstanding.answer(index, times);
}

std::vector<std::int64_t> waiting_since(const Outstanding& outstanding) {
  std::vector<std::int64_t> due;
  outstanding.for_each_waiting([&](std::int64_t at) { due.push_back(at); });
  return due;
}

using Times = std::vector<std::int64_t>;

TEST_CASE("outstanding: a reply is the first, then one again, and unknown before its request") {
  Outstanding outstanding;
  CHECK(answer(outstanding, 0) == Answer::unknown);
  add(outstanding, 0, 2);
  CHECK(answer(outstanding, 2) == Answer::unknown);
  CHECK(answer(outstanding, 1) == Answer::first);
  CHECK(answer(outstanding, 1) == Answer::again);
  CHECK(answer(outstanding, 0) == Answer::first);
  CHECK(answer(outstanding, 0) == Answer::again);
  CHECK(answer(outstanding, 1) == Answer::again);
  CHECK(answer(outstanding, UINT64_MAX) == Answer::unknown);
}

TEST_CASE("outstanding: the first reply is told when its request was due and written, others not") {
  Outstanding outstanding;
  for (const std::int64_t due : {10, 20, 30}) outstanding.add(due);
  outstanding.sent(1, 100);
  outstanding.sent(1, 200);
  SendTimes times;
  REQUIRE(outstanding.answer(1, times) == Answer::first);
  CHECK(times.due == 20);
  CHECK(times.sent == 200);
  REQUIRE(outstanding.answer(0, times) == Answer::first);
  CHECK(times.due == 10);
  CHECK(times.sent == 100);
  CHECK(outstanding.answer(0, times) == Answer::again);
  CHECK(outstanding.answer(3, times) == Answer::unknown);
  CHECK(times.due == 10);
  REQUIRE(outstanding.answer(2, times) == Answer::first);
  CHECK(times.sent == 30);  // answered before it was written: as if when it was due
}

TEST_CASE("outstanding: what is written after its reply came is counted past") {
  Outstanding outstanding;
  add(outstanding, 0, 2);
  CHECK(answer(outstanding, 0) == Answer::first);
  outstanding.sent(2, 500);
  SendTimes times;
  REQUIRE(outstanding.answer(1, times) == Answer::first);
  CHECK(times.sent == 500);
  CHECK(answer(outstanding, 0) == Answer::again);
}

TEST_CASE("outstanding: those that wait are counted, and visited in order") {
  Outstanding outstanding;
  CHECK(outstanding.waiting() == 0);
  CHECK(waiting_since(outstanding).empty());
  add(outstanding, 0, 5);
  for (const std::uint64_t index : {3U, 0U, 3U, 9U}) static_cast<void>(answer(outstanding, index));
  CHECK(outstanding.waiting() == 3);
  CHECK(waiting_since(outstanding) == Times{1, 2, 4});
}

TEST_CASE(
    "outstanding: behind the window a late reply is still the first, with the time it was due") {
  Outstanding outstanding;
  add(outstanding, 0, 6);
  outstanding.sent(6, 1000);
  CHECK(answer(outstanding, 2) == Answer::first);
  add(outstanding, 6, 6 + kWindow);
  CHECK(outstanding.waiting() == 5 + kWindow);
  CHECK(answer(outstanding, 2) == Answer::again);
  SendTimes times;
  for (const std::uint64_t index : {4U, 0U, 5U}) {
    REQUIRE(outstanding.answer(index, times) == Answer::first);
    CHECK(times.due == static_cast<std::int64_t>(index));
    CHECK(answer(outstanding, index) == Answer::again);
  }
  CHECK(outstanding.waiting() == 2 + kWindow);
  Times due = waiting_since(outstanding);
  REQUIRE(due.size() == 2 + kWindow);
  due.resize(4);
  CHECK(due == Times{1, 3, 6, 7});
}

TEST_CASE("outstanding: windows later every request left behind has its reply once") {
  Outstanding outstanding;
  const std::uint64_t end = 3 * kWindow + 5;
  std::uint64_t wrong = 0;
  for (std::uint64_t index = 0; index < end; ++index) {
    add(outstanding, index, index + 1);
    outstanding.sent(1, static_cast<std::int64_t>(index));
    if (index % 1000 != 0 && answer(outstanding, index) != Answer::first) ++wrong;
  }
  CHECK(outstanding.waiting() == (end + 999) / 1000);
  CHECK(waiting_since(outstanding).size() == outstanding.waiting());
  for (std::uint64_t index = 0; index < end; ++index) {
    if (answer(outstanding, index) != (index % 1000 == 0 ? Answer::first : Answer::again)) ++wrong;
  }
  CHECK(wrong == 0);
  CHECK(outstanding.waiting() == 0);
  CHECK(waiting_since(outstanding).empty());
  CHECK(answer(outstanding, end) == Answer::unknown);
}

TEST_CASE("outstanding: what is written so late that it is left behind spoils no later request") {
  Outstanding outstanding;
  add(outstanding, 0, kWindow + 2);
  outstanding.sent(2, 7'000'000);  // of those left behind
  outstanding.sent(1, 8'000'000);
  SendTimes times;
  REQUIRE(outstanding.answer(kWindow, times) == Answer::first);  // where request 0 was
  CHECK(times.sent == static_cast<std::int64_t>(kWindow));
  REQUIRE(outstanding.answer(2, times) == Answer::first);
  CHECK(times.sent == 8'000'000);
}

}  // namespace
}  // namespace narrows::tools
