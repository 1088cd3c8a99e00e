// SPDX-License-Identifier: MIT
// How bytes become rows: lines, carries, runs, full batches.
#include "pipeline/parser.hpp"

#include <string>
#include <vector>

#include "unit/doctest.hpp"
#include "unit/logged.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using test::echo_line;
using test::line_of;
using test::StageRig;

/// A row in short: a message's msg_id, or what is wrong with a run of lines and how long it is.
std::string shown(const InBatch& batch, std::uint32_t index) {
  const InRow& row = batch.rows[index];
  switch (row.bad) {
    case BadLine::none: return std::string(row.message.msg_id(batch.text.get()));
    case BadLine::malformed: return "malformed*" + std::to_string(row.lines);
    case BadLine::oversized: return "oversized*" + std::to_string(row.lines);
    case BadLine::blank: return "blank*" + std::to_string(row.lines);
  }
  return "?";
}

using Rows = std::vector<std::string>;

Rows rows_of(const InBatch& batch) {
  Rows rows;
  for (std::uint32_t i = 0; i < batch.row_count; ++i) rows.push_back(shown(batch, i));
  return rows;
}

/// What a read brings, as rows; the batch is handed on when it has any.
Rows read(StageRig& rig, std::string_view bytes) {
  if (!rig.parse(bytes)) return {};
  Rows rows = rows_of(rig.in);
  rig.parser.open(rig.in);
  return rows;
}

std::string minimal(std::uint64_t msg_id) {
  return R"({"src":"s","body":{"type":"t","msg_id":)" + std::to_string(msg_id) + "}}\n";
}

TEST_CASE("parser: the lines of a read become rows, in order") {
  StageRig rig;
  CHECK(read(rig, minimal(1) + minimal(2) + minimal(3)) == Rows{"1", "2", "3"});
  CHECK(read(rig, minimal(4)) == Rows{"4"});
}

TEST_CASE("parser: CRLF is a line's end, and the CR is no part of it") {
  StageRig rig;
  CHECK(read(rig, R"({"src":"s","body":{"type":"t","msg_id":5}})"
                  "\r\n\r\n") == Rows{"5", "blank*1"});
}

TEST_CASE("parser: blank lines are spaces, tabs and CRs alone") {
  StageRig rig;
  CHECK(read(rig, "\n \n\t\n\r\n \t\r\r\n") == Rows{"blank*5"});
  CHECK(read(rig, " x\n\v\n") == Rows{"malformed*2"});
}

TEST_CASE("parser: bad lines of one kind in a row share a row, in their place") {
  StageRig rig;
  CHECK(read(rig, "x\n{\n" + minimal(1) + "\n\n\n[]\n\n" + minimal(2) + "null\n") ==
        Rows{"malformed*2", "1", "blank*3", "malformed*1", "blank*1", "2", "malformed*1"});
}

TEST_CASE("parser: a run of bad lines ends with its batch") {
  StageRig rig;
  CHECK(read(rig, "x\nx\n") == Rows{"malformed*2"});
  CHECK(read(rig, "x\n") == Rows{"malformed*1"});
}

TEST_CASE("parser: a line may be cut anywhere, and is carried over") {
  const std::string text = minimal(1) + "\r\n" + echo_line(2, "\"a b\"") + minimal(3);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    StageRig rig;
    Rows rows = read(rig, text.substr(0, cut));
    for (const std::string& row : read(rig, text.substr(cut))) rows.push_back(row);
    CAPTURE(cut);
    CHECK(rows == Rows{"1", "blank*1", "2", "3"});
  }
}

TEST_CASE("parser: bytes that come one by one make the same rows") {
  StageRig rig;
  Rows rows;
  for (const char byte : minimal(1) + "bad\n" + minimal(2) + "\n" + echo_line(3, "[1,2]")) {
    for (const std::string& row : read(rig, {&byte, 1})) rows.push_back(row);
  }
  CHECK(rows == Rows{"1", "malformed*1", "2", "blank*1", "3"});
}

TEST_CASE("parser: a carried line's spans are of the new batch") {
  StageRig rig;
  const std::string text = minimal(1) + echo_line(2, "\"payload\"");
  CHECK(read(rig, text.substr(0, text.size() - 10)) == Rows{"1"});
  CHECK(rig.parse(text.substr(text.size() - 10)));
  const InRow& row = rig.in.rows[0];
  const json::Member& member = rig.in.members[row.first_member];
  CHECK(row.message.src.in(rig.in.text.get()) == "c1");
  CHECK(member.value.in(rig.in.text.get()) == "\"payload\"");
}

