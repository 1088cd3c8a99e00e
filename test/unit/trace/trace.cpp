// SPDX-License-Identifier: MIT
// Which messages are traced, and what is handed over of them.
#include "pipeline/trace.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unit/doctest.hpp"
#include "unit/hand_batch.hpp"
#include "unit/manual_clock.hpp"

namespace narrows::pipeline {
namespace {

constexpr Ticks kQuarter = 250'000'000;  // of a second, on a clock that counts nanoseconds

/// The books of one long stream: runs of rows with stamps that only grow.
class Stream {
 public:
  explicit Stream(std::uint64_t every) : tracer({"other", "echo"}, every, clock_, parking) {}

  /// One more row of the run at hand.
  void add(std::uint8_t flags, bool new_chain = false) {
    if (batch_.row_count == 0 || new_chain) {
      flags |= OutFlags::kNewOrigin;
      now_ += 3;
      chain_ = {now_, now_ + 1, now_ + 2};
      batch_.origins[batch_.origin_count++] = chain_;
    }
    OutRow& row = batch_.rows[batch_.row_count];
    row.flags = flags;
    row.t2 = now_ += 2;
    row.t4 = now_ += 1;
    const Ticks t5 = batch_.row_count == 0 ? now_ + 1 : t6_[batch_.row_count - 1];
    if (batch_.row_count == first_) t5_ = t5;
    t6_[batch_.row_count] = now_ += 2;
    row.msg_id = messages_;
    row.in_reply_to = "1234567890123456789";
    row.in_reply_to_length = static_cast<std::uint8_t>(1 + messages_ % 19);
    row.request_type = 1;
    rows_.push_back(
        {{chain_.t0, chain_.t1, row.t2, chain_.t3, row.t4, t5, t6_[batch_.row_count], 0},
         row.msg_id,
         0,
         1,
         false,
         false,
         true,
         0});
    counted_.push_back(is_answered(flags));
    if (counted_.back()) ++messages_;
    chain_.t1 = row.t2;
    chain_.t3 = row.t4;
    ++batch_.row_count;
  }

  static bool is_answered(std::uint8_t flags) {
    return (flags & OutFlags::kMessage) != 0 && (flags & OutFlags::kAnswer) != 0 &&
           (flags & OutFlags::kReset) == 0;
  }

  /// The rows since the last run were written, after so long.
  void write(Ticks after = 1) {
    now_ += after;
    std::uint64_t answered = 0;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!counted_[i]) continue;
      rows_[i].stamps.t7 = now_;
      expected.push_back(rows_[i]);
      ++answered;
    }
    tracer.take(
        {batch_, first_, batch_.row_count, next_origin_, before_, t5_, t6_.data(), now_, answered});
    rows_.clear();
    counted_.clear();
    first_ = batch_.row_count;
    next_origin_ = batch_.origin_count;
    before_ = chain_;
  }
  void next_batch() {
    batch_.clear();
    first_ = next_origin_ = 0;
  }
  void pass(Ticks ticks) { now_ += ticks; }
  [[nodiscard]] bool is_full() const { return batch_.row_count == kRows; }

  std::vector<TraceSample> drain() {
    std::vector<TraceSample> samples;
    tracer.drain(tracer.waiting(), [&](const TraceSample& sample) { samples.push_back(sample); });
    return samples;
  }

 private:
  test::ManualClock manual_;
  Clock clock_ = manual_.clock();

 public:
  Parking parking;
  Tracer tracer;
  std::vector<TraceSample> expected;  // every answered message, as it would be traced

 private:
  OutBatch batch_{16};
  std::vector<TraceSample> rows_;  // of the run at hand
  std::vector<bool> counted_;
  std::array<Ticks, kRows> t6_{};
  std::uint32_t first_ = 0;
  std::uint32_t next_origin_ = 0;
  Origin chain_{};
  Origin before_{};
  Ticks t5_ = 0;
  Ticks now_ = 1'000;
  std::uint64_t messages_ = 0;
};

constexpr std::uint8_t kEcho = OutFlags::kMessage | OutFlags::kAnswer;

std::vector<Ticks> stamps_of(const TraceSample& sample) {
  const auto& s = sample.stamps;
  return {s.t0, s.t1, s.t2, s.t3, s.t4, s.t5, s.t6, s.t7};
}

