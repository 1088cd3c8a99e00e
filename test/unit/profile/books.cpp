// SPDX-License-Identifier: MIT
#include "profile/books.hpp"

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

constexpr std::uint16_t kOther = 0;
constexpr std::uint16_t kEcho = 1;
constexpr Ticks kSlice = 100;  // short, so that a second is 2,000 ticks

/// A message that spends 1, 2, 4, … 64 ticks in the components, times `scale`; 127 in all.
Stamps planted(Ticks t0, Ticks scale = 1) {
  const auto at = [&](Ticks ticks) { return t0 + ticks * scale; };
  return {at(0), at(1), at(3), at(7), at(15), at(31), at(63), at(127)};
}

/// The run that one such message makes.
Run run_of(const Stamps& stamps) {
  Run run;
  run.received = stamps.t0;
  run.parsed = stamps.t2;
  run.dispatching = stamps.t3;
  run.dispatched = stamps.t4;
  run.serializing = stamps.t5;
  run.serialized = stamps.t6;
  run.written = stamps.t7;
  run.bytes = 96;
  return run;
}

void record(Books& books, const Stamps& stamps, std::uint16_t type = kEcho) {
  books.record(stamps, type);
  books.end_run(run_of(stamps));
}

void turn(Books& books, Ticks now) { books.turn_page(now, {}, {}, kSlice); }

TEST_CASE("books: each component is the difference of its two stamps") {
  Books books({"other", "echo"});
  record(books, planted(1'000));
  const LedgerView all = books.all();
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(all.sum(i) == (WideSum{1} << i));
    CHECK(all.largest(i) == (Ticks{1} << i));
    CHECK(all.at_rank(1, i) == static_cast<double>(1U << i));
  }
  CHECK(all.sum(kEndToEnd) == 127);
  CHECK(all.largest(kEndToEnd) == 127);
  CHECK(all.at_rank(1, kEndToEnd) == 127);
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    const auto service = static_cast<double>(2U << (2 * stage));
    CHECK(all.squares(stage) == service * service);
  }
}