TEST_CASE("parser: rows have their type's number, escapes in the type understood") {
  StageRig rig;
  CHECK(rig.parse(line_of(R"("type":"echo")") + line_of(R"("type":"ech\u006f")") +
                  line_of(R"("type":"\u0069nit")") + line_of(R"("type":"bench_stats")") +
                  line_of(R"("type":"nothing")") + line_of(R"("type":"nothin\u0067")") +
                  line_of(R"("type":"echo\u0000")")));
  std::vector<TypeId> ids;
  for (std::uint32_t i = 0; i < rig.in.row_count; ++i) ids.push_back(rig.in.rows[i].type_id);
  const TypeId echo = rig.types.find("echo");
  CHECK(ids == std::vector<TypeId>{echo, echo, Types::kInit, Types::kBenchStats, kOtherType,
                                   kOtherType, kOtherType});
}

TEST_CASE(
    "parser: a batch that is full of rows leaves the other lines for the next, no read between") {
  StageRig rig;
  std::string text;
  for (std::uint64_t i = 0; i < kRows + 100; ++i) text += minimal(i);
  REQUIRE(text.size() <= kReadBytes);
  CHECK(rig.parse(text, 1'000));
  CHECK(rig.in.row_count == kRows);
  CHECK(rig.parser.has_line());
  CHECK(shown(rig.in, kRows - 1) == std::to_string(kRows - 1));
  rig.parser.open(rig.in);
  CHECK(rig.parse("", 1'000));
  CHECK_FALSE(rig.parser.has_line());
  REQUIRE(rig.in.row_count == 100);
  CHECK(shown(rig.in, 0) == std::to_string(kRows));
  CHECK(shown(rig.in, 99) == std::to_string(kRows + 99));
  CHECK(rig.in.t0 == 1'000);
}

TEST_CASE("parser: a full batch of bad lines too is followed by the rest") {
  StageRig rig;
  std::string text;
  for (std::uint64_t i = 0; i < kRows + 10; ++i) text += i % 2 == 0 ? "\n" : "x\n";
  CHECK(rig.parse(text));
  CHECK(rig.in.row_count == kRows);
  rig.parser.open(rig.in);
  CHECK(rig.parse(""));
  CHECK(rig.in.row_count == 10);
}

TEST_CASE("parser: a batch that is full of members leaves the other lines for the next") {
  StageRig rig;
  std::string body = R"("type":"t","msg_id":1)";
  for (std::uint32_t i = 0; i < kMembersPerMessage; ++i) body += ",\"\":0";
  std::string text;
  for (std::uint32_t i = 0; i < kMembers / kMembersPerMessage + 5; ++i) text += line_of(body);
  REQUIRE(text.size() <= kReadBytes);
  CHECK(rig.parse(text));
  CHECK(rig.in.row_count == kMembers / kMembersPerMessage);
  CHECK(rig.in.member_count == kMembers);
  CHECK(rig.parser.has_line());
  rig.parser.open(rig.in);
  CHECK(rig.parse(""));
  CHECK(rig.in.row_count == 5);
}

TEST_CASE("parser: a message of more members than a batch holds is taken, and says so") {
  StageRig rig;
  std::string body = R"("type":"t","msg_id":1)";
  for (std::uint32_t i = 0; i < kMembers + 1; ++i) body += ",\"\":0";
  CHECK(read(rig, minimal(7) + line_of(body) + minimal(8)).size() == 2);
  CHECK(rig.in.rows[1].message.members == kMembers);
  CHECK(rig.in.rows[1].message.members_left_out);
  CHECK(rig.parse(""));
  CHECK(rows_of(rig.in) == Rows{"8"});
}

TEST_CASE("parser: input that ends without newline ends with a line, if there is anything") {
  StageRig rig;
  CHECK_FALSE(rig.parser.finish(rig.in, 1'000));
  const std::string line = minimal(1);
  CHECK(read(rig, line.substr(0, line.size() - 1)).empty());
  CHECK(rig.parser.finish(rig.in, 2'000));
  CHECK(rows_of(rig.in) == Rows{"1"});
  CHECK(rig.in.t0 == 2'000);
  rig.parser.open(rig.in);
  CHECK_FALSE(rig.parser.finish(rig.in, 1'000));

  CHECK(read(rig, "  ").empty());
  CHECK(rig.parser.finish(rig.in, 1'000));
  CHECK(rows_of(rig.in) == Rows{"blank*1"});
  rig.parser.open(rig.in);
  CHECK(read(rig, line.substr(0, 20)).empty());
  CHECK(rig.parser.finish(rig.in, 1'000));
  CHECK(rows_of(rig.in) == Rows{"malformed*1"});
}

TEST_CASE("parser: what is wrong with a line is said, with its beginning") {
  StageRig rig;
  read(rig, "{\"src\":5}\n");
  CHECK(lines_of(rig.log) ==
        std::vector<std::string>{"narrows: warning: no usable `src`: {\"src\":5}\n"});
  read(rig, line_of("\"msg_id\":1"));
  const auto lines = lines_of(rig.log);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("no usable `type`: {") != std::string::npos);
}

}  // namespace
}  // namespace narrows::pipeline
