// SPDX-License-Identifier: MIT
#include "text.hpp"

#include <cmath>

#include "json/value.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

TEST_CASE("tools text: joined is one after the other") {
  CHECK(joined({}).empty());
  CHECK(joined({"a", "", "bc"}) == "abc");
}

TEST_CASE("tools text: a number is grouped by threes") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(999) == "999");
  CHECK(grouped(1000) == "1,000");
  CHECK(grouped(123'456) == "123,456");
  CHECK(grouped(1'234'567) == "1,234,567");
  CHECK(grouped(UINT64_MAX) == "18,446,744,073,709,551,615");
}

TEST_CASE("tools text: any figure is shown as a whole number") {
  CHECK(grouped_whole(0) == "0");
  CHECK(grouped_whole(1234.5) == "1,235");
  CHECK(grouped_whole(-1) == "0");
  CHECK(grouped_whole(1e18) == "1,000,000,000,000,000,000");
  CHECK(grouped_whole(9e300) == grouped_whole(1e18));
  CHECK(grouped_whole(std::nan("")) == "0");
}

TEST_CASE("tools text: fixed has so many decimals, rounded") {
  CHECK(fixed(1.25, 1) == "1.2");
  CHECK(fixed(-1.375, 2) == "-1.38");
  CHECK(fixed(2.5, 0) == "2");
  CHECK(fixed(0.0004, 3) == "0.000");
  CHECK(fixed(1234567, 3) == "1234567.000");
}

TEST_CASE("tools text: beyond 1e30 fixed says that") {
  CHECK(fixed(1e300, 3) == fixed(1e30, 3));
  CHECK(fixed(-1e300, 0) == fixed(-1e30, 0));
}

TEST_CASE("tools text: one is counted with its own word") {
  CHECK(counted(0, "reply", "replies") == "0 replies");
  CHECK(counted(1, "reply", "replies") == "1 reply");
  CHECK(counted(2000, "reply", "replies") == "2,000 replies");
}

TEST_CASE("tools text: what is printable stays as it is") {
  CHECK(printable("").empty());
  CHECK(printable(R"(say "a\b" /~)") == R"(say "a\b" /~)");
  CHECK(printable("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xC2\xA0") ==
        "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80\xC2\xA0");
}

TEST_CASE("tools text: control characters are printable as JSON escapes") {
  CHECK(printable("a\n\t\r\x1B[31m") == R"(a\n\t\r\u001b[31m)");
  CHECK(printable({"\0\x7F", 2}) == R"(\u0000\u007f)");
  CHECK(printable("\xC2\x80\xC2\x9B\xC2\x9F") == R"(\u0080\u009b\u009f)");
}

TEST_CASE("tools text: what turns, hides or takes no room is printable as JSON escapes") {
  CHECK(printable("a\u202eb\u2066\u200b\u2028\ufeff") == R"(a\u202eb\u2066\u200b\u2028\ufeff)");
  CHECK(printable("\U000E0041\U0010FFFF") == "\\udb40\\udc41\U0010FFFF");
}

TEST_CASE("tools text: bytes that are no UTF-8 are replaced") {
  CHECK(printable("a\xFF"
                  "b") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(printable("\"\x9B\"") == "\"\xEF\xBF\xBD\"");
}

TEST_CASE("tools text: what is too long is cut before a character") {
  CHECK(printable("abcd", 4) == "abcd");
  CHECK(printable("abcde", 4) == "abcd...");
  CHECK(printable("abc\xC3\xA4", 4) == "abc...");
  CHECK(printable("\xF0\x9F\x98\x80\xF0\x9F\x98\x80", 7) == "\xF0\x9F\x98\x80...");
  CHECK(printable("a", 0) == "...");
  CHECK(printable(std::string(201, 'a')) == std::string(200, 'a') + "...");
}

TEST_CASE("tools text: quoted is a JSON string that means the same, without control characters") {
  for (const std::string_view text :
       {std::string_view(""), std::string_view("a\"\\/\n"), std::string_view("\0\x1F\x7F", 3),
        std::string_view("\xC2\x85\xC2\xA0\xC3\xA4"), std::string_view("\xF0\x9F\x98\x80"),
        std::string_view("\u202e\u2028\ufeff\u200d\U000E0041"),
        std::string_view("=1+1|'x'`y`$z")}) {
    const std::string json = quoted(text);
    const auto value = json::Value::parse(json);
    REQUIRE(value.has_value());
    CHECK(value->string() == text);
    CHECK(printable(json, json.size()) == json);
  }
}

TEST_CASE("tools text: printable JSON means the same, without control characters") {
  const std::string_view json = "{\"a\x7F\":\r\n\t[1,\"\xC2\x9B\xC2\xA0\"]}\n";
  const std::string shown = printable_json(json);
  CHECK(shown == "{\"a\\u007f\":   [1,\"\\u009b\xC2\xA0\"]} ");
  const auto before = json::Value::parse(json);
  const auto after = json::Value::parse(shown);
  REQUIRE(before.has_value());
  REQUIRE(after.has_value());
  CHECK(after->equals(*before));
}

TEST_CASE("tools text: a time is a number and its unit") {
  CHECK(parse_duration("200ns")->count() == 200);
  CHECK(parse_duration("1.5us")->count() == 1500);
  CHECK(parse_duration("2m")->count() == 120'000'000'000);
  CHECK(parse_duration("0s")->count() == 0);
  for (const std::string_view bad :
       {"", "s", "1", "1 s", "-1s", "1S", "1e3s", "nans", "99999999h"}) {
    CHECK_MESSAGE(!parse_duration(bad).has_value(), bad);
  }
}

TEST_CASE("tools text: a text takes a column a character") {
  CHECK(columns("") == 0);
  CHECK(columns("abc") == 3);
  CHECK(columns("\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80") == 3);
}

TEST_CASE("tools text: lines are broken between words") {
  CHECK(wrapped("", 10).empty());
  CHECK(wrapped("one two three", 7) == "one two\nthree\n");
  CHECK(wrapped("one two three", 6) == "one\ntwo\nthree\n");
  CHECK(wrapped("a wordthatislong b", 4) == "a\nwordthatislong\nb\n");
  CHECK(wrapped("wordthatislong", 4) == "wordthatislong\n");
  CHECK(wrapped("\xC3\xA4\xC3\xA4 \xC3\xA4 x", 4) == "\xC3\xA4\xC3\xA4 \xC3\xA4\nx\n");
  CHECK(wrapped("  one  two ", 80) == "one two\n");
}

TEST_CASE("tools text: a number and its unit are on one line") {
  CHECK(wrapped("it is 1.5 % of it", 9) == "it is\n1.5 % of\nit\n");
  CHECK(wrapped("it is (1.5 %) all", 9) == "it is\n(1.5 %)\nall\n");
  CHECK(wrapped("ends in 7", 8) == "ends in\n7\n");
}

}  // namespace
}  // namespace narrows::tools
