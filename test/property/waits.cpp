// SPDX-License-Identifier: MIT
// Of requests whose handlers wait, too, waits and services sum to end-to-end exactly, and what a
// node sends of its own changes nothing: random rows through the real serializer, made as a
// dispatcher makes them whose handlers are suspended and resumed at random, by clocks that
// disagree.
#include <random>
#include <vector>

#include "pipeline/serializer.hpp"
#include "pipeline/stamp.hpp"
#include "property/property.hpp"
#include "property/wild_clock.hpp"
#include "unit/hand_batch.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using profile::WideSum;
using test::HandBatch;
using test::holds;

/// What must be in the books.
struct Expected {
  std::uint64_t answered = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t bad = 0;
  std::uint64_t sent = 0;
  std::uint64_t lines = 0;
  WideSum awaited = 0;  // of the answered
  WideSum ran = 0;      // likewise: their handlers
};

class WaitingRig {
 public:
  explicit WaitingRig(std::uint32_t seed) : wild_(seed), random_(seed) {
    hand_.batch.clear();
    books.books.reset(clock_.now(), {});
  }

  /// Some requests are read, and handlers are resumed: a batch.
  void step() {
    const std::vector<Request> requests = parse(random_() % 6);
    wild_.run_on(1);
    t3_ = std::max(t3_, requests.empty() ? 0 : requests.back().t2);
    t3_ = later(clock_, t3_);
    chain_is_broken_ = true;
    if (random_() % 4 == 0) send();
    for (const Request& request : requests) {
      handle(request);
      if (random_() % 4 == 0) resume();
    }
    while (random_() % 3 == 0) resume();
    if (random_() % 3 == 0) send();
    serialize();
  }

  [[nodiscard]] Ticks furthest() const { return wild_.furthest(); }

 private:
  struct Request {
    Ticks t0;
    Ticks t1;
    Ticks t2;
    Ticks t3 = 0;
    Ticks awaited = 0;
    Ticks suspended_at = 0;
  };

  std::vector<Request> parse(std::size_t count) {
    wild_.run_on(0);
    std::vector<Request> requests;
    const Ticks t0 = clock_.now();
    for (Ticks t1 = later(clock_, t0); count > 0; --count) {
      requests.push_back({t0, t1, later(clock_, t1)});
      t1 = requests.back().t2;
    }
    return requests;
  }

  void handle(Request request) {
    const Ticks begin = request.t3 = t3_;
    const auto kind = random_() % 8;
    if (random_() % 4 == 0) send();
    t3_ = later(clock_, t3_);
    if (kind < 3) {  // it is suspended: there is no row now
      request.suspended_at = t3_;
      waiting_.push_back(request);
      chain_is_broken_ = true;
      return;
    }
    if (chain_is_broken_) hand_.begin({request.t0, request.t1, begin});
    chain_is_broken_ = false;
    if (kind == 3) {
      hand_.close(request.t2, t3_);
      ++expected.unanswered;
    } else if (kind == 4) {
      hand_.bad(request.t2, t3_, 3);
      expected.bad += 3;
    } else {
      hand_.answer(request.t2, t3_);
      ++expected.answered;
      expected.ran += t3_ - begin;
    }
  }

  /// A handler goes on: it ends, or is suspended again.
  void resume() {
    if (waiting_.empty()) return;
    std::swap(waiting_[random_() % waiting_.size()], waiting_.back());
    Request& request = waiting_.back();
    request.awaited += t3_ - request.suspended_at;
    if (random_() % 4 == 0) send();
    t3_ = later(clock_, t3_);
    chain_is_broken_ = true;
    if (random_() % 3 == 0) {
      request.suspended_at = t3_;
      return;
    }
    hand_.begin({request.t0, request.t1, request.t3, request.awaited});
    if (random_() % 4 == 0) {
      hand_.close(request.t2, t3_);
      ++expected.unanswered;
    } else {
      hand_.answer(request.t2, t3_);
      ++expected.answered;
      expected.awaited += request.awaited;
      expected.ran += t3_ - request.t3 - request.awaited;
    }
    waiting_.pop_back();
  }

