// SPDX-License-Identifier: MIT
#include "profile/books.hpp"

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

constexpr std::uint16_t kOther = 0;
constexpr std::uint16_t kEcho = 1;

/// A message that spends 1, 2, 4, … 64 ticks in the components, times `scale`; 127 in all.
Stamps planted(Ticks t0, Ticks scale = 1) {
  const auto at = [&](Ticks ticks) { return t0 + ticks * scale; };
  return {at(0), at(1), at(3), at(7), at(15), at(31), at(63), at(127)};
}

TEST_CASE("books: each component is the difference of its two stamps") {
  Books books({"other", "echo"});
  books.record(planted(1'000), kEcho);
  books.end_run();
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(books.sum(i) == (WideSum{1} << i));
    CHECK(books.largest(i) == (Ticks{1} << i));
    CHECK(books.at_rank(1, i) == static_cast<double>(1U << i));
  }
  CHECK(books.sum(Books::kEndToEnd) == 127);
  CHECK(books.largest(Books::kEndToEnd) == 127);
  CHECK(books.at_rank(1, Books::kEndToEnd) == 127);
}

TEST_CASE("books: sums and largest grow over runs") {
  Books books({"other", "echo"});
  books.record(planted(1'000, 3), kEcho);
  books.record(planted(1'100, 1), kEcho);
  books.end_run();
  books.record(planted(2'000, 2), kEcho);
  books.end_run();
  books.end_run();  // an empty one
  CHECK(books.messages() == 3);
  CHECK(books.answered() == 3);
  CHECK(books.first_received() == 1'000);
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(books.sum(i) == WideSum{6} << i);
    CHECK(books.largest(i) == Ticks{3} << i);
    CHECK(books.at_rank(3, i) == static_cast<double>(3U << i));
    CHECK(books.at_rank(4, i) == 0);  // there are three
  }
  CHECK(books.sum(Books::kEndToEnd) == 6 * 127);
  CHECK(books.largest(Books::kEndToEnd) == 3 * 127);
}

TEST_CASE("books: sums do not overflow 64 bits") {
  Books books({"other"});
  const Ticks huge = Ticks{1} << 62;
  for (int run = 0; run < 8; ++run) {
    books.record({0, 0, huge, huge, huge, huge, huge, huge}, kOther);
    books.end_run();
  }
  CHECK(books.sum(1) == WideSum{8} << 62);
}

TEST_CASE("books: a message without an answer counts, but not in the latencies") {
  Books books({"other", "echo"});
  books.record_unanswered(500, kEcho);
  books.record(planted(600), kOther);
  books.end_run();
  CHECK(books.messages() == 2);
  CHECK(books.answered() == 1);
  CHECK(books.first_received() == 500);
  CHECK(books.at_rank(1, Books::kEndToEnd) == 127);
  CHECK(books.at_rank(2, Books::kEndToEnd) == 0);
  CHECK(books.types()[kEcho].count == 1);
  CHECK(books.types()[kEcho].answered == 0);
  CHECK(books.types()[kEcho].histogram == nullptr);
}

TEST_CASE("books: types are kept apart, and their counts sum to all messages") {
  Books books({"other", "echo", "unseen"});
  for (Ticks i = 0; i < 5; ++i) books.record(planted(10 * i), kEcho);
  for (Ticks i = 0; i < 3; ++i) books.record(planted(100, 2), kOther);
  books.end_run();
  CHECK(books.types()[kOther].name == "other");
  CHECK(books.types()[kOther].count == 3);
  CHECK(books.types()[kOther].sum == 3 * 2 * 127);
  CHECK(books.types()[kEcho].count == 5);
  CHECK(books.types()[kEcho].sum == 5 * 127);
  CHECK(books.types()[kEcho].histogram->count() == 5);
  CHECK(books.types()[2].count == 0);
  CHECK(books.types()[2].histogram == nullptr);
}

TEST_CASE("books: troubles are counted by kind, and are no messages") {
  Books books({"other"});
  books.count(Trouble::malformed_line, 3);
  books.count(Trouble::malformed_line, 2);
  books.count(Trouble::late_reply, 1);
  CHECK(books.trouble(0) == 5);
  CHECK(books.trouble(kTroubles - 1) == 1);
  for (std::size_t i = 1; i + 1 < kTroubles; ++i) CHECK(books.trouble(i) == 0);
  CHECK(books.messages() == 0);
}

TEST_CASE("books: troubles have the names of the contract, in its order") {
  const std::array<std::string_view, kTroubles> expected{
      "malformed_lines", "oversized_lines", "blank_lines",    "malformed_requests", "unknown_types",
      "before_init",     "init_conflicts",  "handler_errors", "late_replies"};
  CHECK(kTroubleNames == expected);
  CHECK(static_cast<std::size_t>(Trouble::none) == kTroubles);
}

TEST_CASE("books: a reset starts anew, in every figure") {
  Books books({"other", "echo"});
  books.record(planted(1'000, 1'000'000), kEcho);
  books.record_unanswered(1'001, kOther);
  books.count(Trouble::blank_line, 7);
  books.end_run();
  std::array<StageTimes, kStages> times{};
  times[1] = {11, 12, 13};
  books.reset(5'000, times);
  CHECK(books.messages() == 0);
  CHECK(books.answered() == 0);
  CHECK(books.period_start() == 5'000);
  CHECK(books.times_at_start()[1].busy == 11);
  CHECK(books.times_at_start()[1].idle == 13);
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(books.sum(i) == 0);
    CHECK(books.largest(i) == 0);
    CHECK(books.at_rank(1, i) == 0);
  }
  CHECK(books.at_rank(1, Books::kEndToEnd) == 0);
  for (std::size_t i = 0; i < kTroubles; ++i) CHECK(books.trouble(i) == 0);
  for (const auto& type : books.types()) {
    CHECK(type.count == 0);
    CHECK(type.answered == 0);
    CHECK(type.sum == 0);
  }
  CHECK(books.types()[kEcho].name == "echo");
  books.record(planted(6'000), kEcho);
  books.end_run();
  CHECK(books.messages() == 1);
  CHECK(books.first_received() == 6'000);
  CHECK(books.sum(Books::kEndToEnd) == 127);
  CHECK(books.types()[kEcho].histogram->count() == 1);
}

}  // namespace
}  // namespace narrows::profile
