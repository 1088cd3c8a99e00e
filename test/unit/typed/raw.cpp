// SPDX-License-Identifier: MIT
#include "narrows/raw.hpp"

#include <string>
#include <utility>
#include <vector>

#include "narrows/node.hpp"
#include "unit/doctest.hpp"
#include "unit/fed_node.hpp"

namespace narrows {
namespace {

using Members = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> items_of(const Raw& raw) {
  std::vector<std::string> items;
  for (const Raw& item : raw.items()) items.emplace_back(item.text());
  return items;
}

Members members_of(const Raw& raw) {
  Members members;
  for (const auto& [key, value] : raw.members()) members.emplace_back(key, value.text());
  return members;
}

std::string error_of(auto call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(error.code() == 12);
    return std::string(error.text());
  }
  return "no error";
}

TEST_CASE("raw: its first byte tells the kind, spaces or not") {
  for (const std::string space : {"", " ", "\t "}) {
    const auto kind = [&](const std::string& json) {
      std::string text = space;
      text.append(json).append(space);
      return Raw::checked(text).kind();
    };
    CHECK(kind("null") == Raw::Kind::null);
    CHECK(kind("true") == Raw::Kind::boolean);
    CHECK(kind("false") == Raw::Kind::boolean);
    CHECK(kind("0") == Raw::Kind::number);
    CHECK(kind("-1.5e3") == Raw::Kind::number);
    CHECK(kind("\"null\"") == Raw::Kind::string);
    CHECK(kind("[]") == Raw::Kind::array);
    CHECK(kind("{}") == Raw::Kind::object);
  }
}

TEST_CASE("raw: without a value it is null, and lasts") {
  CHECK(Raw().text() == "null");
  CHECK(Raw().kind() == Raw::Kind::null);
  CHECK(Raw().is_requests());
}

TEST_CASE("raw: an array's items as they came") {
  CHECK(items_of(Raw::checked("[]")).empty());
  CHECK(items_of(Raw::checked(R"( [1.10 , "a\n",[ 2 ], {"b" : 3},null] )")) ==
        std::vector<std::string>{"1.10", "\"a\\n\"", "[ 2 ]", "{\"b\" : 3}", "null"});
}

TEST_CASE("raw: an object's members, keys decoded, repeated ones too") {
  CHECK(members_of(Raw::checked("{}")).empty());
  CHECK(members_of(Raw::checked(R"({"a":1, "\u0061" : [2],"\"\\\ud83d\ude00":"x","ä":{}})")) ==
        Members{{"a", "1"}, {"a", "[2]"}, {"\"\\\U0001F600", "\"x\""}, {"ä", "{}"}});
}

TEST_CASE("raw: a member is found by its decoded name, the last of several") {
  const Raw raw = Raw::checked(R"({"a":1,"b":{"c":2},"\u0061":3})");
  CHECK(raw.find("a")->text() == "3");
  CHECK(raw.find("b")->find("c")->text() == "2");
  CHECK_FALSE(raw.find("c").has_value());
}

TEST_CASE("raw: what is no array or object says so") {
  for (const std::string_view json : {"1", "null", "true", "\"[]\"", "{}"}) {
    CHECK(error_of([&] { static_cast<void>(Raw::checked(json).items()); }) ==
          "the value is no array");
  }
  for (const std::string_view json : {"1", "null", "true", "\"{}\"", "[]"}) {
    CHECK(error_of([&] { static_cast<void>(Raw::checked(json).members()); }) ==
          "the value is no object");
    CHECK(error_of([&] { static_cast<void>(Raw::checked(json).find("a")); }) ==
          "the value is no object");
  }
}

TEST_CASE("raw: parts of a request's lie in the request as well, others do not") {
  test::FedNode fed;
  int calls = 0;
  fed.node.on("look", [&](const Request& request) {
    ++calls;
    const Raw x = request.raw("x");
    CHECK(x.is_requests());
    for (const Raw& item : x.items()) {
      CHECK(item.is_requests());
      for (const RawMember& member : item.members()) CHECK(member.value.is_requests());
    }
    const char* const body = request.body().data();
    CHECK(x.items().begin()->text().data() > body);
    CHECK(x.items().begin()->text().data() < body + request.body().size());
    return reply("look_ok").raw("y", *x.items().begin()->find("b"));
  });
  fed.init();
  CHECK(fed.ask(R"("type":"look","x":[{"a":1,"b":[1.10]},{}])") ==
        R"("type": "look_ok", "y": [1.10])");
  CHECK(calls == 1);
  CHECK_FALSE(Raw::checked("[1]").items().begin()->is_requests());
}

TEST_CASE("raw: without a value it is null, and can be answered with") {
  test::FedNode fed;
  fed.node.on("look", [](const Request&) { return reply("look_ok").raw("y", Raw()); });
  fed.init();
  CHECK(Raw().kind() == Raw::Kind::null);
  CHECK(fed.ask(R"("type":"look")") == R"("type": "look_ok", "y": null)");
}

TEST_CASE("raw: a million items are gone over one by one") {
  std::string text = "[0";
  for (int i = 1; i < 1'000'000; ++i) text += ",0";
  text += "]";
  std::size_t count = 0;
  for (const Raw& item : Raw::checked(text).items()) count += item.text().size();
  CHECK(count == 1'000'000);
}

}  // namespace
}  // namespace narrows
