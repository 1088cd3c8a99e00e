// SPDX-License-Identifier: MIT
// Waits and services sum to end-to-end exactly, and no line is lost: random streams through the
// real stages, on clocks that jump as they like and disagree between threads.
#include <algorithm>
#include <string>
#include <vector>

#include "property/property.hpp"
#include "property/wild_clock.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using profile::Books;
using profile::Trouble;
using test::holds;
using test::line_of;
using test::StageRig;
using test::WildClock;

/// Two handlers: one takes its time, one answers with a text of a wished size.
StageRig::Handlers handlers() {
  return {{"nothing", [](const Request&) { return Reply::none(); }},
          {"throw", [](const Request&) -> Reply { throw Error(ErrorCode::abort, "no"); }},
          {"text",
           [](const Request& request) {
             const auto bytes = static_cast<std::size_t>(request.integer("bytes"));
             return reply("text_ok").set("text", std::string(bytes, 'x'));
           }},
          {"raw", [](const Request& request) {
             const auto bytes = static_cast<std::size_t>(request.integer("bytes"));
             return reply("raw_ok").raw("raw", Raw::checked("\"" + std::string(bytes, 'y') + "\""));
           }}};
}

/// What is sent, and what must become of it.
struct Stream {
  std::string lines;
  std::uint64_t line_count = 0;
  std::uint64_t answered = 0;
  std::uint64_t unanswered = 0;
  std::uint64_t bad = 0;

  void add(const std::string& line, std::uint64_t& kind) {
    lines += line;
    ++line_count;
    ++kind;
  }
};

Stream random_stream() {
  Stream stream;
  const auto kinds = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 14));
  for (const int kind : kinds) {
    const std::string size = std::to_string(*rc::gen::weightedElement<int>(
        {{6, 3}, {3, 2'000}, {2, 5'000}, {2, 20'000}, {1, 70'000}, {1, 120'000}}));
    switch (kind) {
      case 0: stream.add("\n", stream.bad); break;
      case 1: stream.add("{\n", stream.bad); break;
      case 2: stream.add(line_of(R"("type":"echo","echo":1)"), stream.unanswered); break;
      case 3:
        stream.add(line_of(R"("type":"echo","msg_id":1,"in_reply_to":1)"), stream.unanswered);
        break;
      case 4: stream.add(line_of(R"("type":"what","msg_id":1)"), stream.answered); break;
      case 5: stream.add(line_of(R"("msg_id":1)"), stream.answered); break;
      case 6: stream.add(line_of(R"("type":"nothing","msg_id":1)"), stream.unanswered); break;
      case 7: stream.add(line_of(R"("type":"throw","msg_id":1)"), stream.answered); break;
      case 8:
        stream.add(line_of(R"("type":"text","msg_id":1,"bytes":)" + size), stream.answered);
        break;
      case 9:
        stream.add(line_of(R"("type":"raw","msg_id":1,"bytes":)" + size), stream.answered);
        break;
      case 10: stream.add(line_of(R"("type":"bench_stats","msg_id":1)"), stream.answered); break;
      default: stream.add(test::echo_line(1, "\"bench\""), stream.answered);
    }
  }
  return stream;
}

/// The stages, each on its own thread's clock.
struct WildRig {
  explicit WildRig(std::uint32_t seed) : wild(seed), clock(wild.clock()) {
    parser.open(in);
    const std::string init =
        line_of(R"("type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"])");
    feed(init);
    books.books.reset(clock.now(), {});
    output.text.clear();
  }

  void feed(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::span<char> space = parser.space(in);
      const std::size_t size = std::min(space.size(), bytes.size());
      bytes.copy(space.data(), size);
      bytes.remove_prefix(size);
      wild.run_on(0);
      for (bool rows = parser.parse(in, size, clock.now()); rows;
           rows = parser.has_line() && parser.parse(in, 0, in.t0)) {
        wild.run_on(1);
        dispatcher.dispatch(in, out);
        wild.run_on(2);
        for (OutBatch* batch : out.handed) {
          serializer.encode(*batch, output);
          serializer.flush(output);
        }
        out.clear();
        wild.run_on(0);
        parser.open(in);
      }
    }
  }

  WildClock wild;
  Clock clock;
  StageRig parts{handlers()};  // for its types and handlers
  const Types& types = parts.types;
  SharedBooks books{types.names(), clock, false, parts.log.parking(), 16};
  Parser parser{
      types, {std::size_t{4} << 20, 512}, clock, Delay({}, Stage::parse, clock), parts.log};
  Dispatcher dispatcher{parts.handlers, std::size_t{4} << 20, clock,
                        Delay({}, Stage::dispatch, clock), parts.log};
  Serializer serializer{books, clock, Delay({}, Stage::serialize, clock)};
  InBatch in{kReadBytes + kCarryBytes, kRows, kMembers};
  test::OutList out;
  test::TextOutput output;
};

TEST_CASE("partition: components sum to end-to-end exactly, for any stream and any clock") {
  holds("partition", [] {
    WildRig rig(*rc::gen::arbitrary<std::uint32_t>());
    const Stream stream = random_stream();
    rig.feed(stream.lines);
    profile::WideSum sum = 0;
    for (std::size_t i = 0; i < profile::kComponents; ++i) {
      sum += rig.books.books.all().sum(i);
      // No difference was negative.
      RC_ASSERT(rig.books.books.all().largest(i) <= rig.wild.furthest());
    }
    RC_ASSERT(sum == rig.books.books.all().sum(profile::kEndToEnd));
    RC_ASSERT(rig.books.books.all().uneven() == 0U);
    RC_ASSERT(rig.books.books.all().largest(profile::kEndToEnd) <= rig.wild.furthest());
  });
}

TEST_CASE("partition: lines in are replies, messages without one, and bad lines") {
  holds("conservation", [] {
    WildRig rig(*rc::gen::arbitrary<std::uint32_t>());
    const Stream stream = random_stream();
    rig.feed(stream.lines);
    const Books& held = rig.books.books;
    const profile::LedgerView books = held.all();
    const auto trouble = [&](Trouble kind) {
      return books.trouble(static_cast<std::size_t>(kind));
    };
    const std::uint64_t bad = trouble(Trouble::malformed_line) + trouble(Trouble::oversized_line) +
                              trouble(Trouble::blank_line);
    const auto replies = static_cast<std::uint64_t>(
        std::count(rig.output.text.begin(), rig.output.text.end(), '\n'));
    RC_ASSERT(bad == stream.bad);
    RC_ASSERT(replies == stream.answered);
    RC_ASSERT(books.answered() == stream.answered);
    RC_ASSERT(books.messages() == stream.answered + stream.unanswered);
    RC_ASSERT(books.messages() + bad == stream.line_count);
    std::uint64_t by_type = 0;
    for (std::size_t i = 0; i < held.types().size(); ++i) by_type += books.count(i);
    RC_ASSERT(by_type == books.messages());
    RC_ASSERT(books.at_rank(books.answered(), profile::kEndToEnd) > 0 || books.answered() == 0 ||
              books.largest(profile::kEndToEnd) == 0U);
    RC_ASSERT(books.at_rank(books.answered() + 1, profile::kEndToEnd) == 0);  // all, and no more
  });
}

}  // namespace
}  // namespace narrows::pipeline
