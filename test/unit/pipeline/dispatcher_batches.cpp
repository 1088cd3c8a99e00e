// SPDX-License-Identifier: MIT
// How replies fill outgoing batches, and when the incoming one may go back.
#include <string>

#include "pipeline/dispatcher.hpp"
#include "unit/doctest.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using test::echo_line;
using test::line_of;
using test::StageRig;

/// A handler that answers with a text of `bytes` bytes, and one with `members` members.
StageRig::Handlers of_any_size() {
  return {{"text",
           [](const Request& request) {
             const auto bytes = static_cast<std::size_t>(request.integer("bytes"));
             return reply("text_ok").set("text", std::string(bytes, 'x'));
           }},
          {"members", [](const Request& request) {
             Reply result = reply("members_ok");
             for (std::int64_t i = 0; i < request.integer("members"); ++i) result.set("m", i);
             return result;
           }}};
}

std::string text_line(std::size_t bytes, std::uint64_t msg_id = 1) {
  return line_of("\"type\":\"text\",\"msg_id\":" + std::to_string(msg_id) +
                 ",\"bytes\":" + std::to_string(bytes));
}

std::uint32_t rows_in(const StageRig& rig) {
  std::uint32_t rows = 0;
  for (const OutBatch* batch : rig.out.handed) rows += batch->row_count;
  return rows;
}

/// Only the last one that points into the incoming batch carries it along.
void check_release(const StageRig& rig) {
  REQUIRE_FALSE(rig.out.handed.empty());
  for (const OutBatch* batch : rig.out.handed) {
    CHECK(batch->release == (batch == rig.out.handed.back() ? &rig.in : nullptr));
  }
}

TEST_CASE("dispatcher batches: one incoming batch becomes one outgoing one that carries it along") {
  StageRig rig;
  rig.init();
  CHECK(rig.parse(echo_line(1, "1") + "bad\n" + echo_line(2, "2")));
  rig.dispatch();
  CHECK(rig.out.handed.size() == 1);
  CHECK(rows_in(rig) == 3);
  check_release(rig);
}

TEST_CASE("dispatcher batches: a full incoming batch fits one outgoing one, row by row") {
  StageRig rig;
  rig.init();
  std::string text;
  for (std::uint32_t i = 0; i < kRows; ++i)
    text += R"({"src":"s","body":{"type":"t"}})"
            "\n";
  CHECK(rig.parse(text));
  rig.dispatch();
  CHECK(rows_in(rig) == kRows);
  check_release(rig);
  rig.serialize();
  CHECK(rig.messages() == kRows);
}

TEST_CASE("dispatcher batches: an arena that is full makes another batch, and nothing is lost") {
  StageRig rig(of_any_size());
  rig.init();
  std::string text;
  std::string expected;
  for (std::uint64_t i = 0; i < 100; ++i) {
    text += text_line(2'000, i);
    expected +=
        "{\"src\": \"n1\", \"dest\": \"c1\", \"body\": {\"type\": \"text_ok\", \"text\": \"" +
        std::string(2'000, 'x') + "\", \"in_reply_to\": " + std::to_string(i) +
        ", \"msg_id\": " + std::to_string(i + 1) + "}}\n";
  }
  CHECK(rig.parse(text));
  rig.dispatch();
  CHECK(rig.out.handed.size() >= 4);
  CHECK(rows_in(rig) == 100);
  check_release(rig);
  rig.serialize();
  CHECK(rig.output.text == expected);
}

TEST_CASE("dispatcher batches: fields that are full make another batch") {
  StageRig rig(of_any_size());
  rig.init();
  std::string text;
  for (int i = 0; i < 50; ++i) {
    text += line_of(R"("type":"members","msg_id":1,"members":100)");
  }
  CHECK(rig.parse(text));
  rig.dispatch();
  CHECK(rig.out.handed.size() >= 3);
  for (const OutBatch* batch : rig.out.handed) CHECK(batch->field_count <= kMembers);
  check_release(rig);
  rig.serialize();
  CHECK(rig.messages() == 50);
  CHECK(rig.books.books.all().answered() == 50);
}

TEST_CASE(
    "dispatcher batches: a reply of more members than a batch holds is a crash of the handler") {
  StageRig rig(of_any_size());
  rig.init();
  const std::string most = std::to_string(kMembers - 1);
  const std::string fits = rig.run(line_of(R"("type":"members","msg_id":1,"members":)" + most));
  CHECK(fits.find("\"m\": " + std::to_string(kMembers - 2) + ",") != std::string::npos);
  const std::string refused =
      rig.run(line_of(R"("type":"members","msg_id":1,"members":)" + std::to_string(kMembers)));
  CHECK(refused.find(R"("code": 13, "text": "the reply is too large")") != std::string::npos);
  CHECK(rig.trouble(profile::Trouble::handler_error) == 1);
}

TEST_CASE("dispatcher batches: a reply larger than an arena takes the long batch") {
  StageRig rig(of_any_size());
  rig.init();
  CHECK(rig.parse(echo_line(1, "1") + text_line(300'000, 2) + echo_line(3, "3")));
  rig.dispatch();
  bool has_long = false;
  for (const OutBatch* batch : rig.out.handed) has_long = has_long || batch->is_long;
  CHECK(has_long);
  check_release(rig);
  rig.serialize();
  CHECK(rig.output.text.find("\"" + std::string(300'000, 'x') + "\"") != std::string::npos);
  CHECK(rig.books.books.all().answered() == 3);
}

TEST_CASE("dispatcher batches: a reply larger than the longest line is a crash of the handler") {
  StageRig rig(of_any_size());
  rig.init();
  const std::string answer = rig.run(text_line(rig.options.max_line_bytes + 1));
  CHECK(answer.find(R"("code": 13, "text": "the reply is too large")") != std::string::npos);
}

TEST_CASE("dispatcher batches: what a reply refers to is copied, unless it lasts") {
  std::string gone;
  StageRig rig({{"copy", [&](const Request& request) {
                   gone = "[1,2]";
                   Reply result = reply("copy_ok").raw("mine", Raw::checked(gone));
                   result.raw("its", request.raw("x")).set("text", gone);
                   gone.assign(100, '#');
                   return result;
                 }}});
  rig.init();
  CHECK(rig.parse(line_of(R"("type":"copy","msg_id":1,"x":{"y": 2})")));
  rig.dispatch();
  gone.clear();
  rig.serialize();
  CHECK(rig.output.text ==
        R"({"src": "n1", "dest": "c1", "body": {"type": "copy_ok", "mine": [1,2], )"
        R"("its": {"y": 2}, "text": "[1,2]", "in_reply_to": 1, "msg_id": 1}})"
        "\n");
}

TEST_CASE("dispatcher batches: a batch given out anew has nothing of its last use") {
  OutBatch batch(kArenaBytes);
  InBatch in(100, 1, 1);
  batch.row_count = batch.field_count = batch.origin_count = 7;
  batch.arena_used = 7;
  batch.release = &in;
  batch.clear();
  CHECK(batch.row_count == 0);
  CHECK(batch.field_count == 0);
  CHECK(batch.origin_count == 0);
  CHECK(batch.arena_used == 0);
  CHECK(batch.release == nullptr);
}

}  // namespace
}  // namespace narrows::pipeline
