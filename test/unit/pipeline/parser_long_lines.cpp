// SPDX-License-Identifier: MIT
// Lines that are longer than allowed, and such as do not fit a batch.
#include <string>

#include "pipeline/parser.hpp"
#include "unit/doctest.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using test::echo_line;
using test::StageRig;

Options limited(std::size_t max_line_bytes) {
  Options options;
  options.max_line_bytes = max_line_bytes;
  return options;
}

/// An echo whose line, without its end, has exactly so many bytes.
std::string line_of_bytes(std::size_t bytes, std::string_view end = "\n") {
  std::string line = echo_line(1, "\"\"");
  line.pop_back();
  line.insert(line.size() - 3, bytes - line.size(), 'x');
  return line.append(end);
}

/// Feeds reads of at most `step` bytes; how the rows end: "m" a message, "o" an oversized line.
std::string outcome(StageRig& rig, std::string_view text, std::size_t step) {
  std::string rows;
  while (!text.empty()) {
    const std::size_t size = std::min({step, text.size(), rig.parser.space(rig.in).size()});
    REQUIRE(size > 0);
    bool has_rows = rig.parse(text.substr(0, size));
    text.remove_prefix(size);
    for (; has_rows; has_rows = rig.parser.has_line() && rig.parse("")) {
      for (std::uint32_t i = 0; i < rig.in.row_count; ++i) {
        const InRow& row = rig.in.rows[i];
        if (row.is_message()) rows += "m";
        if (row.bad == BadLine::oversized) rows += std::string(row.lines, 'o');
        if (row.bad == BadLine::malformed) rows += std::string(row.lines, 'x');
      }
      rig.parser.open(rig.in);
    }
    CHECK(rig.in.filled <= rig.options.max_line_bytes + 2 + step);
  }
  return rows;
}

TEST_CASE("long lines: the limit is a line's bytes without its end, however it is cut") {
  for (const std::size_t step : {1U, 7U, 128U, 60'000U}) {
    for (const std::string_view end : {"\n", "\r\n"}) {
      StageRig rig({}, limited(128));
      const std::string text = line_of_bytes(128, end) + line_of_bytes(129, end) +
                               line_of_bytes(128, end) + line_of_bytes(130, end) +
                               line_of_bytes(131, end) + line_of_bytes(127, end);
      CHECK_MESSAGE(outcome(rig, text, step) == "momoom", step);
    }
  }
}

TEST_CASE("long lines: one that is far too long is skipped in bounded memory, and counts once") {
  for (const std::size_t step : {1U, 100U, 60'000U}) {
    StageRig rig({}, limited(128));
    const std::string text = line_of_bytes(100) + std::string(100'000, 'x') + "\n" +
                             line_of_bytes(100) + std::string(200'000, ' ') + "\n" +
                             line_of_bytes(100);
    CHECK_MESSAGE(outcome(rig, text, step) == "momom", step);
  }
}

TEST_CASE("long lines: a good line behind an oversized one is none of its bytes") {
  StageRig rig({}, limited(128));
  CHECK(outcome(rig, std::string(500, 'x'), 100).empty());
  CHECK(outcome(rig, "xx\n" + line_of_bytes(100), 1) == "om");
}

TEST_CASE("long lines: input that ends within an oversized line has that line") {
  StageRig rig({}, limited(128));
  CHECK(outcome(rig, std::string(500, 'x'), 100).empty());
  CHECK(rig.parser.finish(rig.in, 1'000));
  REQUIRE(rig.in.row_count == 1);
  CHECK(rig.in.rows[0].bad == BadLine::oversized);
  rig.parser.open(rig.in);
  CHECK_FALSE(rig.parser.finish(rig.in, 1'000));
  CHECK(outcome(rig, line_of_bytes(100), 100) == "m");
}

TEST_CASE("long lines: one that fills its batch moves to the long batch, and ends there") {
  StageRig rig;
  const std::size_t batch_bytes = rig.in.text_bytes;
  const std::string line = line_of_bytes(batch_bytes + 30'000);
  const std::string after = echo_line(2, "2") + "half";
  const std::string text = line + after;
  std::size_t fed = 0;
  while (!rig.parser.wants_long(rig.in)) {
    const std::size_t size = rig.parser.space(rig.in).size();
    REQUIRE(size > 0);
    CHECK_FALSE(rig.parse(text.substr(fed, size)));
    fed += size;
  }
  InBatch long_one(std::size_t{4} << 20, 1, kMembers);
  Parser::move(rig.in, long_one);
  CHECK_FALSE(rig.parser.wants_long(long_one));
  const std::span<char> space = rig.parser.space(long_one);
  REQUIRE(space.size() >= text.size() - fed);
  text.copy(space.data(), std::string::npos, fed);
  CHECK(rig.parser.parse(long_one, text.size() - fed, 1'000));
  REQUIRE(long_one.row_count == 1);
  CHECK(long_one.rows[0].message.body.length == line.size() - 1 - 32);  // without the frame
  CHECK(rig.parser.has_line());  // what follows is for the next batch
  rig.parser.open(rig.in);
  CHECK(rig.parse(""));
  REQUIRE(rig.in.row_count == 1);
  CHECK(rig.in.rows[0].message.msg_id(rig.in.text.get()) == "2");
  CHECK_FALSE(rig.parser.has_line());
  rig.parser.open(rig.in);
  CHECK(rig.in.filled == 4);
}

TEST_CASE("long lines: a batch with rows never wants the long one") {
  StageRig rig;
  CHECK(rig.parse(echo_line(1, "1")));
  rig.in.filled = rig.in.text_bytes;
  CHECK_FALSE(rig.parser.wants_long(rig.in));
}

}  // namespace
}  // namespace narrows::pipeline
