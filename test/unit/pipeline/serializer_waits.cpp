// SPDX-License-Identifier: MIT
// Requests whose handlers waited, and messages of the node's own: what is written, and what is in
// the books.
#include <string>
#include <vector>

#include "pipeline/serializer.hpp"
#include "unit/doctest.hpp"
#include "unit/hand_batch.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using profile::Trouble;
using test::HandBatch;
using test::StageRig;
using Sums = std::vector<Ticks>;

constexpr std::string_view kReply =
    "{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"echo_ok\", \"in_reply_to\": 7, "
    "\"msg_id\": ";

struct WaitRig : StageRig {
  WaitRig() {
    init();
    REQUIRE(types.find("echo") == HandBatch::kEcho);
  }

  /// Encodes and writes it, with these readings of the clock.
  void serialize(HandBatch& hand, std::initializer_list<Ticks> readings = {}) {
    manual.plant(readings);
    serializer.encode(hand.batch, output);
    serializer.flush(output);
    CHECK(manual.is_used_up());
    hand.batch.clear();
  }
  [[nodiscard]] Ticks awaited() const { return static_cast<Ticks>(all().sum_of_awaits()); }
  [[nodiscard]] profile::LedgerView all() const { return books.books.all(); }
  profile::Slice slice() {
    books.books.turn_page(manual.now(), {}, {}, 1'000'000'000);
    profile::Slice sum;
    for (const profile::Slice& each : books.books.timeline().all()) sum.merge(each);
    return sum;
  }
};

TEST_CASE("serializer waits: a message of the node's own answers nothing, and may have a msg_id") {
  WaitRig rig;
  HandBatch hand;
  hand.own();
  hand.own(false);
  hand.own().type = "read";
  hand.batch.rows[2].type_length = 4;
  hand.member("key", "[1, 2]          ");
  hand.batch.fields[0].text_length = 6;
  rig.serialize(hand);
  CHECK(rig.output.text ==
        "{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"gossip\", \"msg_id\": 0}}\n"
        "{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"gossip\"}}\n"
        "{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"read\", \"key\": [1, 2], "
        "\"msg_id\": 1}}\n");
}

TEST_CASE("serializer waits: one that is larger than the buffer is whole as well") {
  WaitRig rig;
  HandBatch hand;
  std::string text(300'000, 'x');
  text.front() = text.back() = '"';
  text.reserve(text.size() + 64);
  hand.own(false);
  hand.member("log", text);
  hand.own();
  hand.member("log", text);
  rig.serialize(hand);
  const std::string begin =
      "{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"gossip\", \"log\": " + text;
  CHECK(rig.output.text == begin + "}}\n" + begin + ", \"msg_id\": 0}}\n");
  CHECK(rig.all().sent_unprompted() == 2);
}

TEST_CASE("serializer waits: what a node sends of its own is no message, and counted by itself") {
  WaitRig rig;
  HandBatch hand;
  for (int i = 0; i < 5; ++i) hand.own(i % 2 == 0);
  rig.output.on_write = [&] { CHECK(rig.all().sent_unprompted() == 0); };  // only once written
  rig.serialize(hand);
  CHECK(rig.output.writes == 1);
  CHECK(rig.all().sent_unprompted() == 5);
  CHECK(rig.messages() == 0);
  CHECK(rig.all().answered() == 0);
  CHECK(rig.sums() == Sums(8));
  const profile::Slice slice = rig.slice();
  CHECK(slice.sent_unprompted == 5);
  CHECK(slice.messages == 0);
  CHECK(slice.runs == 0);
  rig.books.reset();
  CHECK(rig.all().sent_unprompted() == 0);
}

TEST_CASE("serializer waits: bench_stats says how many it sent of its own up to then") {
  WaitRig rig;
  HandBatch hand;
  hand.own();
  hand.own();
  rig.serialize(hand);
  const auto ask = [&](const char* more) {
    return rig.run(test::line_of(R"("type":"bench_stats","msg_id":9)" + std::string(more)));
  };
  CHECK(ask(R"(,"reset":true)").find(", \"sent_unprompted\": 2, \"in_reply_to\"") !=
        std::string::npos);
  const std::string answer = ask("");
  CHECK(answer.find(", \"sent_unprompted\": 0, \"in_reply_to\"") != std::string::npos);
  CHECK(answer.find("\"await\"") == std::string::npos);
}

/// Two answers of one read, with these rows of the node's own before, between and behind them.
Sums sums_with(int before, int between, int behind, std::initializer_list<Ticks> readings) {
  WaitRig rig;
  HandBatch other;  // leaves a chain behind that is nobody's
  other.begin({500, 510, 550});
  other.answer(540, 560);
  rig.serialize(other);
  const Sums already = rig.sums();
  HandBatch hand;
  while (before-- > 0) hand.own();
  hand.begin({1'000, 1'010, 1'100});
  hand.answer(1'020, 1'107);
  while (between-- > 0) hand.own();
  hand.answer(1'050, 1'110);
  while (behind-- > 0) hand.own(false);
  rig.serialize(hand, readings);
  CHECK(rig.all().uneven() == 0);
  Sums sums = rig.sums();
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] -= already[i];
  return sums;
}

TEST_CASE("serializer waits: its own messages change no other's stamps but for the wait for them") {
  const Sums parts{10 + 20, 10 + 30, 80 + 57, 7 + 3};
  const auto expected = [&](Sums rest) {
    Sums sums = parts;
    sums.insert(sums.end(), rest.begin(), rest.end());
    return sums;
  };
  // Readings: t5, a t6 a row, two around `write`, t7.
  CHECK(sums_with(0, 0, 0, {1'200, 1'205, 1'215, 1'290, 1'299, 1'300}) ==
        expected({93 + 95, 5 + 10, 95 + 85, 600}));
  CHECK(sums_with(1, 0, 0, {1'200, 1'202, 1'205, 1'215, 1'290, 1'299, 1'300}) ==
        expected({95 + 95, 3 + 10, 95 + 85, 600}));
  CHECK(sums_with(0, 1, 0, {1'200, 1'205, 1'209, 1'215, 1'290, 1'299, 1'300}) ==
        expected({93 + 99, 5 + 6, 95 + 85, 600}));
  CHECK(sums_with(0, 0, 1, {1'200, 1'205, 1'215, 1'280, 1'290, 1'299, 1'300}) ==
        expected({93 + 95, 5 + 10, 95 + 85, 600}));
  CHECK(
      sums_with(2, 1, 1, {1'200, 1'201, 1'202, 1'205, 1'209, 1'215, 1'280, 1'290, 1'299, 1'300}) ==
      expected({95 + 99, 3 + 6, 95 + 85, 600}));
}

TEST_CASE("serializer waits: an answer after a wait has eight components that sum to its latency") {
  WaitRig rig;
  HandBatch hand;
  hand.begin({1'000, 1'010, 1'100, 8'000});
  hand.answer(1'030, 9'150);  // it ran for 50
  rig.serialize(hand, {9'200, 9'205, 9'290, 9'299, 9'300});
  CHECK(rig.output.text == std::string(kReply) + "0}}\n");
  CHECK(rig.sums() == Sums{10, 20, 70, 50, 50, 5, 95, 8'300});
  CHECK(rig.awaited() == 8'000);
  CHECK(rig.all().awaited() == 1);
  CHECK(rig.all().uneven() == 0);
  CHECK(rig.messages() == 1);
  CHECK(rig.all().answered(HandBatch::kEcho) == 1);
  CHECK(rig.all().sum_of_type(HandBatch::kEcho) == 8'300);
  CHECK(rig.books.books.first_received() == 1'000);
}

TEST_CASE("serializer waits: answers after a wait leave the messages around them as they are") {
  WaitRig rig;
  HandBatch hand;
  hand.begin({500, 500, 500, 100});
  hand.answer(500, 1'105);  // the first in its batch, before its run has a chain
  hand.begin({1'000, 1'010, 1'105});
  hand.answer(1'020, 1'110);
  hand.own();
  hand.answer(1'030, 1'115);
  hand.begin({600, 610, 620, 300});
  hand.answer(615, 1'120);
  hand.own();
  hand.begin({1'000, 1'030, 1'120});
  hand.answer(1'045, 1'130);
  hand.begin({700, 710, 720, 400});
  hand.answer(715, 1'140);  // the last
  rig.serialize(
      hand, {1'200, 1'201, 1'202, 1'203, 1'204, 1'205, 1'206, 1'207, 1'208, 1'290, 1'299, 1'300});
  const profile::LedgerView all = rig.all();
  CHECK(all.answered() == 6);
  CHECK(all.sent_unprompted() == 2);
  CHECK(all.uneven() == 0);
  CHECK(rig.awaited() == 100 + 300 + 400);
  Sums sums = rig.sums();
  CHECK(sums == Sums{0 + 10 + 20 + 10 + 30 + 10,   // input
                     0 + 10 + 10 + 5 + 15 + 5,     // parse
                     0 + 85 + 80 + 5 + 75 + 5,     // dispatch_queue
                     505 + 5 + 5 + 200 + 10 + 20,  // dispatch
                     95 + 91 + 88 + 84 + 76 + 67,  // serialize_queue
                     1 + 1 + 1 + 1 + 1 + 1,        // serialize
                     99 + 98 + 96 + 95 + 93 + 92,  // output
                     800 + 3 * 300 + 700 + 600});
  CHECK(all.at_rank(3, profile::kEndToEnd) == 300);  // three of the run …
  CHECK(all.at_rank(4, profile::kEndToEnd) == doctest::Approx(600).epsilon(0.002));
  CHECK(all.largest(profile::kEndToEnd) == 800);
  CHECK(all.sum_of_type(HandBatch::kEcho) == static_cast<profile::WideSum>(sums.back()));
  const profile::Slice slice = rig.slice();
  CHECK(slice.runs == 1);
  CHECK(slice.answered == 6);
  CHECK(slice.awaited == 800);
  CHECK(slice.gains.messages == 6);  // all left with one batch
}

TEST_CASE("serializer waits: a request may close without an answer after it waited") {
  WaitRig rig;
  HandBatch hand;
  hand.begin({1'000, 1'010, 1'100, 700});
  hand.close(1'030, 2'000, Trouble::expired);
  hand.begin({1'500, 1'510, 1'520});
  hand.answer(1'520, 2'010);
  rig.serialize(hand, {2'100, 2'110, 2'190, 2'199, 2'200});
  CHECK(rig.trouble(Trouble::expired) == 1);
  CHECK(rig.messages() == 2);
  CHECK(rig.all().answered() == 1);
  CHECK(rig.all().awaited() == 0);  // of the answered ones
  CHECK(rig.sums().back() == 700);
  CHECK(rig.books.books.first_received() == 1'000);
  const profile::Slice slice = rig.slice();
  CHECK(slice.others == std::array<double, profile::kStages>{20, 200, 0});
}

TEST_CASE("serializer waits: answers that another read brought are a run of theirs") {
  WaitRig rig;
  HandBatch hand;
  hand.begin({1'000, 1'000, 1'010});
  hand.answer(1'001, 1'020);
  hand.begin({500, 510, 520});  // its handler was suspended for less than a tick
  hand.answer(515, 1'030);
  hand.begin({1'000, 1'001, 1'030});
  hand.answer(1'005, 1'040);
  rig.serialize(hand, {1'100, 1'110, 1'120, 1'130, 1'190, 1'199, 1'200});
  CHECK(rig.all().answered() == 3);
  CHECK(rig.all().uneven() == 0);
  CHECK(rig.sums().back() == 200 + 700 + 200);
  CHECK(rig.all().awaited() == 0);
  CHECK(rig.slice().runs == 3);
}

TEST_CASE("serializer waits: without a read there is no run, and the next one has its bytes") {
  WaitRig rig;
  HandBatch hand;
  hand.begin({1'000, 1'010, 1'100, 700});  // a timer woke it
  hand.answer(1'030, 2'000);
  hand.own();
  rig.serialize(hand);
  CHECK(rig.all().answered() == 1);
  CHECK(rig.slice().runs == 0);
  const std::string line = test::echo_line(1, "1");
  rig.run(line);
  const profile::Slice slice = rig.slice();
  CHECK(slice.runs == 1);
  CHECK(slice.bytes == line.size());
  CHECK(slice.answered == 2);
  CHECK(slice.gains.messages == 1);
}

TEST_CASE("serializer waits: a read that only resumed handlers is a run of what they answered") {
  WaitRig rig;
  rig.in.parsed = 123;
  HandBatch hand;
  hand.batch.release = &rig.in;
  hand.begin({1'000, 1'010, 1'100, 8'000});
  hand.answer(1'030, 9'050);
  hand.begin({9'000, 9'010, 9'050});
  hand.close(9'020, 9'060);  // the message that it had waited for
  rig.serialize(hand);
  const profile::Slice slice = rig.slice();
  CHECK(slice.runs == 1);
  CHECK(slice.bytes == 123);
  CHECK(slice.messages == 2);
  CHECK(slice.answered == 1);
  CHECK(slice.gains.messages == 1);
  CHECK(slice.gains.latency < 2'000);  // of the way since that was read
}

TEST_CASE("serializer waits: a full buffer in mid-batch changes nothing in it") {
  WaitRig rig;
  HandBatch hand;
  std::string text(60'000, 'x');
  text.front() = text.back() = '"';
  text.reserve(text.size() + 64);
  hand.begin({1'000, 1'010, 1'100});
  hand.answer(1'020, 1'110);
  hand.member("a", text);
  hand.begin({500, 510, 520, 100});
  hand.answer(515, 1'120);
  hand.member("a", text);  // does not fit beside the first
  hand.own();
  hand.begin({1'000, 1'020, 1'120});
  hand.answer(1'030, 1'130);
  rig.manual.set(2'000);
  rig.serialize(hand);
  CHECK(rig.output.writes == 2);
  CHECK(rig.all().answered() == 3);
  CHECK(rig.all().uneven() == 0);
  CHECK(rig.awaited() == 100);
  CHECK(rig.sums().back() == 1'000 + 1'500 + 1'000);
}

}  // namespace
}  // namespace narrows::pipeline
