// SPDX-License-Identifier: MIT
// Planted times come out of the books exactly, component by component.
#include <string>
#include <vector>

#include "unit/doctest.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using test::echo_line;
using test::line_of;
using test::StageRig;
using Sums = std::vector<Ticks>;

/// A handler's type that takes its time, as the message's `ticks` says, on this rig's clock.
struct WorkingRig : StageRig {
  explicit WorkingRig(Options given = {})
      : StageRig({{"work",
                   [this](const Request& request) {
                     manual.advance(static_cast<Ticks>(request.integer("ticks")));
                     return reply("work_ok").set("text", std::string(size, 'x'));
                   }},
                  {"huge", [](const Request&) { return test::huge_reply(); }}},
                 std::move(given)) {
    init();
  }

  std::size_t size = 0;  // of the text in the reply to `work`
};

std::string work_line(Ticks ticks) {
  return line_of("\"type\":\"work\",\"msg_id\":1,\"ticks\":" + std::to_string(ticks));
}

TEST_CASE("components: one message's eight stamps give its seven components") {
  StageRig rig;
  rig.init();
  rig.manual.plant({1'010, 1'030});
  CHECK(rig.parse(echo_line(1, "1"), 1'000));
  CHECK(rig.manual.is_used_up());
  rig.manual.plant({1'100, 1'107});
  rig.dispatch();
  CHECK(rig.manual.is_used_up());
  rig.manual.plant({1'200, 1'205, 1'210, 1'290, 1'300});  // t5, t6, `write`, t7
  rig.serialize();
  CHECK(rig.manual.is_used_up());
  CHECK(rig.sums() == Sums{10, 20, 70, 7, 93, 5, 95, 300});
  CHECK(rig.messages() == 1);
}

TEST_CASE("components: the end of one message's work is the beginning of the next one's") {
  StageRig rig;
  rig.init();
  rig.manual.plant({1'010, 1'020, 1'050, 1'051});
  CHECK(rig.parse(echo_line(1, "1") + echo_line(2, "2") + echo_line(3, "3"), 1'000));
  rig.manual.plant({1'100, 1'110, 1'170, 1'171});
  rig.dispatch();
  rig.manual.plant({1'200, 1'203, 1'213, 1'214, 1'300, 1'400, 1'500});
  rig.serialize();
  CHECK(rig.manual.is_used_up());
  CHECK(rig.sums() == Sums{
                          10 + 20 + 50,     // input: t1 is the previous t2
                          10 + 30 + 1,      // parse
                          80 + 60 + 119,    // dispatch_queue
                          10 + 60 + 1,      // dispatch
                          90 + 33 + 42,     // serialize_queue
                          3 + 10 + 1,       // serialize
                          297 + 287 + 286,  // output: t7 is shared
                          500 + 500 + 500,
                      });
}

TEST_CASE("components: a stamp before its predecessor is set to it, and the parts sum up still") {
  StageRig rig;
  rig.init();
  rig.manual.plant({900, 800});  // a clock that lags behind on each thread
  CHECK(rig.parse(echo_line(1, "1"), 1'000));
  rig.manual.plant({700, 990});
  rig.dispatch();
  rig.manual.plant({500, 600, 610, 620, 640});
  rig.serialize();
  CHECK(rig.sums() == Sums{0, 0, 0, 0, 0, 0, 0, 0});

  rig.manual.plant({2'010, 2'020});
  CHECK(rig.parse(echo_line(2, "2"), 2'000));
  rig.manual.plant({2'015, 2'050});
  rig.dispatch();
  rig.manual.plant({2'049, 2'060, 2'060, 2'070, 2'080});
  rig.serialize();
  CHECK(rig.sums() == Sums{10, 10, 0, 30, 0, 10, 20, 80});
}

TEST_CASE("components: what a handler takes is its message's dispatch, and nobody else's") {
  WorkingRig rig;
  CHECK(rig.parse(work_line(0) + work_line(500) + work_line(7)));
  rig.dispatch();
  rig.serialize();
  CHECK(rig.sums() == Sums{0, 0, 500, 507, 507 + 7, 0, 0, 3 * 507 + 0});
}

TEST_CASE("components: a handler's time stays dispatch when its reply needs another batch") {
  WorkingRig rig;
  rig.size = 40'000;  // two fill an arena
  rig.out.on_take = [&] { rig.manual.advance(1'000); };
  CHECK(rig.parse(work_line(10) + work_line(20) + work_line(30)));
  rig.dispatch();
  CHECK(rig.out.handed.size() > 1);
  rig.serialize();
  CHECK(rig.books.books.all().sum(3) == 10 + 20 + 30);  // waiting for the batch is no part of it
}

TEST_CASE("components: the time in `write` is output, for all that it was written for") {
  WorkingRig rig;
  rig.output.on_write = [&] { rig.manual.advance(100); };
  CHECK(rig.parse(echo_line(1, "1") + echo_line(2, "2")));
  rig.dispatch();
  rig.serialize();
  CHECK(rig.output.writes == 1);
  CHECK(rig.sums() == Sums{0, 0, 0, 0, 0, 0, 200, 200});
}

TEST_CASE(
    "components: messages behind a write in mid-batch wait for it before they are serialized") {
  WorkingRig rig;
  rig.output.on_write = [&] { rig.manual.advance(100); };
  rig.size = 40'000;  // the buffer holds two, and a part of the third
  CHECK(rig.parse(work_line(0) + work_line(0) + work_line(0)));
  rig.dispatch();
  rig.serialize();
  CHECK(rig.output.writes == 2);
  CHECK(rig.sums() == Sums{0, 0, 0, 0, 100, 0, 3 * 100, 100 + 100 + 200});
}

TEST_CASE("components: a message larger than the buffer is written while it is serialized") {
  WorkingRig rig;
  rig.output.on_write = [&] { rig.manual.advance(100); };
  const std::string huge = line_of("\"type\":\"huge\",\"msg_id\":1");
  CHECK(rig.parse(huge + echo_line(2, "2") + line_of("\"type\":\"echo\",\"echo\":1") +
                  echo_line(3, "3")));
  rig.dispatch();
  rig.serialize();
  const auto writes = static_cast<Ticks>(rig.output.writes);
  CHECK(writes >= 2);
  CHECK(rig.messages() == 4);
  CHECK(rig.books.books.all().answered() == 3);
  // Nothing but writing takes time here.
  CHECK(rig.sums() == Sums{0, 0, 0, 0, 0, 0, 3 * 100 * writes, 3 * 100 * writes});
}

TEST_CASE(
    "components: bench_stats has everything before it written and booked, and is booked itself") {
  WorkingRig rig;
  rig.output.on_write = [&] { rig.manual.advance(100); };
  CHECK(rig.parse(echo_line(1, "1") + line_of("\"type\":\"bench_stats\",\"msg_id\":2") +
                  echo_line(3, "3")));
  rig.dispatch();
  rig.serialize();
  CHECK(rig.output.writes == 2);
  CHECK(rig.output.text.find("\"total_messages\": 1,") != std::string::npos);
  CHECK(rig.messages() == 3);
  CHECK(rig.sums() == Sums{0, 0, 0, 0, 100 + 100, 0, 3 * 100, 100 + 200 + 200});
}

TEST_CASE("components: bad lines and messages without answer leave the others' stamps alone") {
  WorkingRig rig;
  rig.manual.plant({1'010, 1'020, 1'040, 1'060, 1'070});
  CHECK(rig.parse(
      echo_line(1, "1") + "bad\n" + line_of("\"type\":\"echo\",\"echo\":1") + echo_line(2, "2"),
      1'000));
  rig.manual.plant({1'100, 1'101, 1'103, 1'107, 1'115});
  rig.dispatch();
  rig.manual.plant({1'200, 1'204, 1'209, 1'210, 1'290, 1'300});
  rig.serialize();
  CHECK(rig.manual.is_used_up());
  CHECK(rig.messages() == 3);
  CHECK(rig.books.books.all().answered() == 2);
  CHECK(rig.sums() == Sums{10 + 60, 10 + 10, 80 + 37, 1 + 8, 99 + 89, 4 + 5, 96 + 91, 300 + 300});
}

TEST_CASE("components: --slow lengthens its own stage by what it says") {
  for (const Stage stage : {Stage::parse, Stage::dispatch, Stage::serialize}) {
    Options options;
    options.slow = {{stage, std::chrono::nanoseconds(50), 1},
                    {stage, std::chrono::nanoseconds(100), 2}};
    StageRig rig({}, options);
    rig.manual.advance_by_itself(1);  // or a delay would never end
    rig.init();
    CHECK(rig.parse(echo_line(1, "1") + echo_line(2, "2") + echo_line(3, "3")));
    rig.dispatch();
    rig.serialize();
    const Sums sums = rig.sums();
    for (std::size_t service = 1; service < profile::kComponents; service += 2) {
      const bool is_slow = profile::stage_of(service) == static_cast<std::size_t>(stage);
      // init was the first message: of the three the first and the third are second ones.
      const Ticks added = is_slow ? 3 * 50 + 2 * 100 : 0;
      CHECK(sums[service] >= added);
      CHECK(sums[service] <= added + 40);  // the readings that are taken anyway
    }
  }
}

}  // namespace
}  // namespace narrows::pipeline
