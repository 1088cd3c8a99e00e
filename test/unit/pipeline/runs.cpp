// SPDX-License-Identifier: MIT
// What the serializer tells the books of each run, as seen in what playing it again says.
#include <string>

#include "unit/doctest.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using test::echo_line;
using test::line_of;
using test::StageRig;

constexpr Ticks kPause = 2'000'000;  // between two messages, in which the parser waits

/// A node that is asked something now and then, by a clock that moves a little at every reading.
struct QuietRig : StageRig {
  QuietRig() : StageRig({{"huge", [](const Request&) { return test::huge_reply(); }}}) {
    manual.set(1'000'000'000);
    init();
    manual.advance_by_itself(10);
  }

  /// After a pause the parser wakes, and reads these lines.
  void wake_and_run(std::string_view lines) {
    manual.advance(kPause);
    in.waited.input = manual.now();
    at_once(lines);
  }
  /// The parser had not to wait for these.
  void at_once(std::string_view lines) {
    manual.advance(50);
    CHECK(parse(lines));
    dispatch();
    serialize();
  }
  /// What was recorded up to now.
  profile::Slice slice() {
    books.books.turn_page(manual.now(), {}, {}, kPause);
    REQUIRE_FALSE(books.books.timeline().all().empty());
    profile::Slice sum;
    for (const profile::Slice& each : books.books.timeline().all()) sum.merge(each);
    return sum;
  }
};

std::string stats_line() { return line_of(R"("type":"bench_stats","msg_id":9)"); }

/// Nothing took longer than some readings of the clock: the pauses are nobody's work.
void check_no_pauses(const profile::Slice& slice, double messages) {
  CHECK(slice.gains.messages == messages);
  CHECK(slice.gains.latency > 0);
  CHECK(slice.gains.latency < messages * 5'000);
  for (const double saved : slice.gains.saved) CHECK(saved < messages * 500);
}

TEST_CASE("runs: the pause before a message is not the parser's work") {
  QuietRig rig;
  for (std::uint64_t i = 0; i < 10; ++i) rig.wake_and_run(echo_line(i, "1"));
  const profile::Slice slice = rig.slice();
  check_no_pauses(slice, 10);
  CHECK(slice.runs == 10);
  CHECK(slice.bytes == 10 * echo_line(1, "1").size());
}

TEST_CASE("runs: nor is the pause before a bench_stats, though its batch is booked in two parts") {
  QuietRig rig;
  for (int i = 0; i < 10; ++i) rig.wake_and_run(stats_line());
  const profile::Slice slice = rig.slice();
  check_no_pauses(slice, 10);
  CHECK(slice.bytes == 10 * stats_line().size());
}

TEST_CASE("runs: nor the one before a reply that is larger than the buffer") {
  QuietRig rig;
  const std::string line = line_of(R"("type":"huge","msg_id":1)");
  for (int i = 0; i < 10; ++i) rig.wake_and_run(line);
  check_no_pauses(rig.slice(), 10);
}

TEST_CASE("runs: nor the one before messages without a reply, if one with a reply follows") {
  QuietRig rig;
  for (std::uint64_t i = 0; i < 10; ++i) {
    rig.wake_and_run(line_of(R"("type":"echo","echo":1)"));
    rig.at_once("bad\n");
    rig.at_once(echo_line(i, "1"));
  }
  const profile::Slice slice = rig.slice();
  check_no_pauses(slice, 10);
  CHECK(slice.messages == 20);
  CHECK(slice.runs == 10);
}

TEST_CASE("runs: messages without a reply alone make no run") {
  QuietRig rig;
  for (int i = 0; i < 10; ++i) rig.wake_and_run(line_of(R"("type":"echo","echo":1)"));
  const profile::Slice slice = rig.slice();
  CHECK(slice.messages == 10);
  CHECK(slice.answered == 0);
  CHECK(slice.runs == 0);
  CHECK(slice.gains.messages == 0);
}

TEST_CASE("runs: a batch that is written in two parts is two runs of one read") {
  QuietRig rig;
  rig.wake_and_run(echo_line(1, "1") + stats_line() + echo_line(2, "2"));
  const profile::Slice slice = rig.slice();
  CHECK(slice.runs == 2);
  CHECK(slice.bytes == 2 * echo_line(1, "1").size() + stats_line().size());
  check_no_pauses(slice, 3);
}

TEST_CASE("runs: a write that waits for its reader is blocked, and no work that could be saved") {
  QuietRig rig;
  rig.books.clock_of(Stage::serialize).enter(profile::StageClock::State::busy, rig.manual.now());
  rig.wake_and_run(echo_line(0, "1"));  // a short write: its cost is known from now on
  const double before = rig.slice().gains.saved[2];
  rig.output.on_write = [&] { rig.manual.advance(1'000'000); };
  for (std::uint64_t i = 0; i < 5; ++i) rig.wake_and_run(echo_line(i, "1"));
  const profile::Slice slice = rig.slice();
  CHECK(slice.gains.latency > 5e6);
  CHECK(slice.gains.saved[2] - before < 5 * 500);
}

TEST_CASE("runs: what a handler takes is what dispatch could save") {
  StageRig rig({{"work", [&](const Request&) {
                   rig.manual.advance(10'000);
                   return reply("work_ok");
                 }}});
  rig.manual.set(1'000'000'000);
  rig.init();
  for (int i = 0; i < 10; ++i) {
    rig.manual.advance(kPause);
    rig.in.waited.input = rig.manual.now();
    rig.run(line_of(R"("type":"work","msg_id":1)"));
  }
  rig.books.books.turn_page(rig.manual.now(), {}, {}, kPause);
  const profile::Gains& gains = rig.books.books.timeline().all()[0].gains;
  CHECK(gains.latency == doctest::Approx(10 * 10'000));
  CHECK(gains.saved[0] == doctest::Approx(0));
  CHECK(gains.saved[1] == doctest::Approx(10 * 1'000));
  CHECK(gains.saved[2] == doctest::Approx(0));
}

}  // namespace
}  // namespace narrows::pipeline
