// SPDX-License-Identifier: MIT
// What each line is answered with, and how it is counted.
#include "pipeline/dispatcher.hpp"

#include <stdexcept>
#include <string>

#include "unit/doctest.hpp"
#include "unit/stage_rig.hpp"

namespace narrows::pipeline {
namespace {

using profile::Trouble;
using test::echo_line;
using test::line_of;
using test::StageRig;

constexpr std::string_view kInit =
    R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1","n2"]}})"
    "\n";

std::string error_reply(int code, std::string_view text, std::string_view in_reply_to,
                        std::string_view msg_id, std::string_view src = "n1") {
  std::string line = "{\"src\": \"";
  line.append(src).append(R"(", "dest": "c1", "body": {"type": "error", "code": )");
  line.append(std::to_string(code)).append(", \"text\": \"").append(text);
  line.append("\", \"in_reply_to\": ").append(in_reply_to).append(", \"msg_id\": ");
  return line.append(msg_id).append("}}\n");
}

/// What one line is answered with, and that it counts as this trouble, once, and nothing else.
void check(StageRig& rig, std::string_view line, std::string_view answer, Trouble trouble,
           std::uint64_t messages = 1) {
  CAPTURE(line);
  std::array<std::uint64_t, profile::kTroubles> before{};
  for (std::size_t i = 0; i < before.size(); ++i) before[i] = rig.books.books.all().trouble(i);
  const std::uint64_t messages_before = rig.messages();
  CHECK(rig.run(line) == answer);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const bool counts = i == static_cast<std::size_t>(trouble);
    CHECK_MESSAGE(rig.books.books.all().trouble(i) - before[i] == (counts ? 1 : 0),
                  profile::kTroubleNames[i]);
  }
  CHECK(rig.messages() - messages_before == messages);
}

TEST_CASE("dispatcher: a first init names the node, and everybody") {
  StageRig rig;
  CHECK(rig.dispatcher.identity().id.empty());
  check(rig, kInit,
        R"({"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}})"
        "\n",
        Trouble::none);
  CHECK(rig.dispatcher.identity().id == "n1");
  CHECK(rig.dispatcher.identity().node_ids == std::vector<std::string>{"n1", "n2"});
  check(rig, echo_line(2, "\"bench\""),
        R"({"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": "bench", )"
        R"("in_reply_to": 2, "msg_id": 1}})"
        "\n",
        Trouble::none);
}

TEST_CASE("dispatcher: a second init is answered again, for another node it is a conflict") {
  StageRig rig;
  rig.init();
  check(rig, kInit,
        R"({"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 1}})"
        "\n",
        Trouble::none);
  check(rig, line_of(R"("type":"init","msg_id":3,"node_id":"n2","node_ids":["n2"])"),
        error_reply(22, "this node has another name already", "3", "2"), Trouble::init_conflict);
  CHECK(rig.dispatcher.identity().id == "n1");
}

TEST_CASE("dispatcher: an unusable init is refused, and the node stays nameless") {
  for (const std::string_view members :
       {R"("node_ids":["n1"])", R"("node_id":"","node_ids":["n1"])",
        R"("node_id":1,"node_ids":["n1"])", R"("node_id":null,"node_ids":["n1"])"}) {
    StageRig rig;
    check(rig, line_of("\"type\":\"init\",\"msg_id\":1," + std::string(members)),
          error_reply(12, "init: no usable `node_id`", "1", "0"), Trouble::malformed_request);
    CHECK(rig.dispatcher.identity().id.empty());
  }
  for (const std::string_view members :
       {R"("node_id":"n1")", R"("node_id":"n1","node_ids":"n1")", R"("node_id":"n1","node_ids":{})",
        R"("node_id":"n1","node_ids":[1])", R"("node_id":"n1","node_ids":null)"}) {
    StageRig rig;
    check(rig, line_of("\"type\":\"init\",\"msg_id\":1," + std::string(members)),
          error_reply(12, "init: `node_ids` is no array of strings", "1", "0"),
          Trouble::malformed_request);
    CHECK(rig.dispatcher.identity().id.empty());
  }
}