TEST_CASE("trace: of n messages floor(n / N) are traced, each N-th, with their own stamps") {
  std::mt19937 random(7);
  for (const std::uint64_t every : {1U, 2U, 3U, 7U, 100U, 1'000U, 5'000U}) {
    Stream stream(every);
    std::vector<TraceSample> samples;
    for (int run = 0; run < 400; ++run) {
      if (random() % 3 == 0) stream.next_batch();
      const bool mixed = random() % 2 == 0;
      for (auto rows = random() % 60; rows != 0 && !stream.is_full(); --rows) {
        std::uint8_t flags = kEcho;
        if (mixed && random() % 5 == 0) flags = OutFlags::kMessage;  // without an answer
        if (mixed && random() % 9 == 0) flags = 0;                   // a bad line
        if (mixed && random() % 50 == 0) flags |= OutFlags::kReset;  // in no period
        stream.add(flags, random() % 40 == 0);
      }
      stream.write();
      for (const TraceSample& sample : stream.drain()) samples.push_back(sample);
      if (stream.is_full()) stream.next_batch();
    }
    CAPTURE(every);
    CHECK(stream.tracer.dropped() == 0);
    REQUIRE(samples.size() == stream.expected.size() / every);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const TraceSample& wanted = stream.expected[(i + 1) * every - 1];
      REQUIRE(samples[i].msg_id == wanted.msg_id);
      REQUIRE(stamps_of(samples[i]) == stamps_of(wanted));
      REQUIRE(samples[i].type == 1);
      REQUIRE(samples[i].is_nth);
      REQUIRE_FALSE(samples[i].is_slow);
      const std::string digits = std::to_string(samples[i].in_reply_to);
      REQUIRE(digits == std::string("1234567890123456789").substr(0, 1 + wanted.msg_id % 19));
    }
  }
}

