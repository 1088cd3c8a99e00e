// SPDX-License-Identifier: MIT
#include "json/value.hpp"

#include <string>

#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

Value parsed(std::string_view json) {
  const auto value = Value::parse(json);
  REQUIRE(value.has_value());
  return *value;
}

TEST_CASE("value: every kind is what it is, and nothing else") {
  CHECK(parsed("null").kind() == Value::Kind::null);
  CHECK(parsed("true").boolean() == true);
  CHECK(parsed("false").boolean() == false);
  CHECK(parsed("-1.5e2").number() == -150.0);
  CHECK(parsed("12").integer() == 12);
  CHECK(parsed("12").number() == 12.0);
  CHECK_FALSE(parsed("1.5").integer().has_value());
  CHECK(parsed(R"("a\n\u00e4")").string() == "a\n\u00e4");
  CHECK_FALSE(parsed("\"1\"").number().has_value());
  CHECK_FALSE(parsed("1").string().has_value());
  CHECK_FALSE(parsed("\"true\"").boolean().has_value());
  CHECK(parsed("{}").is_object());
  CHECK(parsed("[]").kind() == Value::Kind::array);
}

TEST_CASE("value: members are found by name, elements in order, the last of a name counts") {
  const Value value = parsed(R"({"a": {"b": [1, "two", {"c": null}]}, "x": 1, "x": 2})");
  CHECK(value["a"]["b"].items().size() == 3);
  CHECK(value["a"]["b"].items()[1].string() == "two");
  CHECK(value["x"].integer() == 2);
  REQUIRE(value.names().size() == 3);
  CHECK(value.names()[0] == "a");
  CHECK(value.items()[1].integer() == 1);
}

TEST_CASE("value: looking for what is not there gives null all the way down") {
  const Value value = parsed(R"({"a": 1})");
  CHECK(value["b"]["c"]["d"].kind() == Value::Kind::null);
  CHECK(value["a"]["b"].kind() == Value::Kind::null);
  CHECK(value["b"].items().empty());
}

TEST_CASE("value: what is not one JSON value is none") {
  for (const std::string_view bad :
       {"", " ", "{", "[1,]", "1 2", "{\"a\"}", "nul", "\"\xff\"", "01", "\"\\ud800\"",
        "\"\\udc00\"", "\"\\ud66d\\ude00\"", "{\"\\udfff\":1}", "\xef\xbb\xbf{}"}) {
    CHECK_MESSAGE(!Value::parse(bad).has_value(), bad);
  }
  CHECK_FALSE(Value::parse({"{}\0", 3}).has_value());
  CHECK(parsed(R"("\ud7ff\ud800\udc00\ue000")").string() ==
        "\xED\x9F\xBF\xF0\x90\x80\x80\xEE\x80\x80");
}

TEST_CASE("value: as text it has its numbers as they were written, and its order") {
  for (const std::string_view text : {"null", "true", "-0", "1.10", R"("")", R"("a\"\u0001")", "[]",
                                      "{}", R"({"b":[1,{"c":null}],"a":"x"})"}) {
    CHECK(parsed(text).to_json() == text);
  }
  CHECK(parsed(" [ 1 , \"\\u0041\" ] ").to_json() == R"([1,"A"])");
}

TEST_CASE("value: a number may have any size") {
  for (const char* const number : {"0e789012345678901234567880", "1e400", "-1E+99999999999",
                                   "1e-99999999999", "123456789012345678901234567890"}) {
    CAPTURE(number);
    const auto value = Value::parse(number);
    REQUIRE(value.has_value());
    CHECK(value->to_json() == number);
  }
  CHECK(Value::parse("[0e999]")->items()[0].number() == 0);
  for (const char* const broken : {"1e", "01", "-", "1.", ".5", "+1", "1e+", "0x1", "[1,]"}) {
    CHECK_FALSE(Value::parse(broken));
  }
}

TEST_CASE("value: equal values may be written in different ways") {
  const auto equal = [](std::string_view a, std::string_view b) {
    return parsed(a).equals(parsed(b)) && parsed(b).equals(parsed(a));
  };
  CHECK(equal("1.0", "1"));
  CHECK(equal("1e2", "100"));
  CHECK(equal(R"("\u0041")", R"("A")"));
  CHECK(equal(R"({"a":1,"b":[true]})", R"({ "b": [true], "a": 1.0 })"));
  CHECK(equal(R"({"x":1,"x":2})", R"({"x":3,"x":2})"));
  CHECK_FALSE(equal("1", "2"));
  CHECK_FALSE(equal("1", R"("1")"));
  CHECK_FALSE(equal("null", "false"));
  CHECK_FALSE(equal("[1,2]", "[2,1]"));
  CHECK_FALSE(equal("[1]", "[1,1]"));
  CHECK_FALSE(equal(R"({"a":null})", R"({"b":null})"));
  CHECK_FALSE(equal(R"({"x":2,"x":2})", R"({"x":2,"y":3})"));
}

TEST_CASE("value: members are by name, the last of each") {
  const Value value = parsed(R"({"b":1,"a":2,"b":{"c":3},"":4})");
  const auto members = value.members();
  REQUIRE(members.size() == 3);
  CHECK(members[0].first.empty());
  CHECK(members[1].first == "a");
  CHECK(members[1].second->integer() == 2);
  CHECK(members[2].first == "b");
  CHECK((*members[2].second)["c"].integer() == 3);
  CHECK(parsed("[1]").members().empty());
}

// What takes more than linear time does not end here, as far as a test can wait.
TEST_CASE("value: names that stand twice on every level are compared once") {
  std::string text = "0";
  for (std::size_t i = 0; i < Value::kMaxDepth; ++i) {
    text.insert(0, R"({"a":1,"a":)").append("}");
  }
  CHECK(parsed(text).equals(parsed(text)));
}

TEST_CASE("value: many names are compared in order") {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text.append("\"name").append(std::to_string(i)).append("\":0,");
  const Value one = parsed(text + "\"last\":1}");
  CHECK(one.equals(one));
  CHECK_FALSE(one.equals(parsed(text + "\"last\":2}")));
}

TEST_CASE("value: deeper than its limit it is none") {
  const auto nested = [](std::size_t levels) {
    return Value::parse(std::string(levels, '[') + std::string(levels, ']'));
  };
  CHECK(nested(Value::kMaxDepth).has_value());
  CHECK_FALSE(nested(Value::kMaxDepth + 1).has_value());
  CHECK_FALSE(nested(100'000).has_value());
}

TEST_CASE("value: a character that is cut off by the end makes none, and nothing behind is read") {
  for (const std::string_view lead : {"\xC3", "\xE2", "\xE2\x82", "\xF0", "\xF0\x9F\x98", "\xF1"}) {
    for (std::size_t length = 0; length < 40; ++length) {  // a sanitizer sees each size's end
      const std::string open = std::string(length, ' ') + "\"" + std::string(lead);
      CHECK_FALSE(Value::parse(open).has_value());
      CHECK_FALSE(Value::parse(open + "}").has_value());
    }
  }
}

}  // namespace
}  // namespace narrows::json
