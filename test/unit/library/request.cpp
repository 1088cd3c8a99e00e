// SPDX-License-Identifier: MIT
#include "narrows/request.hpp"

#include <functional>
#include <string>

#include "narrows/node.hpp"
#include "unit/doctest.hpp"
#include "unit/fed_node.hpp"

namespace narrows {
namespace {

/// Runs `look` on the request with these members; its error if it throws one.
std::string with_request(std::string_view members, std::function<void(const Request&)> look) {
  test::FedNode fed;
  fed.node.on("look", [&](const Request& request) {
    look(request);
    return reply("look_ok");
  });
  fed.init();
  std::string body = "\"type\":\"look\"";
  if (!members.empty()) body.append(",").append(members);
  return fed.ask(body);
}

constexpr std::string_view kOk = R"("type": "look_ok")";

std::string refusal(std::string_view text) {
  return R"("type": "error", "code": 12, "text": ")" + std::string(text) + "\"";
}

TEST_CASE("request: the envelope is seen as it was written") {
  test::FedNode fed;
  int calls = 0;
  fed.node.on("loo\"k", [&](const Request& request) {
    ++calls;
    CHECK(request.src() == "c\\u0031");
    CHECK(request.dest() == "n1");
    CHECK(request.type() == "loo\\\"k");
    CHECK(request.msg_id() == 7);
    CHECK(request.body() == R"({"a": [1], "type":"loo\"k","msg_id":7})");
  });
  fed.init();
  fed.feed(R"({"src":"c\u0031","dest":"n1","body":{"a": [1], "type":"loo\"k","msg_id":7}})"
           "\n");
  CHECK(calls == 1);
}

TEST_CASE("request: without msg_id or dest there is none") {
  test::FedNode fed;
  int calls = 0;
  fed.node.on("look", [&](const Request& request) {
    ++calls;
    CHECK_FALSE(request.msg_id().has_value());
    CHECK(request.dest().empty());
  });
  fed.init();
  fed.feed(R"({"src":"c1","body":{"type":"look"}})"
           "\n");
  CHECK(calls == 1);
}

TEST_CASE("request: the largest msg_id is itself") {
  test::FedNode fed;
  fed.node.on("look", [&](const Request& request) {
    return reply("look_ok").set("id", *request.msg_id());
  });
  fed.init();
  CHECK(fed.feed(R"({"src":"c1","body":{"type":"look","msg_id":9223372036854775807}})"
                 "\n")
            .find("\"id\": 9223372036854775807, \"in_reply_to\": 9223372036854775807") !=
        std::string::npos);
}

TEST_CASE("request: members are found by name, the last of several, or not at all") {
  CHECK(with_request(R"("a":{"b": 1},"c":2,"a":[ 3 ])", [](const Request& request) {
          CHECK(request.find("a")->text() == "[ 3 ]");
          CHECK(request.raw("c").text() == "2");
          CHECK(request.find("c")->is_requests());
          CHECK_FALSE(request.find("b").has_value());
          CHECK_FALSE(request.find("type").has_value());
          CHECK_FALSE(request.find("msg_id").has_value());
        }) == kOk);
}

