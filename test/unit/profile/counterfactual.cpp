// SPDX-License-Identifier: MIT
// What a tenth less work is worth, in tandems that are worked out by hand.
#include "profile/counterfactual.hpp"

#include <cmath>
#include <limits>
#include <random>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

constexpr double kMost = 1'024;
constexpr std::size_t kBatches = 64;
using Values = std::array<double, kStages>;

/// How long a run's parts take.
struct Work {
  Ticks read = 0;
  Ticks parse = 0;
  Ticks dispatch_lag = 0;
  Ticks dispatch = 0;
  Ticks serialize_lag = 0;
  Ticks serialize = 0;
  Ticks write = 0;    // of it …
  Ticks blocked = 0;  // … waiting
};

/// Makes runs as three stages would.
struct Tandem {
  bool one_thread = false;
  Run last{};

  /// The parser had waited until `woken`; or, with 0, reads when it is done with the run before.
  Run next(Ticks woken, std::uint32_t messages, const Work& work) {
    Run run;
    run.waited.input = woken;
    run.messages = messages;
    const Ticks begin = woken != 0 ? woken : one_thread ? last.written : last.parsed;
    run.received = begin + work.read;
    run.parsed = run.received + work.parse;
    run.dispatching = std::max(run.parsed, last.dispatched) + work.dispatch_lag;
    run.dispatched = run.dispatching + work.dispatch;
    run.serializing = std::max(run.dispatched, last.written) + work.serialize_lag;
    run.serialized = run.serializing + work.serialize;
    run.written = run.serialized + work.write;
    run.blocked = work.blocked;
    last = run;
    return run;
  }
};

void check_saved(const Gains& gains, const Values& saved) {
  for (std::size_t i = 0; i < kStages; ++i) CHECK(gains.saved[i] == doctest::Approx(saved[i]));
}