  void send() {
    hand_.own(random_() % 2 == 0);
    if (random_() % 4 == 0) hand_.member("text", large_);
    ++expected.sent;
  }

  void serialize() {
    wild_.run_on(2);
    hand_.batch.last_t4 = t3_;
    for (std::uint32_t i = 0; i < hand_.batch.row_count; ++i) {
      if ((hand_.batch.rows[i].flags & OutFlags::kAnswer) != 0) ++expected.lines;
    }
    serializer_.encode(hand_.batch, output);
    serializer_.flush(output);
    hand_.batch.clear();
  }

  test::WildClock wild_;
  Clock clock_ = wild_.clock();
  std::mt19937 random_;
  Parking parking_;
  Tracer tracer_{{"other", "init", "bench_stats", "echo"}, 1, clock_, parking_};

 public:
  SharedBooks books{{"other", "init", "bench_stats", "echo"}, clock_, false, parking_, 16};
  Tracer& tracer = tracer_;
  test::TextOutput output;
  Expected expected;

 private:
  Serializer serializer_{books, clock_, Delay({}, Stage::serialize, clock_), &tracer_};
  HandBatch hand_;
  std::string large_ = "\"" + std::string(70'000, 'x') + "\"" + std::string(64, ' ');
  std::vector<Request> waiting_;
  Ticks t3_ = 0;
  bool chain_is_broken_ = true;
};

TEST_CASE(
    "waits: the parts of each message sum up exactly, and each row is counted as what it is") {
  holds("waits", [] {
    WaitingRig rig(*rc::gen::arbitrary<std::uint32_t>());
    const int steps = *rc::gen::inRange(1, 40);
    std::uint64_t samples = 0;
    for (int i = 0; i < steps; ++i) {
      rig.step();
      rig.tracer.drain(rig.tracer.waiting(), [&](const TraceSample& sample) {
        const profile::Stamps& s = sample.stamps;
        RC_ASSERT(s.t0 <= s.t1 && s.t1 <= s.t2 && s.t2 <= s.t3 && s.t3 <= s.t4);
        RC_ASSERT(s.t4 <= s.t5 && s.t5 <= s.t6 && s.t6 <= s.t7);
        RC_ASSERT(sample.awaited <= s.t4 - s.t3);
        ++samples;
      });
    }
    const profile::LedgerView books = rig.books.books.all();
    const Expected& expected = rig.expected;
    WideSum sum = books.sum_of_awaits();
    for (std::size_t i = 0; i < profile::kComponents; ++i) {
      sum += books.sum(i);
      RC_ASSERT(books.largest(i) <= rig.furthest());  // no difference was negative
    }
    RC_ASSERT(sum == books.sum(profile::kEndToEnd));
    RC_ASSERT(books.uneven() == 0U);
    RC_ASSERT(books.sum_of_awaits() == expected.awaited);
    RC_ASSERT(books.sum(3) == expected.ran);
    RC_ASSERT(books.answered() == expected.answered);
    RC_ASSERT(books.messages() == expected.answered + expected.unanswered);
    RC_ASSERT(books.trouble(0) == expected.bad);
    RC_ASSERT(books.sent_unprompted() == expected.sent);
    RC_ASSERT(books.answered(HandBatch::kEcho) == expected.answered);
    RC_ASSERT(books.sum_of_type(HandBatch::kEcho) == books.sum(profile::kEndToEnd));
    RC_ASSERT(samples + rig.tracer.dropped() == expected.answered);
    RC_ASSERT(static_cast<std::uint64_t>(std::count(rig.output.text.begin(), rig.output.text.end(),
                                                    '\n')) == expected.lines);
  });
}

}  // namespace
}  // namespace narrows::pipeline
