// SPDX-License-Identifier: MIT
// What the real stages hand over: the stamps of the books, and the reply's numbers.
#include <string>
#include <vector>

#include "pipeline/trace.hpp"
#include "unit/doctest.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using test::echo_line;
using test::line_of;
using test::StageRig;

std::vector<Ticks> stamps_of(const TraceSample& sample) {
  const auto& s = sample.stamps;
  return {s.t0, s.t1, s.t2, s.t3, s.t4, s.t5, s.t6, s.t7};
}

Options traced(std::uint64_t every) {
  Options options;
  options.trace = "t.json";
  options.trace_every = every;
  return options;
}

TEST_CASE(
    "trace: through the stages, a sample has the stamps of the books, and the reply's numbers") {
  StageRig rig({}, traced(1));
  rig.init();
  rig.tracer->drain(1, [](const TraceSample&) {});
  rig.manual.advance_by_itself(7);
  std::string lines;
  for (std::uint64_t i = 0; i < 50; ++i) {
    lines += echo_line(100 + i, "1");
    if (i % 10 == 3) lines += "bad\n";
    if (i % 10 == 5) lines += line_of(R"("type":"echo","echo":1)");
    if (i % 20 == 7) lines += line_of(R"("type":"what","msg_id":7)");
    if (i == 30) lines += line_of(R"("type":"bench_stats","msg_id":8)");
  }
  rig.run(lines);
  std::vector<Ticks> sums(profile::kEndToEnd + 1);
  std::vector<std::uint64_t> replies;
  std::uint64_t number = 1;  // init has 0
  rig.tracer->drain(rig.tracer->waiting(), [&](const TraceSample& sample) {
    const auto stamps = stamps_of(sample);
    for (std::size_t i = 0; i < profile::kComponents; ++i) sums[i] += stamps[i + 1] - stamps[i];
    sums.back() += stamps.back() - stamps.front();
    CHECK(sample.msg_id == number++);
    if (sample.in_reply_to >= 100) replies.push_back(sample.in_reply_to);
    CHECK(sample.is_answer);
  });
  CHECK(number == 1 + 50 + 3 + 1);
  CHECK(sums == rig.sums());
  REQUIRE(replies.size() == 50);
  for (std::uint64_t i = 0; i < 50; ++i) CHECK(replies[i] == 100 + i);
}

TEST_CASE("trace: a reset changes nothing in whose turn it is") {
  StageRig rig({}, traced(5));
  rig.init();  // the first
  rig.run(echo_line(1, "1") + echo_line(2, "2") +
          line_of(R"("type":"bench_stats","msg_id":3,"reset":true)") + echo_line(4, "4") +
          echo_line(5, "5"));
  std::vector<std::uint64_t> replies;
  rig.tracer->drain(rig.tracer->waiting(),
                    [&](const TraceSample& each) { replies.push_back(each.in_reply_to); });
  CHECK(replies == std::vector<std::uint64_t>{5});
}

}  // namespace
}  // namespace narrows::pipeline
