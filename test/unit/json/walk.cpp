// SPDX-License-Identifier: MIT
#include "json/walk.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

std::vector<std::string> items_of(std::string_view json) {
  std::vector<std::string> items;
  Walk walk(json);
  walk.enter();
  while (walk.next()) items.emplace_back(walk.value());
  CHECK(walk.at() == json.data() + json.find_last_of("]}") + 1);
  return items;
}

TEST_CASE("walk: a value ends where it ends, whatever comes behind") {
  for (const std::string value :
       {"1", "-0.5e+3", "true", "false", "null", "\"\"", "\"a b\"", "[]", "[[],{}]", "{}",
        R"({"a":[1,{"b":"]}"}],"c":"\""})", R"("\\")", R"("\\\"")", R"("\"\\\\")", "\"\u00e4\""}) {
    for (const std::string behind : {"", ",1", "]", "}", " ", "\t,", ", \"x\""}) {
      const std::string text = value + behind;
      Walk walk(text);
      CHECK(walk.value() == value);
      CHECK(walk.at() == text.data() + value.size());
    }
  }
}

TEST_CASE("walk: a string of any length ends at its quote") {
  for (std::size_t size = 0; size < 40; ++size) {
    for (const std::string end : {"", "\\\\", "\\\"", "\\\\\\\""}) {
      const std::string value = "\"" + std::string(size, 'x') + end + "\"";
      for (const std::string& behind :
           {std::string(), std::string(",\"y\""), std::string(20, ' ') + "\"z\""}) {
        const std::string text = value + behind;
        CHECK(Walk(text).value() == value);
      }
    }
  }
}

TEST_CASE("walk: spaces around a value are no part of it") {
  const std::string_view text = " \t\r\n[ 1 ] ";
  Walk walk(text);
  CHECK(walk.first() == '[');
  CHECK(walk.value() == "[ 1 ]");
}

TEST_CASE("walk: an array's items come in order, without spaces") {
  CHECK(items_of("[]").empty());
  CHECK(items_of("[ ]").empty());
  CHECK(items_of("[1]") == std::vector<std::string>{"1"});
  CHECK(items_of(R"( [ 1 , "a,]" ,[2 ,3], {"x":[]},null ] )") ==
        std::vector<std::string>{"1", "\"a,]\"", "[2 ,3]", "{\"x\":[]}", "null"});
}

TEST_CASE("walk: an object's keys come as they are written, each before its value") {
  const std::string_view text = R"({ "a" : 1 ,"\"}" :"b", "" :{"c":2}})";
  std::vector<std::pair<std::string, std::string>> members;
  Walk walk(text);
  walk.enter();
  while (walk.next()) {
    std::string key(walk.key());
    members.emplace_back(std::move(key), walk.value());
  }
  CHECK(walk.at() == text.data() + text.size());
  REQUIRE(members.size() == 3);
  CHECK(members[0] == std::pair<std::string, std::string>("a", "1"));
  CHECK(members[1] == std::pair<std::string, std::string>("\\\"}", "\"b\""));
  CHECK(members[2] == std::pair<std::string, std::string>("", "{\"c\":2}"));
}

TEST_CASE("walk: what was entered can be left for its parts, and gone on with") {
  const std::string_view text = R"([[1,[2]],3])";
  Walk walk(text);
  walk.enter();
  REQUIRE(walk.next());
  walk.enter();
  REQUIRE(walk.next());
  CHECK(walk.value() == "1");
  Walk other(walk.at(), walk.end());
  REQUIRE(other.next());
  CHECK(other.value() == "[2]");
  CHECK_FALSE(other.next());
  REQUIRE(other.next());
  CHECK(other.value() == "3");
  CHECK_FALSE(other.next());
}

TEST_CASE("walk: nesting costs no stack") {
  const std::string text = std::string(1'000'000, '[') + std::string(1'000'000, ']');
  CHECK(Walk(text).value().size() == text.size());
}

}  // namespace
}  // namespace narrows::json