TEST_CASE("books: sums and largest grow over runs") {
  Books books({"other", "echo"});
  books.record(planted(1'000, 3), kEcho);
  books.record(planted(1'100, 1), kEcho);
  books.end_run({});
  record(books, planted(2'000, 2));
  books.end_run({});  // an empty one
  const LedgerView all = books.all();
  CHECK(all.messages() == 3);
  CHECK(all.answered() == 3);
  CHECK(books.first_received() == 1'000);
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(all.sum(i) == WideSum{6} << i);
    CHECK(all.largest(i) == Ticks{3} << i);
    CHECK(all.at_rank(3, i) == static_cast<double>(3U << i));
    CHECK(all.at_rank(4, i) == 0);  // there are three
  }
}

TEST_CASE("books: a run's messages are of one latency, from end to end") {
  Books books({"other", "echo"});
  books.record({0, 1, 2, 3, 4, 5, 6, 100}, kEcho);
  books.record({0, 2, 3, 4, 5, 6, 7, 100}, kEcho);
  books.end_run({});
  CHECK(books.all().sum(kEndToEnd) == 200);
  CHECK(books.all().at_rank(2, kEndToEnd) == 100);
  CHECK(books.all().at_rank(3, kEndToEnd) == 0);
  CHECK(books.all().uneven() == 0);
}

TEST_CASE("books: sums do not overflow 64 bits") {
  Books books({"other"});
  const Ticks huge = Ticks{1} << 62;
  for (int run = 0; run < 8; ++run) {
    books.record({0, 0, huge, huge, huge, huge, huge, huge}, kOther);
    books.end_run({});
  }
  CHECK(books.all().sum(1) == WideSum{8} << 62);
  CHECK(books.all().sum(kEndToEnd) == WideSum{8} << 62);
  CHECK(books.all().sum_of_type(kOther) == WideSum{8} << 62);
  CHECK(books.all().uneven() == 0);
  const auto slowest = books.all().slowest(8);
  CHECK(slowest[1] == static_cast<double>(huge));
}

TEST_CASE("books: a message without an answer counts, but not in the latencies") {
  Books books({"other", "echo"});
  books.reset(0, {}, {}, kSlice);
  books.record_unanswered(500, kEcho);
  record(books, planted(600), kOther);
  const LedgerView all = books.all();
  CHECK(all.messages() == 2);
  CHECK(all.answered() == 1);
  CHECK(books.first_received() == 500);
  CHECK(all.at_rank(1, kEndToEnd) == 127);
  CHECK(all.at_rank(2, kEndToEnd) == 0);
  CHECK(all.count(kEcho) == 1);
  CHECK(all.answered(kEcho) == 0);
  CHECK(all.at_rank_of_type(1, kEcho) == 0);
  turn(books, kSlice);
  REQUIRE(books.timeline().all().size() == 1);
  CHECK(books.timeline().all()[0].messages == 2);
  CHECK(books.timeline().all()[0].answered == 1);
}

/// The planted message, whose handler besides was suspended for so long.
Stamps waited(Ticks t0, Ticks awaited, Ticks scale = 1) {
  Stamps stamps = planted(t0, scale);
  for (Ticks* each : {&stamps.t4, &stamps.t5, &stamps.t6, &stamps.t7}) *each += awaited;
  return stamps;
}

TEST_CASE("books: what a handler waited is no part of dispatch, and the parts still add up") {
  Books books({"other", "echo"});
  books.reset(0, {}, {}, kSlice);
  books.record_waited(waited(1'000, 5'000), 5'000, kEcho);
  const LedgerView all = books.all();
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(all.sum(i) == (WideSum{1} << i));
    CHECK(all.largest(i) == (Ticks{1} << i));
    CHECK(all.at_rank(1, i) == static_cast<double>(1U << i));
  }
  CHECK(all.squares(1) == 64);
  CHECK(all.awaited() == 1);
  CHECK(all.sum_of_awaits() == 5'000);
  CHECK(all.largest_await() == 5'000);
  CHECK(all.await_at_rank(1) == doctest::Approx(5'000).epsilon(0.001));
  CHECK(all.sum(kEndToEnd) == 5'127);
  CHECK(all.largest(kEndToEnd) == 5'127);
  CHECK(all.uneven() == 0);
  CHECK(all.messages() == 1);
  CHECK(all.answered() == 1);
  CHECK(all.sum_of_type(kEcho) == 5'127);
  CHECK(all.at_rank_of_type(1, kEcho) == doctest::Approx(5'127).epsilon(0.01));
  CHECK(all.slowest_await(1) == 5'000);
  CHECK(all.slowest(1)[3] == 8);
  turn(books, kSlice);
  const Slice& slice = books.timeline().all()[0];
  CHECK(slice.awaited == 5'000);
  CHECK(slice.answered == 1);
  CHECK(slice.messages == 1);
  CHECK(slice.components[3] == 8);
  CHECK(slice.runs == 0);
}

TEST_CASE("books: who waited may come between the messages of a run, which stay of one latency") {
  Books books({"other", "echo"});
  books.record(planted(1'000), kEcho);
  books.record_waited(waited(400, 700, 3), 700, kOther);
  books.record(planted(1'000), kEcho);
  books.record_waited(waited(300, 800), 800, kEcho);
  CHECK(books.has_run());
  CHECK(books.all().answered() == 2);  // the run is not over
  Run run = run_of(planted(1'000));
  run.messages = 2;
  books.end_run(run);
  CHECK_FALSE(books.has_run());
  const LedgerView all = books.all();
  CHECK(all.answered() == 4);
  CHECK(all.uneven() == 0);
  CHECK(all.sum(kEndToEnd) == 2 * 127 + 3 * 127 + 700 + 127 + 800);
  CHECK(all.at_rank(2, kEndToEnd) == 127);
  CHECK(all.at_rank(3, kEndToEnd) == doctest::Approx(927).epsilon(0.002));
  CHECK(all.sum_of_type(kEcho) == 2 * 127 + 927);
  CHECK(all.sum_of_type(kOther) == 3 * 127 + 700);
  CHECK(all.await_at_rank(2) == 0);  // two did not wait
  CHECK(all.await_at_rank(3) == doctest::Approx(700).epsilon(0.002));
  CHECK(all.await_at_rank(4) == doctest::Approx(800).epsilon(0.002));
  CHECK(books.first_received() == 300);
}

TEST_CASE("books: a run may consist of messages that waited alone, and is played as they left") {
  Books books({"other"});
  books.reset(0, {}, {}, kSlice);
  books.record_waited(waited(10, 90'000), 90'000, kOther);
  Run run = run_of(planted(90'000));
  run.messages = 1;
  books.end_run(run);
  turn(books, kSlice);
  const Slice& slice = books.timeline().all()[0];
  CHECK(slice.runs == 1);
  CHECK(slice.bytes == 96);
  CHECK(slice.gains.messages == 1);
  CHECK(slice.gains.latency < 1'000);
}

TEST_CASE("books: a handler that waited longer than it was dispatched makes its message uneven") {
  Books books({"other"});
  books.record_waited(planted(1'000), 9, kOther);  // t4 - t3 is 8
  CHECK(books.all().uneven() == 1);
  CHECK(books.all().answered() == 1);
}

TEST_CASE("books: what is sent of the node's own is counted by period, and is no message") {
  Books books({"other"});
  books.reset(0, {}, {}, kSlice);
  books.count_sent(3);
  for (Ticks i = 1; i <= 20; ++i) turn(books, i * kSlice);
  books.count_sent(4);
  CHECK(books.all().sent_unprompted() == 7);
  CHECK(books.last().sent_unprompted() == 3);
  CHECK(books.all().messages() == 0);
  CHECK(books.timeline().all()[0].sent_unprompted == 3);
  CHECK(books.timeline().window(0).sent_unprompted == 3);
  CHECK(books.timeline().window(1).sent_unprompted == 0);
}

TEST_CASE("books: types are kept apart, and their counts sum to all messages") {
  Books books({"other", "echo", "unseen"});
  for (Ticks i = 0; i < 5; ++i) record(books, planted(10 * i));
  for (Ticks i = 0; i < 3; ++i) record(books, planted(100, 2), kOther);
  const LedgerView all = books.all();
  CHECK(books.types() == std::vector<std::string>{"other", "echo", "unseen"});
  CHECK(all.count(kOther) == 3);
  CHECK(all.sum_of_type(kOther) == 3 * 2 * 127);
  CHECK(all.at_rank_of_type(3, kOther) == doctest::Approx(2 * 127).epsilon(0.01));
  CHECK(all.at_rank_of_type(4, kOther) == 0);
  CHECK(all.count(kEcho) == 5);
  CHECK(all.sum_of_type(kEcho) == 5 * 127);
  CHECK(all.at_rank_of_type(5, kEcho) == doctest::Approx(127).epsilon(0.01));
  CHECK(all.at_rank_of_type(6, kEcho) == 0);
  CHECK(all.count(2) == 0);
  CHECK(all.answered(2) == 0);
  CHECK(all.sum_of_type(2) == 0);
  CHECK(all.at_rank_of_type(1, 2) == 0);
}

TEST_CASE("books: types that take turns within a run are kept apart, too") {
  Books books({"other", "echo"});
  for (int i = 0; i < 9; ++i) books.record(planted(0), i % 3 == 0 ? kOther : kEcho);
  books.end_run({});
  CHECK(books.all().answered(kOther) == 3);
  CHECK(books.all().answered(kEcho) == 6);
  CHECK(books.all().sum_of_type(kOther) == 3 * 127);
  CHECK(books.all().sum_of_type(kEcho) == 6 * 127);
}

TEST_CASE("books: troubles are counted by kind, and are no messages") {
  Books books({"other"});
  books.count(Trouble::malformed_line, 3);
  books.count(Trouble::malformed_line, 2);
  books.count(Trouble::expired, 1);
  CHECK(books.all().trouble(0) == 5);
  CHECK(books.all().trouble(kTroubles - 1) == 1);
  for (std::size_t i = 1; i + 1 < kTroubles; ++i) CHECK(books.all().trouble(i) == 0);
  CHECK(books.all().messages() == 0);
}

TEST_CASE("books: troubles have the names of the contract, in its order") {
  const std::array<std::string_view, kTroubles> expected{
      "malformed_lines", "oversized_lines", "blank_lines",    "malformed_requests", "unknown_types",
      "before_init",     "init_conflicts",  "handler_errors", "late_replies",       "expired"};
  CHECK(kTroubleNames == expected);
  CHECK(static_cast<std::size_t>(Trouble::none) == kTroubles);
}

void check_empty(const LedgerView& ledger) {
  CHECK(ledger.sent_unprompted() == 0);
  CHECK(ledger.awaited() == 0);
  CHECK(ledger.sum_of_awaits() == 0);
  CHECK(ledger.largest_await() == 0);
  CHECK(ledger.await_at_rank(1) == 0);
  CHECK(ledger.slowest_await(1) == 0);
  CHECK(ledger.messages() == 0);
  CHECK(ledger.answered() == 0);
  CHECK(ledger.uneven() == 0);
  for (std::size_t i = 0; i < kSeries; ++i) {
    CHECK(ledger.sum(i) == 0);
    CHECK(ledger.largest(i) == 0);
    CHECK(ledger.at_rank(1, i) == 0);
  }
  for (std::size_t i = 0; i < kStages; ++i) CHECK(ledger.squares(i) == 0);
  for (std::size_t i = 0; i < kTroubles; ++i) CHECK(ledger.trouble(i) == 0);
  for (std::size_t i = 0; i < kLatencyRows; ++i) CHECK(ledger.row(i).messages == 0);
  for (const double part : ledger.slowest(1)) CHECK(part == 0);
  for (std::size_t i = 0; i < ledger.type_count(); ++i) {
    CHECK(ledger.count(i) == 0);
    CHECK(ledger.answered(i) == 0);
    CHECK(ledger.sum_of_type(i) == 0);
    CHECK(ledger.at_rank_of_type(1, i) == 0);
  }
}

TEST_CASE("books: a reset starts anew, in every figure") {
  Books books({"other", "echo"});
  books.reset(0, {}, {}, kSlice);
  for (Ticks second = 0; second < 3; ++second) {  // so that each ledger has something
    record(books, planted(1'000, 1'000'000));
    record(books, {0, 9, 8, 9, 9, 9, 9, 9});  // uneven
    books.record_unanswered(1'001, kOther);
    books.record_waited(waited(1'002, 77), 77, kEcho);
    books.add_others({1, 2, 3});
    books.count_sent(5);
    books.count(Trouble::blank_line, 7);
    if (second < 2) {
      for (Ticks i = 1; i <= 20; ++i) turn(books, second * 2'000 + i * kSlice);
    }
  }
  CHECK(books.last().messages() == 4);
  CHECK(books.all().messages() == 12);
  CHECK(books.all().uneven() == 3);
  CHECK(books.last().sum_of_awaits() == 77);
  CHECK(books.all().sum_of_awaits() == 3 * 77);
  std::array<StageTimes, kStages> times{};
  times[1] = {11, 12, 13};
  books.reset(5'000, times, {}, kSlice);
  check_empty(books.all());
  check_empty(books.last());
  CHECK(books.timeline().all().empty());
  CHECK(books.timeline().last_second().empty());
  CHECK(books.timeline().windows() == 0);
  CHECK(books.period_start() == 5'000);
  CHECK(books.times_at_start()[1].busy == 11);
  CHECK(books.times_at_start()[1].idle == 13);
  CHECK(books.types()[kEcho] == "echo");
  CHECK_FALSE(books.is_page_full(5'099));
  CHECK(books.is_page_full(5'100));
  record(books, planted(6'000));
  CHECK(books.all().messages() == 1);
  CHECK(books.first_received() == 6'000);
  CHECK(books.all().sum(kEndToEnd) == 127);
  CHECK(books.all().at_rank_of_type(1, kEcho) == doctest::Approx(127).epsilon(0.01));
  CHECK(books.all().at_rank_of_type(2, kEcho) == 0);
  turn(books, 6'200);
  CHECK(books.timeline().all()[0].messages == 1);  // the first of the new period
}

TEST_CASE("books: a message whose parts do not add up makes its run uneven") {
  Books books({"other"});
  record(books, {10, 10, 10, 5, 10, 10, 10, 20}, kOther);  // t3 before t2
  CHECK(books.all().uneven() == 1);
  record(books, planted(0), kOther);
  CHECK(books.all().uneven() == 1);
  books.record(planted(0), kOther);
  books.record({0, 1, 3, 7, 15, 31, 63, 126}, kOther);  // another latency than its run's
  books.end_run({});
  CHECK(books.all().uneven() == 3);
  CHECK(books.all().answered() == 4);
}

TEST_CASE("books: a negative part is seen, also when others of the run make up for it") {
  Books books({"other"});
  books.record({0, 0, 10, 5, 20, 20, 20, 20}, kOther);   // −5 in dispatch_queue …
  books.record({0, 0, 10, 20, 20, 20, 20, 20}, kOther);  // … and 10
  books.end_run({});
  CHECK(books.all().uneven() == 2);
}

TEST_CASE("books: the last second is the one that is over, and all is everything") {
  Books books({"other", "echo"});
  books.reset(0, {}, {}, kSlice);
  record(books, planted(10));
  check_empty(books.last());
  for (Ticks i = 1; i < 20; ++i) turn(books, i * kSlice);
  check_empty(books.last());
  CHECK(books.timeline().last_second().empty());
  record(books, planted(1'950, 2), kOther);
  books.count(Trouble::blank_line, 1);
  turn(books, 2'000);
  CHECK(books.last().messages() == 2);
  CHECK(books.last().sum(kEndToEnd) == 3 * 127);
  CHECK(books.last().trouble(2) == 1);
  CHECK(books.last().count(kOther) == 1);
  CHECK(books.timeline().last_second().size() == 20);
  record(books, planted(2'010, 4));
  CHECK(books.last().messages() == 2);  // still
  CHECK(books.all().messages() == 3);
  CHECK(books.all().sum(kEndToEnd) == 7 * 127);
  CHECK(books.all().at_rank(1, kEndToEnd) == 127);
  CHECK(books.all().at_rank(3, kEndToEnd) == doctest::Approx(4 * 127).epsilon(0.002));
  for (Ticks i = 21; i <= 40; ++i) turn(books, i * kSlice);
  CHECK(books.last().messages() == 1);
  CHECK(books.last().sum(kEndToEnd) == 4 * 127);
  CHECK(books.last().largest(kEndToEnd) == 4 * 127);
  CHECK(books.last().count(kOther) == 0);
  CHECK(books.all().messages() == 3);
  CHECK(books.all().trouble(2) == 1);
  CHECK(books.all().answered(kEcho) == 2);
  CHECK(books.all().squares(0) == doctest::Approx(4 + 16 + 64));
}

TEST_CASE("books: after a silence of more than a second the last second is empty") {
  for (const Ticks silence : {4'100U, 10'000U, 3'000'000'000U}) {
    Books books({"other"});
    books.reset(0, {}, {}, kSlice);
    record(books, planted(10), kOther);
    turn(books, silence);
    check_empty(books.last());
    CHECK(books.all().messages() == 1);
    CHECK(books.timeline().last_second().size() == 20);
  }
}

TEST_CASE("books: a slice has the messages, runs, bytes and parts that were recorded in it") {
  Books books({"other"});
  books.reset(0, {}, {}, kSlice);
  record(books, planted(10), kOther);
  books.record(planted(20), kOther);
  books.record(planted(20), kOther);
  books.end_run(run_of(planted(20)));
  turn(books, kSlice);
  record(books, planted(110, 2), kOther);
  turn(books, 2 * kSlice);
  turn(books, 3 * kSlice);
  const auto slices = books.timeline().all();
  REQUIRE(slices.size() == 3);
  CHECK(slices[0].messages == 3);
  CHECK(slices[0].answered == 3);
  CHECK(slices[0].runs == 2);
  CHECK(slices[0].bytes == 2 * 96);
  CHECK(slices[0].gains.messages == 3);
  CHECK(slices[1].messages == 1);
  CHECK(slices[1].runs == 1);
  CHECK(slices[1].gains.messages == 1);
  for (std::size_t i = 0; i < kComponents; ++i) {
    CHECK(slices[0].components[i] == 3.0 * (1U << i));
    CHECK(slices[1].components[i] == 2.0 * (1U << i));
  }
  CHECK(slices[2].messages == 0);
  CHECK(slices[2].runs == 0);
  CHECK(slices[2].gains.messages == 0);
}

TEST_CASE("books: a slice has its runs' overheads, each as far as the run before it goes") {
  Books books({"other"});
  books.reset(0, {}, {}, kSlice);
  const Stamps first{10, 10, 20, 25, 30, 35, 40, 45};
  record(books, first, kOther);
  Stamps second{23, 23, 33, 38, 43, 48, 53, 60};
  books.record(second, kOther);
  books.end_run(
      run_of(second));  // read in 3 after the first was parsed; handed over in 3, written in 7
  turn(books, kSlice);
  REQUIRE(books.timeline().all().size() == 1);
  CHECK(books.timeline().all()[0].overheads == std::array<double, kStages>{3, 0, 5 + 3 + 7});
  books.reset(1'000, {}, {}, kSlice);
  record(books, first, kOther);  // after a reset there is none before it
  turn(books, 1'100);
  CHECK(books.timeline().all()[0].overheads == std::array<double, kStages>{0, 0, 5});
}

TEST_CASE("run: overheads are the read, the hand-overs to a stage at work, the write") {
  using Overheads = std::array<double, kStages>;
  const Run before{{}, 100, 200, 250, 400, 450, 600, 700, 0, 0, 1};
  // Read at once; dispatch and serialize were at work when it came.
  const Run next{{}, 230, 300, 405, 500, 720, 800, 850, 20, 0, 1};
  CHECK(overheads_of(next, before, false) == Overheads{30, 5, 20 + 50 - 20});
  // The parser had waited; so had they: their waking up is no work of theirs.
  const Run later{{0, 1'000}, 1'010, 1'100, 1'150, 1'200, 1'260, 1'300, 1'400, 0, 0, 1};
  CHECK(overheads_of(later, before, false) == Overheads{10, 0, 100});
  // On one thread the parser reads when all is written.
  const Run turn{{}, 730, 800, 800, 900, 900, 950, 960, 0, 0, 1};
  CHECK(overheads_of(turn, before, true) == Overheads{30, 0, 10});
  // The parser had waited for a batch.
  Run freed = next;
  freed.waited.batch = 220;
  CHECK(overheads_of(freed, before, false)[0] == 10);
  // The second part of a read.
  Run part = next;
  part.received = before.received;
  CHECK(overheads_of(part, before, false)[0] == 0);
  // The first run of all, and stamps in no order.
  CHECK(overheads_of(next, {}, false) == Overheads{0, 0, 30});
  CHECK(overheads_of(before, later, false) == Overheads{0, 0, 100});
  CHECK(overheads_of({}, {}, false) == Overheads{0, 0, 0});
}

}  // namespace
}  // namespace narrows::profile