TEST_CASE("counterfactual: of single messages far apart a tenth of each stage's work is saved") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  for (Ticks i = 0; i < 50; ++i) {
    played.add(tandem.next(1'000'000 + i * 100'000, 1, {100, 200, 50, 300, 70, 400, 500, 0}));
  }
  const Gains gains = played.play();
  CHECK(gains.messages == 50);
  CHECK(gains.latency == doctest::Approx(50 * 1'620));
  check_saved(gains, {50 * 30, 50 * 30, 50 * 90});  // with the read, and the write
}

TEST_CASE("counterfactual: waiting for the reader of stdout gets no shorter") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  for (Ticks i = 0; i < 50; ++i) {
    played.add(tandem.next(1'000'000 + i * 100'000, 1, {100, 200, 50, 300, 70, 400, 500, 300}));
  }
  const Gains gains = played.play();
  CHECK(gains.latency == doctest::Approx(50 * 1'620));
  check_saved(gains, {50 * 30, 50 * 30, 50 * 60});
}

TEST_CASE("counterfactual: a stage with more work than time saves its queue as well") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  for (Ticks i = 1; i <= 10; ++i) {
    played.add(tandem.next(1'000 * i, 1, {0, 200, 0, 1'100, 0, 100, 0, 0}));
  }
  const Gains gains = played.play();
  // The first takes 1,400, each further one 100 more; a tenth faster there is no queue.
  CHECK(gains.latency == doctest::Approx(10 * 1'400 + 100 * 45));
  check_saved(gains, {10 * 20, 10 * 110 + 100 * 45, 10 * 10});
}

TEST_CASE(
    "counterfactual: a faster parser finds less in its next read, and is done with it sooner") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  played.add(tandem.next(1'000, 1, {0, 1'000, 0, 0, 0, 0, 0, 0}));
  // Ten came meanwhile: after 50, 150, … 950.
  played.add(tandem.next(0, 10, {0, 1'000, 0, 0, 0, 0, 0, 0}));
  const Gains gains = played.play();
  CHECK(gains.messages == 11);
  CHECK(gains.latency == doctest::Approx(1'000 + 10 * 2'000 - 5'000));
  // After 900 nine are there, and done with at 1,710; the tenth at 1,800.
  check_saved(gains, {16'000 - (900 + 9 * 1'710 - 4'050 + 1'800 - 950), 0, 0});
}

TEST_CASE("counterfactual: messages come in groups as large as those that ended a wait") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  played.add(tandem.next(1'000, 2, {0, 1'000, 0, 0, 0, 0, 0, 0}));
  // Six pairs came meanwhile: in the middle of each sixth.
  played.add(tandem.next(0, 12, {0, 1'000, 0, 0, 0, 0, 0, 0}));
  const Gains gains = played.play();
  CHECK(gains.latency == doctest::Approx(2 * 1'000 + 12 * 2'000 - 6'000));
  // After 900 five pairs are there, and done with at 1,650; the sixth at 1,800.
  check_saved(gains, {20'000 - (2 * 900 + 10 * 1'650 + 2 * 1'800 - 6'000), 0, 0});
}

TEST_CASE("counterfactual: a whole batch waits for the work on all of it") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  for (Ticks i = 1; i <= 5; ++i) {
    played.add(tandem.next(1'000'000 * i, 20, {100, 400, 0, 600, 0, 200, 300, 0}));
  }
  const Gains gains = played.play();
  CHECK(gains.messages == 100);
  CHECK(gains.latency == doctest::Approx(100 * 1'600));
  check_saved(gains, {100 * 50, 100 * 60, 100 * 50});
}

TEST_CASE("counterfactual: no more than fit come with one read") {
  Counterfactual played(false, 4, kBatches);
  Tandem tandem;
  played.add(tandem.next(1'000, 10, {0, 1'000, 0, 0, 0, 0, 0, 0}));
  // 4, 4 and 2 of them, done with at 400, 800 and 1,000.
  const Gains gains = played.play();
  CHECK(gains.latency == doctest::Approx(4 * 400 + 4 * 800 + 2 * 1'000));
  check_saved(gains, {gains.latency / 10, 0, 0});
}

TEST_CASE("counterfactual: on one thread each stage's work holds up all that comes") {
  Counterfactual played(true, kMost, kBatches);
  Tandem tandem{true, {}};
  played.add(tandem.next(1'000, 1, {0, 100, 0, 200, 0, 300, 0, 0}));
  played.add(tandem.next(0, 2, {0, 200, 0, 400, 0, 600, 0, 0}));  // came after 150 and 450
  const Gains gains = played.play();
  CHECK(gains.latency == doctest::Approx(600 + 2 * 1'800 - 600));
  check_saved(gains, {10 + 2 * 30, 20 + 2 * 60, 30 + 2 * 90});
}

TEST_CASE("counterfactual: on three threads the same work overlaps") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  played.add(tandem.next(1'000, 1, {0, 100, 0, 200, 0, 300, 0, 0}));
  played.add(tandem.next(0, 2, {0, 200, 0, 400, 0, 600, 0, 0}));  // came after 25 and 75
  const Gains gains = played.play();
  // Written after 600, and 1,300: parsed after 300, dispatched after 700.
  CHECK(gains.latency == doctest::Approx(600 + 2 * 1'300 - 100));
  // The second batch waits for the first one's dispatch, whose own work counts for it, too.
  check_saved(gains, {10 + 2 * 10, 20 + 2 * 40, 30 + 2 * 60});
}

TEST_CASE("counterfactual: what was written in two parts was read once") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  Run first = tandem.next(1'000, 1, {100, 200, 0, 100, 0, 100, 0, 0});
  Run second = first;
  second.waited = {};
  second.parsed = first.parsed + 200;
  second.dispatching = second.parsed;
  second.dispatched = second.dispatching + 200;
  second.serializing = second.dispatched;
  second.serialized = second.written = second.serializing + 200;
  played.add(first);
  played.add(second);
  const Gains gains = played.play();
  // One batch of both: 100 to read, 400 to parse, 300 to dispatch, 300 to serialize.
  CHECK(gains.latency == doctest::Approx(2 * 1'100));
  check_saved(gains, {2 * 50, 2 * 30, 2 * 30});
}

TEST_CASE("counterfactual: the rows have all messages, and what they saved") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  for (Ticks i = 0; i < 40; ++i) {
    const Ticks dispatch = i % 10 == 9 ? 100'000 : 300;
    played.add(tandem.next(1'000'000 * (i + 1), 1, {0, 200, 0, dispatch, 0, 400, 0, 0}));
  }
  const Gains gains = played.play();
  const Gains::Row& usual = gains.rows[latency_row(900)];
  const Gains::Row& slow = gains.rows[latency_row(100'600)];
  CHECK(usual.messages == 36);
  CHECK(slow.messages == 4);
  CHECK(usual.saved[1] == doctest::Approx(36 * 30));
  CHECK(slow.saved[0] == doctest::Approx(4 * 20));
  CHECK(slow.saved[1] == doctest::Approx(4 * 10'000));
  CHECK(slow.saved[2] == doctest::Approx(4 * 40));
}

TEST_CASE(
    "counterfactual: each play is of what came since the last one, and hangs together with it") {
  Tandem tandem;
  Counterfactual whole(false, kMost, kBatches);
  Counterfactual parts(false, kMost, kBatches);
  CHECK(parts.play().messages == 0);
  Gains sum;
  for (Ticks i = 0; i < 60; ++i) {
    // Back to back, now and then a pause: all of a round's runs in one of the parts.
    const Run run =
        tandem.next(i % 10 == 0 ? 1'000'000 * (i + 1) : 0, 3, {20, 200, 10, 250, 10, 300, 40, 0});
    whole.add(run);
    parts.add(run);
    if (i % 10 == 9) sum.merge(parts.play());
  }
  const Gains gains = whole.play();
  CHECK(sum.messages == gains.messages);
  CHECK(sum.latency == doctest::Approx(gains.latency));
  for (std::size_t i = 0; i < kStages; ++i) {
    CHECK(sum.saved[i] == doctest::Approx(gains.saved[i]));
  }
  CHECK(sum.saved[2] > 0);
  CHECK(parts.play().messages == 0);
  CHECK(parts.play().latency == 0);
}

TEST_CASE("counterfactual: what is played in parts is one whole") {
  // Dispatch has a little more work than time: its queue, and what a tenth saves, grow on.
  constexpr auto kRuns = static_cast<double>(3 * Counterfactual::kPartRuns);
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  for (Ticks i = 1; i <= static_cast<Ticks>(kRuns); ++i) {
    played.add(tandem.next(1'000 * i, 1, {0, 200, 0, 1'010, 0, 100, 0, 0}));
  }
  const Gains gains = played.play();
  CHECK(gains.messages == kRuns);
  const double queue = 10 * kRuns * (kRuns - 1) / 2;
  CHECK(gains.latency == doctest::Approx(kRuns * 1'310 + queue));
  check_saved(gains, {kRuns * 20, kRuns * 101 + queue, kRuns * 10});
}

TEST_CASE(
    "counterfactual: what is beyond the most parts is left out, but the next run follows it") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  constexpr auto kRuns = static_cast<Ticks>(Counterfactual::kMostParts * Counterfactual::kPartRuns);
  for (Ticks i = 1; i <= kRuns + 9; ++i) {
    played.add(tandem.next(100'000 * i, 2, {0, 200, 0, 300, 0, 400, 0, 0}));
  }
  const Gains first = played.play();
  CHECK(first.messages == 2 * static_cast<double>(kRuns));
  CHECK(first.latency == doctest::Approx(2 * 900 * static_cast<double>(kRuns)));
  // Read as soon as the one before was parsed, 200 later than its own read: one came in between.
  played.add(tandem.next(0, 1, {0, 100, 0, 100, 0, 100, 0, 0}));
  const Gains second = played.play();
  CHECK(second.messages == 1);
  // Came after 100, read after 200, parsed after 300; dispatch and serialize were still at work.
  CHECK(second.latency == doctest::Approx(1'000 - 100));
  // The state at its beginning is as it was: only its own work gets less.
  check_saved(second, {0, 0, 10});
}

TEST_CASE("counterfactual: a parser that waits for a batch finds what came meanwhile") {
  constexpr std::size_t kTwo = 2;
  Counterfactual played(false, kMost, kTwo);
  Tandem tandem;
  played.add(tandem.next(1'000, 1, {0, 100, 0, 10'000, 0, 0, 0, 0}));  // home at 11,100
  played.add(tandem.next(0, 1, {0, 100, 0, 0, 0, 0, 0, 0}));  // came in these 100, read at 1,100
  // The two batches are out until 11,100. Ten came in that time, the first at 1,600.
  Run late;
  late.messages = 10;
  late.waited.batch = late.received = 11'100;
  late.parsed = late.dispatching = late.dispatched = 12'100;
  late.serializing = late.serialized = late.written = 12'100;
  played.add(late);
  const Gains gains = played.play();
  CHECK(gains.latency == doctest::Approx(10'100 + 10'050 + 10 * (12'100 - 6'100)));
  // With a tenth less in dispatch all is done 1,000 earlier, but that the last of the ten is then
  // read by itself: they came every 1,000 from 1,600 on, and the read is at 10,100.
  CHECK(gains.saved[1] > 11'000);
  CHECK(gains.saved[1] < 13'000);
  CHECK(gains.saved[0] < 2'500);
}

TEST_CASE("counterfactual: a reset leaves nothing of what was before") {
  Counterfactual played(false, kMost, kBatches);
  Tandem tandem;
  for (Ticks i = 1; i <= 200; ++i) {
    played.add(tandem.next(100'000 * i, 1, {0, 200, 0, 300, 0, 400, 0, 0}));
  }
  played.reset();
  CHECK(played.play().messages == 0);
  tandem.last = {};
  played.add(tandem.next(5'000, 1, {0, 200, 0, 300, 0, 400, 0, 0}));
  const Gains gains = played.play();
  CHECK(gains.messages == 1);
  CHECK(gains.latency == doctest::Approx(900));
  check_saved(gains, {20, 30, 40});
}

TEST_CASE("counterfactual: gains add up") {
  Gains a;
  a.messages = 1;
  a.latency = 2;
  a.saved = {3, 4, 5};
  a.rows[7] = {6, {7, 8, 9}};
  Gains b = a;
  b.rows[8] = {1, {1, 1, 1}};
  a.merge(b);
  CHECK(a.messages == 2);
  CHECK(a.latency == 4);
  CHECK(a.saved == Values{6, 8, 10});
  CHECK(a.rows[7].messages == 12);
  CHECK(a.rows[7].saved[2] == 18);
  CHECK(a.rows[8].messages == 1);
}

/// Stamps that a bug, or a clock that differs between threads, may give.
Run odd_run(std::mt19937_64& random, Ticks about) {
  const auto stamp = [&]() -> Ticks {
    switch (random() % 8) {
      case 0: return 0;
      case 1: return about;  // the same as others
      case 2: return random();
      case 3: return ~Ticks{0};
      default: return about + random() % 3'000;
    }
  };
  Run run;
  if (random() % 2 == 0) run.waited = {stamp(), stamp()};
  run.received = stamp();
  run.parsed = stamp();
  run.dispatching = stamp();
  run.dispatched = stamp();
  run.serializing = stamp();
  run.serialized = stamp();
  run.written = stamp();
  run.blocked = random() % 4 == 0 ? stamp() : 0;
  run.messages = static_cast<std::uint32_t>(random() % 2'000);
  return run;
}

TEST_CASE("counterfactual: odd stamps end, and give finite sums") {
  std::mt19937_64 random(1);
  for (int trial = 0; trial < 100; ++trial) {
    Counterfactual played(trial % 2 == 0, trial % 3 == 0 ? 7 : kMost, kBatches);
    for (int slice = 0; slice < 3; ++slice) {
      const std::size_t runs = random() % 140;
      for (std::size_t i = 0; i < runs; ++i) {
        played.add(odd_run(random, trial % 5 == 0 ? 0 : 1'000'000 + 500 * i));
      }
      const Gains gains = played.play();
      CHECK(std::isfinite(gains.latency));
      CHECK(gains.messages >= 0);
      double in_rows = 0;
      for (const Gains::Row& row : gains.rows) {
        in_rows += static_cast<double>(row.messages);
        for (const float saved : row.saved) CHECK(std::isfinite(saved));
      }
      CHECK(in_rows == doctest::Approx(gains.messages));
      for (const double saved : gains.saved) CHECK(std::isfinite(saved));
    }
  }
}

TEST_CASE("counterfactual: runs whose stamps are all equal, or zero, cost and save nothing") {
  for (const Ticks at : {Ticks{0}, Ticks{77}, ~Ticks{0}}) {
    for (const Ticks woken : {Ticks{0}, at}) {
      Counterfactual played(false, kMost, kBatches);
      for (int i = 0; i < 10; ++i) played.add({{0, woken}, at, at, at, at, at, at, at, 0, 0, 5});
      const Gains gains = played.play();
      CHECK(gains.messages == 50);
      CHECK(gains.latency == 0);
      check_saved(gains, {0, 0, 0});
    }
  }
}

TEST_CASE("counterfactual: a run without messages is none") {
  Counterfactual played(false, kMost, kBatches);
  played.add({});
  Run run{{0, 1'000}, 1'000, 1'100, 1'100, 1'200, 1'200, 1'300, 1'300, 0, 0, 1};
  played.add(run);
  run.messages = 0;
  played.add(run);
  const Gains gains = played.play();
  CHECK(gains.messages == 1);
  CHECK(gains.latency == doctest::Approx(300));
}

}  // namespace
}  // namespace narrows::profile