TEST_CASE("trace: what waited is slow by its own age, and the node's own messages have no turn") {
  test::ManualClock manual(1);
  const Clock clock = manual.clock();
  Parking parking;
  test::HandBatch hand;
  hand.own();
  hand.begin({1'000, 1'010, 1'020});
  hand.answer(1'015, 1'030);
  hand.own();
  hand.begin({200, 210, 220, 600});
  hand.answer(215, 1'040);
  hand.begin({300, 310, 320, 700});
  hand.close(315, 1'050);
  hand.begin({1'000, 1'015, 1'050});
  hand.answer(1'025, 1'060);
  hand.answer(1'035, 1'070);
  std::array<Ticks, 8> t6{1'101, 1'102, 1'103, 1'104, 1'105, 1'106, 1'107, 0};
  for (const bool by_turn : {false, true}) {
    Tracer tracer({"other", "a", "b", "echo"}, by_turn ? 2 : 1'000, clock, parking);
    if (!by_turn) tracer.set_threshold(500);
    tracer.take({hand.batch, 0, hand.batch.row_count, 0, {7, 7, 7}, 1'100, t6.data(), 1'200, 4});
    std::vector<TraceSample> samples;
    tracer.drain(tracer.waiting(), [&](const TraceSample& each) { samples.push_back(each); });
    REQUIRE(samples.size() == (by_turn ? 2 : 1));
    const TraceSample& waited = samples[0];
    CHECK(waited.is_slow == !by_turn);
    CHECK(stamps_of(waited) == std::vector<Ticks>{200, 210, 215, 220, 1'040, 1'103, 1'104, 1'200});
    CHECK(waited.awaited == 600);
    if (!by_turn) continue;
    CHECK(stamps_of(samples[1]) ==
          std::vector<Ticks>{1'000, 1'025, 1'035, 1'060, 1'070, 1'106, 1'107, 1'200});
    CHECK(samples[1].awaited == 0);
  }
}

TEST_CASE("trace: of a batch with one message that waited its stamps are that one's") {
  test::ManualClock manual(1);
  const Clock clock = manual.clock();
  Parking parking;
  Tracer tracer({"other", "a", "b", "echo"}, 1, clock, parking);
  test::HandBatch hand;
  hand.begin({200, 210, 220, 600});
  hand.answer(215, 1'040);
  const Ticks t6 = 1'110;
  tracer.take({hand.batch, 0, 1, 0, {}, 1'100, &t6, 1'200, 1});
  tracer.drain(tracer.waiting(), [&](const TraceSample& sample) {
    CHECK(stamps_of(sample) == std::vector<Ticks>{200, 210, 215, 220, 1'040, 1'100, 1'110, 1'200});
    CHECK(sample.awaited == 600);
  });
}

TEST_CASE("trace: each message above the threshold is traced, and none at it") {
  Stream stream(1'000'000);
  stream.tracer.set_threshold(100'000);
  for (int run = 0; run < 50; ++run) {
    stream.next_batch();
    for (int row = 0; row < 20; ++row) stream.add(kEcho, row == 10);
    // The first ten rows are 103 older than this, the other ten 50.
    constexpr std::array<Ticks, 5> kAfter{1'000, 100'000 - 103, 100'001 - 103, 100'000 - 50, 7};
    stream.write(kAfter[static_cast<std::size_t>(run) % 5]);
  }
  std::size_t slow = 0;
  const auto samples = stream.drain();
  for (const TraceSample& each : stream.expected) {
    if (each.stamps.t7 - each.stamps.t0 <= 100'000) continue;
    REQUIRE(slow < samples.size());
    CHECK(samples[slow].msg_id == each.msg_id);
    CHECK(stamps_of(samples[slow]) == stamps_of(each));
    CHECK(samples[slow].is_slow);
    CHECK_FALSE(samples[slow].is_nth);
    ++slow;
  }
  CHECK(slow == samples.size());
  CHECK(slow == 10 * (10 + 10));
}

TEST_CASE("trace: a slow message whose turn it is counts as both") {
  Stream stream(10);
  stream.tracer.set_threshold(1);
  for (int row = 0; row < 20; ++row) stream.add(kEcho);
  stream.write();
  const auto samples = stream.drain();
  REQUIRE(samples.size() == 20);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    CHECK(samples[i].is_slow);
    CHECK(samples[i].is_nth == (i % 10 == 9));
  }
}

TEST_CASE("trace: so many slow ones in a quarter of a second, the others are counted") {
  Stream stream(10);
  stream.tracer.set_threshold(1);
  const auto runs = [&](int count) {
    for (int run = 0; run < count; ++run) {
      stream.next_batch();
      for (int row = 0; row < 1'000; ++row) stream.add(kEcho);
      stream.write();
    }
    return stream.drain();
  };
  const auto first = runs(5);
  const auto is_nth = [](const TraceSample& sample) { return sample.is_nth; };
  CHECK(std::count_if(first.begin(), first.end(), is_nth) == 500);
  CHECK(first.size() + stream.tracer.dropped() == 5'000);
  CHECK(first.size() >= Tracer::kMostSlow);
  CHECK(first.size() <= Tracer::kMostSlow + 500);
  stream.pass(kQuarter);
  const std::uint64_t dropped = stream.tracer.dropped();
  CHECK(runs(1).size() == 1'000);
  CHECK(stream.tracer.dropped() == dropped);
}

TEST_CASE("trace: a full ring drops and counts, and takes more once it is drained") {
  Stream stream(1);
  const auto give = [&](std::size_t messages) {
    for (std::size_t i = 0; i < messages; ++i) {
      if (stream.is_full()) {
        stream.write();
        stream.next_batch();
      }
      stream.add(kEcho);
    }
    stream.write();
    stream.next_batch();
  };
  give(TraceRing::kSamples + 123);
  CHECK(stream.tracer.dropped() == 123);
  auto samples = stream.drain();
  REQUIRE(samples.size() == TraceRing::kSamples);
  CHECK(samples.front().msg_id == 0);
  CHECK(samples.back().msg_id == TraceRing::kSamples - 1);
  give(10);
  samples = stream.drain();
  REQUIRE(samples.size() == 10);
  CHECK(samples.front().msg_id == TraceRing::kSamples + 123);
  CHECK(stream.tracer.dropped() == 123);
}

TEST_CASE("trace: the reporter is woken by the first sample if it asked, and when the ring fills") {
  Stream stream(1);
  const auto give = [&](int messages) {
    for (int i = 0; i < messages; ++i) stream.add(kEcho);
    stream.write();
    stream.next_batch();
  };
  Parking::Ticket ticket = stream.parking.ticket();
  const auto is_woken = [&] { return std::exchange(ticket, stream.parking.ticket()) != ticket; };
  give(1);
  CHECK_FALSE(is_woken());
  CHECK_FALSE(stream.tracer.ask_to_be_woken());  // there is one
  stream.drain();
  CHECK(stream.tracer.ask_to_be_woken());
  give(0);
  CHECK_FALSE(is_woken());
  give(1);
  CHECK(is_woken());
  give(1);
  CHECK_FALSE(is_woken());
  give(1'000);
  CHECK_FALSE(stream.tracer.is_urgent());
  CHECK_FALSE(is_woken());
  give(1'000);
  give(1'000);
  CHECK(stream.tracer.is_urgent());
  CHECK(is_woken());
}

TEST_CASE("trace: the threshold is the 99.9th percentile of the last second, a bucket's end") {
  test::ManualClock manual(1);
  const Clock clock = manual.clock();
  Parking parking;
  Tracer tracer({"other"}, 1'000'000, clock, parking);
  profile::Books books({"other"});
  OutBatch batch(16);
  batch.rows[0] = {};
  batch.rows[0].flags = kEcho | OutFlags::kNewOrigin;
  batch.rows[0].in_reply_to = "";
  batch.origin_count = 1;
  const auto is_slow = [&](Ticks latency) {
    batch.origins[0] = {1'000, 1'000, 1'000};
    const Ticks t7 = 1'000 + latency;
    tracer.take({batch, 0, 1, 0, {}, t7, &t7, t7, 1});
    bool slow = false;
    tracer.drain(tracer.waiting(), [&](const TraceSample& sample) { slow = sample.is_slow; });
    return slow;
  };
  const auto book = [&](int messages, Ticks latency) {
    for (int i = 0; i < messages; ++i) books.record({0, 0, 0, 0, 0, 0, 0, latency}, 0);
    books.end_run({});
  };
  constexpr Ticks kSlice = kQuarter / 5;
  books.reset(0, {}, {}, kSlice);
  Ticks second = 0;
  const auto end_second = [&] {
    second += 4 * kQuarter;
    books.turn_page(second, {}, {}, kSlice);
  };
  CHECK_FALSE(is_slow(1'000'000'000));  // nothing is known yet
  book(999, 1'000);
  tracer.refresh_threshold(books, 1);
  CHECK_FALSE(is_slow(1'000'000'000));  // too little
  book(9'000, 1'000);
  tracer.refresh_threshold(books, 2);
  CHECK_FALSE(is_slow(1'000'000'000));  // too soon
  tracer.refresh_threshold(books, 1 + kQuarter);
  CHECK_FALSE(is_slow(1'000));
  CHECK(is_slow(1'010));
  book(1, 500'000);  // one in ten thousand
  tracer.refresh_threshold(books, 1 + 2 * kQuarter);
  CHECK(is_slow(1'010));
  book(20, 500'000);  // more than one in a thousand
  tracer.refresh_threshold(books, 1 + 3 * kQuarter);
  CHECK_FALSE(is_slow(500'000));
  CHECK(is_slow(510'000));
  end_second();
  book(2'000, 2'000);
  end_second();
  tracer.refresh_threshold(books, 1 + 8 * kQuarter);
  CHECK_FALSE(is_slow(2'000));
  CHECK(is_slow(2'020));
  book(10, 1'000'000);  // too few to say what is usual
  end_second();
  tracer.refresh_threshold(books, 1 + 12 * kQuarter);
  CHECK_FALSE(is_slow(500'000));
  CHECK(is_slow(510'000));
}

TEST_CASE("trace: what passes from thread to thread comes once, in order, or is counted") {
  constexpr std::uint64_t kMessages = 1'000'000;
  TraceRing ring;
  std::uint64_t dropped = 0;
  std::uint64_t taken = 0;
  std::uint64_t wrong = 0;
  std::uint64_t last = 0;
  const auto take = [&](const TraceSample& sample) {
    if (sample.msg_id <= last || sample.stamps.t7 != sample.msg_id * 3) ++wrong;
    last = sample.msg_id;
    ++taken;
  };
  std::atomic<bool> ended{false};
  std::jthread giver([&] {
    for (std::uint64_t i = 1; i <= kMessages; ++i) {
      TraceSample* const sample = ring.next();
      if (sample == nullptr) {
        ++dropped;
        std::this_thread::yield();
        continue;
      }
      sample->msg_id = i;
      sample->stamps.t7 = i * 3;
      if (i % 7 == 0) ring.publish();
    }
    ring.publish();
    ended.store(true);
  });
  while (!ended.load()) ring.drain(ring.size(), take);
  giver.join();
  ring.drain(ring.size(), take);
  CHECK(wrong == 0);
  CHECK(taken + dropped == kMessages);
  CHECK(taken != 0);
}

}  // namespace
}  // namespace narrows::pipeline