TEST_CASE("dispatcher: a node's name may have escapes, and is repeated as it was written") {
  StageRig rig;
  CHECK(rig.run(line_of(R"("type":"init","msg_id":1,"node_id":"n\u0031\"","node_ids":[])")) ==
        R"({"src": "n\u0031\"", "dest": "c1", "body": {"type": "init_ok", "in_reply_to": 1, )"
        R"("msg_id": 0}})"
        "\n");
  CHECK(rig.dispatcher.identity().id == "n1\"");
  check(rig, line_of(R"("type":"init","msg_id":2,"node_id":"n1\"","node_ids":[])"),
        R"({"src": "n\u0031\"", "dest": "c1", "body": {"type": "init_ok", "in_reply_to": 2, )"
        R"("msg_id": 1}})"
        "\n",
        Trouble::none);
}

TEST_CASE("dispatcher: before init everything else is an error 11, in the request's own dest") {
  StageRig rig;
  const std::string_view text = "not initialised yet: init comes first";
  check(rig, echo_line(5, "1"), error_reply(11, text, "5", "0"), Trouble::before_init);
  check(rig, line_of(R"("type":"what","msg_id":6)"), error_reply(11, text, "6", "1"),
        Trouble::before_init);
  check(rig, line_of(R"("type":"bench_stats","msg_id":7)"), error_reply(11, text, "7", "2"),
        Trouble::before_init);
  check(rig,
        R"({"src":"c1","dest":"n\u0039","body":{"type":"echo","msg_id":8}})"
        "\n",
        error_reply(11, text, "8", "3", R"(n\u0039)"), Trouble::before_init);
  check(rig, line_of(R"("type":"echo")"), "", Trouble::before_init);
  check(rig, line_of(R"("msg_id":9)"), error_reply(12, "no usable `type`", "9", "4"),
        Trouble::malformed_request);
}

TEST_CASE("dispatcher: before init nothing is sent for what has no usable dest") {
  StageRig rig;
  for (const std::string_view dest : {"", "\"dest\":\"\",", "\"dest\":5,", "\"dest\":null,"}) {
    const std::string start = "{\"src\":\"c1\"," + std::string(dest);
    check(rig, start + R"("body":{"type":"echo","msg_id":1,"echo":1}})" + "\n", "",
          Trouble::before_init);
    check(rig, start + R"("body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":[]}})" + "\n",
          "", Trouble::before_init);
    check(rig, start + R"("body":{"msg_id":1}})" + "\n", "", Trouble::before_init);
  }
  CHECK(rig.dispatcher.identity().id.empty());
  rig.init();
  check(rig,
        R"({"src":"c1","body":{"type":"echo","msg_id":1,"echo":1}})"
        "\n",
        R"({"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": 1, "in_reply_to": 1, )"
        R"("msg_id": 1}})"
        "\n",
        Trouble::none);
}

TEST_CASE("dispatcher: malformed requests are answered with what is wrong") {
  StageRig rig;
  rig.init();
  check(rig, line_of(R"("msg_id":2)"), error_reply(12, "no usable `type`", "2", "1"),
        Trouble::malformed_request);
  check(rig, line_of(R"("type":"echo","msg_id":3,"type":"echo")"),
        error_reply(12, "`type` is there twice", "3", "2"), Trouble::malformed_request);
  check(rig,
        R"({"src":"c1","dest":"n1"})"
        "\n",
        "", Trouble::malformed_request);
  check(rig, line_of(R"("type":5)"), "", Trouble::malformed_request);
}

TEST_CASE("dispatcher: an unknown type is an error 10 that names it") {
  StageRig rig;
  rig.init();
  check(rig, line_of(R"("type":"what","msg_id":2)"),
        error_reply(10, "type what is not supported", "2", "1"), Trouble::unknown_type);
  check(rig, line_of(R"("type":"w\"\u0000t","msg_id":3)"),
        error_reply(10, R"(type w\"\u0000t is not supported)", "3", "2"), Trouble::unknown_type);
  check(rig, line_of(R"("type":"what")"), "", Trouble::unknown_type);
}

TEST_CASE("dispatcher: a long unknown type is not repeated") {
  StageRig rig;
  rig.init();
  const std::string answer =
      rig.run(line_of("\"msg_id\":4,\"type\":\"" + std::string(65, 'x') + "\""));
  CHECK(answer.find("xx") == std::string::npos);
  CHECK(answer.find("  ") == std::string::npos);  // nor is there a gap in its place
  CHECK(answer.find("is not supported") != std::string::npos);
  CHECK(rig.trouble(Trouble::unknown_type) == 1);
}

TEST_CASE("dispatcher: a reply to somebody is never answered, before init and after") {
  StageRig rig;
  check(rig, line_of(R"("type":"echo","msg_id":1,"in_reply_to":0,"echo":1)"), "",
        Trouble::late_reply);
  rig.init();
  check(rig, line_of(R"("type":"echo","msg_id":1,"in_reply_to":0,"echo":1)"), "",
        Trouble::late_reply);
  check(rig, line_of(R"("type":"error","in_reply_to":{"a":1},"msg_id":2)"), "",
        Trouble::late_reply);
  check(rig, line_of(R"("type":"init","in_reply_to":1,"msg_id":2)"), "", Trouble::late_reply);
}

TEST_CASE("dispatcher: bad lines are counted by kind, and are no messages") {
  StageRig rig;
  rig.init();
  check(rig, "{\n", "", Trouble::malformed_line, 0);
  check(rig, " \n", "", Trouble::blank_line, 0);
  CHECK(rig.run("x\nx\n\nx\n").empty());
  CHECK(rig.trouble(Trouble::malformed_line) == 4);
  CHECK(rig.trouble(Trouble::blank_line) == 2);
}

TEST_CASE("dispatcher: without msg_id a message is handled, and not answered") {
  int calls = 0;
  StageRig rig({{"count", [&](const Request&) {
                   ++calls;
                   return reply("count_ok");
                 }}});
  rig.init();
  check(rig, line_of(R"("type":"count")"), "", Trouble::none);
  CHECK(calls == 1);
  CHECK(rig.run(line_of(R"("type":"count","msg_id":1)")).find("\"msg_id\": 1}") !=
        std::string::npos);  // the number was not used up
}

TEST_CASE("dispatcher: what a handler throws becomes its error") {
  StageRig rig({{"error",
                 [](const Request&) -> Reply {
                   throw Error(ErrorCode::abort, std::string("the \"text\""));
                 }},
                {"own", [](const Request&) -> Reply { throw Error(1'234, std::string("mine")); }},
                {"crash", [](const Request&) -> Reply { throw std::runtime_error("broke\n"); }},
                {"int", [](const Request&) -> Reply { throw 7; }},
                {"return",
                 [](const Request&) -> Reply {
                   return Error(ErrorCode::key_does_not_exist, "no such key");
                 }},
                {"none", [](const Request&) { return Reply::none(); }}});
  rig.init();
  check(rig, line_of(R"("type":"error","msg_id":2)"), error_reply(14, R"(the \"text\")", "2", "1"),
        Trouble::handler_error);
  check(rig, line_of(R"("type":"own","msg_id":3)"), error_reply(1'234, "mine", "3", "2"),
        Trouble::handler_error);
  check(rig, line_of(R"("type":"crash","msg_id":4)"), error_reply(13, R"(broke\n)", "4", "3"),
        Trouble::handler_error);
  check(rig, line_of(R"("type":"int","msg_id":5)"), error_reply(13, "the handler failed", "5", "4"),
        Trouble::handler_error);
  check(rig, line_of(R"("type":"return","msg_id":6)"), error_reply(20, "no such key", "6", "5"),
        Trouble::handler_error);
  check(rig, line_of(R"("type":"none","msg_id":7)"), "", Trouble::none);
  check(rig, line_of(R"("type":"error")"), "", Trouble::handler_error);
  check(rig, echo_line(8, "1"),
        R"({"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": 1, "in_reply_to": 8, )"
        R"("msg_id": 6}})"
        "\n",
        Trouble::none);
}

TEST_CASE("dispatcher: bench_stats takes only what it knows") {
  StageRig rig;
  rig.init();
  std::uint64_t msg_id = 0;
  for (const std::string_view member :
       {R"("reset":1)", R"("reset":"true")", R"("reset":null)", R"("detail":"some")",
        R"("detail":true)", R"("detail":null)", R"("window":"first")", R"("window":1)",
        R"("window":null)"}) {
    check(rig, line_of("\"type\":\"bench_stats\",\"msg_id\":2," + std::string(member)),
          error_reply(12,
                      "bench_stats: `reset` is true or false, `detail` is full or summary, "
                      "`window` is all or last",
                      "2", std::to_string(++msg_id)),
          Trouble::malformed_request);
  }
  for (const std::string_view member :
       {R"("reset":false)", R"("detail":"summary")", R"("detail":"full")",
        R"("detail":"summ\u0061ry")", R"("d\u0065tail":"full")", R"("window":"all")",
        R"("window":"last")", R"("window":"last","detail":"summary")"}) {
    CAPTURE(member);
    const std::string answer =
        rig.run(line_of("\"type\":\"bench_stats\",\"msg_id\":2," + std::string(member)));
    CHECK(answer.find(R"({"type": "bench_stats_ok", )") != std::string::npos);
  }
}

}  // namespace
}  // namespace narrows::pipeline