TEST_CASE("request: members are found also when there are more than are indexed") {
  std::string members = "\"first\":1";
  for (int i = 0; i < 3'000; ++i) members += ",\"m" + std::to_string(i) + "\":" + std::to_string(i);
  members += ",\"last\":[2]";
  CHECK(with_request(members, [](const Request& request) {
          CHECK(request.integer("first") == 1);
          CHECK(request.integer("m0") == 0);
          CHECK(request.integer("m2999") == 2'999);
          CHECK(request.raw("last").text() == "[2]");
          CHECK(request.raw("last").is_requests());
          CHECK_FALSE(request.find("m3000").has_value());
        }) == kOk);
}

TEST_CASE("request: text is a string, decoded") {
  CHECK(with_request(R"("a":"x\n\u00e4\ud83d\ude00","b":"")", [](const Request& request) {
          CHECK(request.text("a") == "x\n\u00e4\U0001F600");
          CHECK(request.text("b").empty());
        }) == kOk);
  for (const std::string_view value : {"1", "null", "true", "[\"a\"]", "{}"}) {
    CHECK(with_request("\"a\":" + std::string(value), [](const Request& request) {
            static_cast<void>(request.text("a"));
          }) == refusal("`a` is no string"));
  }
}

TEST_CASE("request: an integer has 64 bits, no fraction and no exponent") {
  CHECK(with_request(R"("a":-9223372036854775808,"b":9223372036854775807,"c":-0)",
                     [](const Request& request) {
                       CHECK(request.integer("a") == INT64_MIN);
                       CHECK(request.integer("b") == INT64_MAX);
                       CHECK(request.integer("c") == 0);
                     }) == kOk);
  for (const std::string_view value :
       {"9223372036854775808", "1.0", "1e3", "\"1\"", "null", "false", "[1]", "{}"}) {
    CHECK(with_request("\"a\":" + std::string(value), [](const Request& request) {
            static_cast<void>(request.integer("a"));
          }) == refusal("`a` is no integer of 64 bits"));
  }
}

TEST_CASE("request: a number is any number") {
  CHECK(with_request(R"("a":1,"b":-2.5e-1,"c":123456789012345678901234567890)",
                     [](const Request& request) {
                       CHECK(request.number("a") == 1.0);
                       CHECK(request.number("b") == -0.25);
                       CHECK(request.number("c") == 123456789012345678901234567890.0);
                     }) == kOk);
  for (const std::string_view value : {"\"1\"", "null", "true", "[1]", "{}"}) {
    CHECK(with_request("\"a\":" + std::string(value), [](const Request& request) {
            static_cast<void>(request.number("a"));
          }) == refusal("`a` is no number"));
  }
}

TEST_CASE("request: a boolean is true or false") {
  CHECK(with_request(R"("a":true,"b":false)", [](const Request& request) {
          CHECK(request.boolean("a"));
          CHECK_FALSE(request.boolean("b"));
        }) == kOk);
  for (const std::string_view value : {"1", "\"true\"", "null", "[true]", "{}"}) {
    CHECK(with_request("\"a\":" + std::string(value), [](const Request& request) {
            static_cast<void>(request.boolean("a"));
          }) == refusal("`a` is neither true nor false"));
  }
}

TEST_CASE("request: a member that is missing is said so, whatever it is asked for as") {
  const std::string missing = refusal("`no such` is missing");
  const std::string_view name = "no such";
  CHECK(with_request("", [&](const Request& r) { static_cast<void>(r.raw(name)); }) == missing);
  CHECK(with_request("", [&](const Request& r) { static_cast<void>(r.text(name)); }) == missing);
  CHECK(with_request("", [&](const Request& r) { static_cast<void>(r.integer(name)); }) == missing);
  CHECK(with_request("", [&](const Request& r) { static_cast<void>(r.number(name)); }) == missing);
  CHECK(with_request("", [&](const Request& r) { static_cast<void>(r.boolean(name)); }) == missing);
}

TEST_CASE("request: raw text of one's own is one JSON value on one line") {
  for (const std::string_view good :
       {"1", "-0.5e3", "\"a\\n\"", "null", "[1, {\"a\": []}]", " 1 "}) {
    CHECK(Raw::checked(good).text() == good);
    CHECK_FALSE(Raw::checked(good).is_requests());
  }
  for (const std::string_view bad :
       {"", " ", "x", "1 2", "[1,\n2]", "1\n", "\"\xff\"", "{\"a\":}", "\"a\nb\"", "\"\\ud800\""}) {
    CHECK_THROWS_AS(static_cast<void>(Raw::checked(bad)), Error);
  }
  CHECK_THROWS_AS(static_cast<void>(Raw::checked({"1\0", 2})), Error);
  CHECK_THROWS_AS(static_cast<void>(Raw::checked(std::string(100'000, '['))), Error);
  try {
    static_cast<void>(Raw::checked("x"));
  } catch (const Error& error) {
    CHECK(error.code() == 12);
    CHECK(error.text() == "not one JSON value on one line");
  }
}

}  // namespace
}  // namespace narrows
