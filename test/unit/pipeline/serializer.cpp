// SPDX-License-Identifier: MIT
// What is written, when, and how bench_stats is filled in.
#include "pipeline/serializer.hpp"

#include <string>

#include "unit/doctest.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using profile::Trouble;
using test::echo_line;
using test::line_of;
using test::StageRig;

bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string stats_line(std::string_view more = "") {
  return line_of("\"type\":\"bench_stats\",\"msg_id\":9" + std::string(more));
}

TEST_CASE("serializer: the reply has the order and the spacing of the contract") {
  StageRig rig;
  rig.init();
  CHECK(rig.run(echo_line(2, "\"bench\"")) ==
        R"({"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": "bench", )"
        R"("in_reply_to": 2, "msg_id": 1}})"
        "\n");
}

TEST_CASE("serializer: a batch is written at once, an empty one not at all") {
  StageRig rig;
  rig.init();
  rig.run(echo_line(1, "1") + echo_line(2, "2") + echo_line(3, "3"));
  CHECK(rig.output.writes == 1);
  rig.run("bad\n");
  CHECK(rig.output.writes == 1);
}

TEST_CASE("serializer: src and in_reply_to come back as they were written") {
  StageRig rig;
  rig.init();
  const std::string src = R"(\u0063"\\ä)";
  const std::string answer = rig.run(
      "{\"src\":\"c\\\"\\u0031\u00e4\",\"dest\":\"n1\",\"body\":{\"type\":\"echo\","
      "\"msg_id\":9223372036854775807,\"echo\":1}}\n");
  CHECK(has(answer, "\"dest\": \"c\\\"\\u0031\u00e4\", "));
  CHECK(has(answer, "\"in_reply_to\": 9223372036854775807, "));
}

TEST_CASE("serializer: msg_id counts the replies that are sent") {
  StageRig rig;
  rig.init();
  std::string text;
  for (std::uint64_t i = 0; i < 300; ++i) {
    text += echo_line(i, "1");
    if (i % 3 == 0) text += line_of(R"("type":"echo","echo":1)");
    if (i % 5 == 0) text += "bad\n";
  }
  const std::string answer = rig.run(text);
  std::size_t at = 0;
  for (std::uint64_t i = 0; i < 300; ++i) {
    const std::string expected =
        "\"in_reply_to\": " + std::to_string(i) + ", \"msg_id\": " + std::to_string(i + 1) + "}}\n";
    const std::size_t found = answer.find(expected, at);
    REQUIRE(found != std::string::npos);
    at = found;
  }
}

