// SPDX-License-Identifier: MIT
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "narrows/node.hpp"
#include "unit/fed_node.hpp"
#include "unit/typed.hpp"

namespace narrows {
namespace {

using test::Add;
using test::Transaction;

/// The body that is answered to this one (both without braces), up to in_reply_to.
std::string answer(std::string_view body, std::function<Reply(const Request&)> handler) {
  test::FedNode fed;
  fed.node.on("ask", std::move(handler));
  fed.init();
  return fed.ask(R"("type":"ask",)" + std::string(body));
}
std::string body_of(Reply reply) {
  return answer(R"("x":1)", [&](const Request&) { return std::move(reply); });
}

std::string error_text(std::string_view text) {
  return R"("type": "error", "code": 12, "text": ")" + std::string(text) + "\"";
}

struct Envelope {
  std::string type;
  std::int64_t msg_id = 0;
  Raw echo;
};
NARROWS_FIELDS(Envelope, type, msg_id, echo)

TEST_CASE("request: the whole body as a struct") {
  CHECK(answer(R"("key":"a","delta":5,"other":[])", [](const Request& request) {
          CHECK(request.as<Add>() == Add{5, "a"});
          CHECK(request.as<test::Nothing>() == test::Nothing());
          return reply("ok");
        }) == R"("type": "ok")");
  CHECK(answer(R"("key":"a")", [](const Request& request) {
          static_cast<void>(request.as<Add>());
          return reply("ok");
        }) == error_text("`delta` is missing"));
  CHECK(answer(R"("txn":[{"f":"r","key":"x"}],"sums":{})", [](const Request& request) {
          static_cast<void>(request.as<Transaction>());
          return reply("ok");
        }) == error_text("`txn[0].key` is no integer of 32 bits"));
}

TEST_CASE("request: as a struct, of members with the same name the last counts") {
  CHECK(answer(R"("key":5,"delta":"x","k\u0065y":"b","delta":7)", [](const Request& request) {
          CHECK(request.as<Add>() == Add{7, "b"});
          return reply("ok");
        }) == R"("type": "ok")");
}

TEST_CASE("request: as a struct also when there are more members than are indexed") {
  std::string members = "\"delta\":1";
  for (int i = 0; i < 3'000; ++i) members += ",\"m" + std::to_string(i) + "\":[]";
  const auto as_add = [](const Request& request) {
    return reply("ok").set("add", request.as<Add>());
  };
  CHECK(answer(members + R"(,"key":"k","delta":-1)", as_add) ==
        R"("type": "ok", "add": {"delta": -1, "key": "k"})");
  CHECK(answer(members, as_add) == R"("type": "ok", "add": {"delta": 1})");
  CHECK(answer(members + R"(,"delta":[])", as_add) ==
        error_text("`delta` is no integer of 64 bits"));
}

TEST_CASE("request: type and msg_id may be fields, and a raw one is passed on as it came") {
  CHECK(answer(R"("echo":{"a" : 1.10})", [](const Request& request) {
          const auto body = request.as<Envelope>();
          CHECK(body.type == "ask");
          CHECK(body.msg_id == 5);
          CHECK(body.echo.is_requests());
          Reply result = reply("ok").set("echo", body.echo);
          CHECK(result.is_lasting());
          return result;
        }) == R"("type": "ok", "echo": {"a" : 1.10})");
}

TEST_CASE("request: one member, converted") {
  CHECK(
      answer(R"("ids":[1,2],"name":"ä","nothing":null,"pair":["a",1])", [](const Request& request) {
        CHECK(request.get<std::vector<int>>("ids") == std::vector<int>{1, 2});
        CHECK(request.get<std::string>("name") == "ä");
        CHECK(request.get<std::tuple<std::string, int>>("pair") == std::tuple("a", 1));
        CHECK(request.get<Raw>("ids").is_requests());
        CHECK(request.get<std::optional<std::string>>("name") == "ä");
        CHECK_FALSE(request.get<std::optional<int>>("nothing").has_value());
        CHECK_FALSE(request.get<std::optional<int>>("no such").has_value());
        return reply("ok");
      }) == R"("type": "ok")");
}

TEST_CASE("request: one member that is missing or wrong is named") {
  const auto getting = [](auto get) {
    return answer(R"("ids":[1,"2"],"nothing":null)", [&](const Request& request) {
      get(request);
      return reply("ok");
    });
  };
  CHECK(getting([](const Request& r) { static_cast<void>(r.get<std::vector<int>>("ids")); }) ==
        error_text("`ids[1]` is no integer of 32 bits"));
  CHECK(getting([](const Request& r) { static_cast<void>(r.get<int>("ids")); }) ==
        error_text("`ids` is no integer of 32 bits"));
  CHECK(getting([](const Request& r) { static_cast<void>(r.get<int>("no such")); }) ==
        error_text("`no such` is missing"));
  CHECK(getting([](const Request& r) { static_cast<void>(r.get<int>("nothing")); }) ==
        error_text("`nothing` is no integer of 32 bits"));
  CHECK(getting([](const Request& r) { static_cast<void>(r.get<std::optional<int>>("ids")); }) ==
        error_text("`ids` is no integer of 32 bits"));
  CHECK(getting([](const Request& r) { static_cast<void>(r.get<Add>("ids")); }) ==
        error_text("`ids` is no object"));
}

TEST_CASE("request: one member, or a value in its place when it is missing or null") {
  CHECK(answer(R"("a":7,"nothing":null,"bad":"x")", [](const Request& request) {
          CHECK(request.get_or("a", 1) == 7);
          CHECK(request.get_or("no such", 1) == 1);
          CHECK(request.get_or("nothing", 1) == 1);
          CHECK(request.get_or<std::string>("no such", "default") == "default");
          CHECK(request.get_or<std::vector<int>>("no such", {3}) == std::vector<int>{3});
          return reply("ok").set("bad", request.get_or("bad", 1));
        }) == error_text("`bad` is no integer of 32 bits"));
}

TEST_CASE("reply: values of other types become JSON") {
  const std::vector<int> list{1, 2};
  CHECK(body_of(reply("t")
                    .set("list", list)
                    .set("set", std::set<std::string>{"b", "a"})
                    .set("map", std::map<std::string, int>{{"k", 1}})
                    .set("tuple", std::tuple<std::string, std::optional<int>>("r", std::nullopt))
                    .set("struct", Add{1, "ä\n"})
                    .set("after", 5)) ==
        R"("type": "t", "list": [1, 2], "set": ["a", "b"], "map": {"k": 1}, "tuple": ["r", null], )"
        R"("struct": {"delta": 1, "key": "ä\n"}, "after": 5)");
}

TEST_CASE("reply: an optional is its value, or null") {
  Reply result = reply("t")
                     .set("one", std::optional<int>(1))
                     .set("none", std::optional<int>())
                     .set("real", std::optional<double>(0.5));
  CHECK(result.is_lasting());
  result.set("list", std::optional(std::vector<int>{1}));
  CHECK(body_of(std::move(result)) ==
        R"("type": "t", "one": 1, "none": null, "real": 0.5, "list": [1])");
}

TEST_CASE("reply: JSON of a value may be gone once it is set, and be long") {
  std::vector<std::string> list(10'000, std::string(20, 'x'));
  Reply result = reply("t").set("list", list);
  CHECK_FALSE(result.is_lasting());
  const std::string expected = R"("type": "t", "list": )" + encode(list);
  list.clear();
  CHECK((body_of(std::move(result)) == expected));  // too long to show
}

TEST_CASE("reply: a struct's fields as members") {
  CHECK(body_of(reply("t", Add{5, "k"})) == R"("type": "t", "delta": 5, "key": "k")");
  CHECK(body_of(reply("t", Add{5, std::nullopt})) == R"("type": "t", "delta": 5)");
  CHECK(body_of(reply("t", test::Nothing())) == R"("type": "t")");
  CHECK(body_of(reply("t", Add{1, std::nullopt}).set("more", true)) ==
        R"("type": "t", "delta": 1, "more": true)");
  CHECK(body_of(reply("t", Transaction{{{"r", 1, std::nullopt}}, {}})) ==
        R"("type": "t", "txn": [{"f": "r", "key": 1}], "sums": {})");
}

struct Passed {
  Raw echo;
  std::int64_t count = 0;
  std::optional<Raw> more;
};
NARROWS_FIELDS(Passed, echo, count, more)

TEST_CASE("reply: a struct of numbers and a request's raw values needs no copy") {
  CHECK(answer(R"("echo":[1.10],"count":-1)", [](const Request& request) {
          Reply result = reply("ok", request.as<Passed>());
          CHECK(result.is_lasting());
          CHECK(result.size() == 2);
          return result;
        }) == R"("type": "ok", "echo": [1.10], "count": -1)");
}

}  // namespace
}  // namespace narrows