TEST_CASE("serializer: replies of every size around the buffer's are whole, and in order") {
  StageRig rig({{"text", [](const Request& request) {
                   const auto bytes = static_cast<std::size_t>(request.integer("bytes"));
                   return reply("text_ok").set("text", std::string(bytes, '\x01'));
                 }}});
  rig.init();
  for (const std::size_t bytes : {1U, 4'095U, 4'096U, 4'097U, 5'000U, 15'900U, 16'000U, 16'100U,
                                  16'384U, 40'000U, 200'000U}) {
    std::string escaped;
    for (std::size_t i = 0; i < bytes; ++i) escaped += "\\u0001";
    const std::string line =
        line_of("\"type\":\"text\",\"msg_id\":7,\"bytes\":" + std::to_string(bytes));
    const std::string answer =
        rig.run(echo_line(6, "1").append(line).append(line).append(echo_line(8, "2")));
    CHECK_MESSAGE(std::count(answer.begin(), answer.end(), '\n') == 4, bytes);
    const std::size_t first = answer.find("\"text\": \"" + escaped + "\", \"in_reply_to\": 7");
    REQUIRE(first != std::string::npos);
    CHECK(answer.find("\"" + escaped + "\", \"in_reply_to\": 7", first + bytes) !=
          std::string::npos);
    CHECK(answer.find("\"in_reply_to\": 6") < first);
    CHECK(answer.rfind("\"in_reply_to\": 8") > first + bytes);
  }
}

TEST_CASE("serializer: a long src in a reply without a name of its own is written whole") {
  StageRig rig;
  const std::string name(30'000, 'n');
  const std::string client(30'000, 'c');
  const std::string answer = rig.run("{\"src\":\"" + client + "\",\"dest\":\"" + name +
                                     "\",\"body\":{\"type\":\"echo\",\"msg_id\":1}}\n");
  CHECK(has(answer, "{\"src\": \"" + name + "\", \"dest\": \"" + client + "\", \"body\": {"));
}

TEST_CASE(
    "serializer: latency is whole microseconds from the arrival to the writing of the field") {
  StageRig rig({{"slow", [](const Request&) { return reply("slow_ok").latency("latency_us"); }}});
  rig.init();
  rig.manual.set(1'000'000);
  CHECK(rig.parse(line_of(R"("type":"slow","msg_id":1)"), 1'000'000));
  rig.dispatch();
  rig.manual.set(1'000'000 + 42'999);
  rig.serialize();
  CHECK(has(rig.output.text, "\"type\": \"slow_ok\", \"latency_us\": 42, "));
}

TEST_CASE("serializer: each message's latency is from its own arrival") {
  StageRig rig({{"slow", [](const Request&) { return reply("slow_ok").latency("latency_us"); }}});
  rig.init();
  rig.manual.set(5'000'000);
  const std::string line = line_of(R"("type":"slow","msg_id":1)");
  CHECK(rig.parse(line, 1'000'000));
  rig.dispatch();
  rig.parser.open(rig.in);
  CHECK(rig.parse(line, 3'000'000));
  rig.dispatch();
  rig.serialize();
  CHECK(has(rig.output.text, "\"latency_us\": 4000, "));
  CHECK(has(rig.output.text, "\"latency_us\": 2000, "));
}

TEST_CASE("serializer: bench_stats counts exactly the lines before it") {
  StageRig rig;
  rig.init();
  const std::string answer =
      rig.run(echo_line(1, "1") + "bad\n" + echo_line(2, "2") + line_of(R"("type":"x")") +
              stats_line() + echo_line(3, "3") + "bad\n\n" + stats_line());
  const std::size_t second = answer.rfind("bench_stats_ok");
  const std::string first_stats = answer.substr(0, second);
  const std::string second_stats = answer.substr(second);
  CHECK(has(first_stats, "\"total_messages\": 3, "));
  CHECK(has(first_stats, "\"malformed_lines\": 1, \"oversized_lines\": 0, \"blank_lines\": 0, "));
  CHECK(has(first_stats, "\"unknown_types\": 1, "));
  CHECK(has(first_stats, R"("by_type": {"other": {"count": 1, )"));
  CHECK(has(first_stats, R"("echo": {"count": 2, )"));
  CHECK(has(second_stats, "\"total_messages\": 5, "));  // the second counts the first
  CHECK(has(second_stats, "\"malformed_lines\": 2, \"oversized_lines\": 0, \"blank_lines\": 1, "));
  CHECK(has(second_stats, R"("bench_stats": {"count": 1, )"));
  CHECK(has(second_stats, R"(, "in_reply_to": 9, "msg_id": 5}})"
                          "\n"));
}

TEST_CASE("serializer: a reset answers with the old period, and is in neither") {
  StageRig rig;
  rig.init();
  rig.run(echo_line(1, "1") + "bad\n");
  CHECK(has(rig.run(stats_line(",\"reset\":true")), "\"total_messages\": 1, "));
  CHECK(rig.messages() == 0);
  CHECK(rig.trouble(Trouble::malformed_line) == 0);
  const std::string answer = rig.run(stats_line());
  CHECK(has(answer, R"("total_messages": 0, "elapsed_ms": 0, "throughput_per_sec": 0.0, )"
                    R"("avg_latency_us": 0, "p99_latency_us": 0, )"));
  CHECK(has(answer, "\"by_type\": {}, "));
  CHECK(has(rig.run(stats_line()), "\"total_messages\": 1, "));
}

TEST_CASE("serializer: a reset in mid-batch splits the batch") {
  StageRig rig;
  rig.init();
  const std::string answer = rig.run(echo_line(1, "1") + echo_line(2, "2") +
                                     stats_line(",\"reset\":true") + echo_line(3, "3"));
  CHECK(has(answer, "\"total_messages\": 2, "));
  CHECK(rig.messages() == 1);
  CHECK(rig.books.books.all().count(rig.types.find("echo")) == 1);
}

TEST_CASE("serializer: a reset without msg_id acts, and is not answered") {
  StageRig rig;
  rig.init();
  rig.run(echo_line(1, "1"));
  CHECK(rig.run(line_of(R"("type":"bench_stats","reset":true)")).empty());
  CHECK(rig.messages() == 0);
}

TEST_CASE("serializer: a summary is the first five figures") {
  StageRig rig;
  rig.init();
  rig.run(echo_line(1, "1"));
  CHECK(rig.run(stats_line(",\"detail\":\"summary\"")) ==
        R"({"src": "n1", "dest": "c1", "body": {"type": "bench_stats_ok", "total_messages": 1, )"
        R"("elapsed_ms": 0, "throughput_per_sec": 0.0, "avg_latency_us": 0, "p99_latency_us": 0, )"
        R"("in_reply_to": 9, "msg_id": 2}})"
        "\n");
}

TEST_CASE("serializer: by_type counts sum to all messages") {
  StageRig rig;
  rig.run(echo_line(1, "1") + line_of(R"("type":"x","msg_id":1)") + line_of(R"("msg_id":1)") +
          line_of(R"("type":"echo","in_reply_to":1)"));
  rig.run(line_of(R"("type":"init","msg_id":1,"node_id":"n1","node_ids":[])"));
  rig.run(echo_line(1, "1") + line_of(R"("type":"x")") + stats_line() + "bad\n");
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < rig.books.books.types().size(); ++i) {
    sum += rig.books.books.all().count(i);
  }
  CHECK(sum == 8);
  CHECK(rig.messages() == 8);
}

TEST_CASE("serializer: once writing fails nothing is written, and the books go on") {
  StageRig rig;
  rig.init();
  rig.output.fails = true;
  rig.run(echo_line(1, "1"));
  CHECK(rig.serializer.failed());
  CHECK(rig.output.writes == 1);
  rig.output.fails = false;
  CHECK(rig.run(echo_line(2, "2")).empty());
  CHECK(rig.output.writes == 1);
  CHECK(rig.messages() == 2);
}

TEST_CASE("serializer: the time in `write` is its stage's: short is busy, long is blocked") {
  StageRig rig;
  rig.init();
  auto& stage = rig.books.clock_of(Stage::serialize);
  stage.enter(profile::StageClock::State::busy, rig.manual.now());
  rig.output.on_write = [&] { rig.manual.advance(1'000); };
  rig.run(echo_line(1, "1"));
  const auto times = [&] { return stage.read(rig.manual.now(), 50'000).times; };
  CHECK(times().busy == 1'000);
  CHECK(times().blocked == 0);
  rig.output.on_write = [&] { rig.manual.advance(1'000'000); };
  rig.run(echo_line(1, "1"));
  CHECK(times().busy == doctest::Approx(2'000).epsilon(0.05));  // the bytes' cost as before
  CHECK(times().busy + times().blocked == 1'001'000);
}

TEST_CASE("serializer: figures that the reporter asked for are handed over after a batch") {
  StageRig rig;
  rig.init();
  rig.run(echo_line(1, "1"));
  rig.books.wanted.store(true);
  const Parking::Ticket ticket = rig.log.parking().ticket();
  rig.run(echo_line(2, "2"));
  CHECK_FALSE(rig.books.wanted.load());
  CHECK(rig.books.handed_over.all.total_messages == 2);
  CHECK(rig.books.handed_over.last.period == profile::Period::last);
  CHECK(rig.log.parking().ticket() != ticket);
}

}  // namespace
}  // namespace narrows::pipeline
