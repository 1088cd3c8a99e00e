// SPDX-License-Identifier: MIT
#include "narrows/reply.hpp"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>

#include "unit/doctest.hpp"
#include "unit/fed_node.hpp"

namespace narrows {
namespace {

/// The body that this reply makes, up to in_reply_to.
std::string body_of(std::function<Reply(const Request&)> make) {
  test::FedNode fed;
  fed.node.on("make", std::move(make));
  fed.init();
  return fed.ask(R"("type":"make","x":{"y" : [1.10, -0]})");
}
std::string body_of(Reply reply) {
  return body_of([&](const Request&) { return std::move(reply); });
}

TEST_CASE("reply: its type, and the members in the order in which they are given") {
  CHECK(body_of(reply("t")) == R"("type": "t")");
  CHECK(body_of(reply("t").set("b", 1).set("a", 2).set("b", 3)) ==
        R"("type": "t", "b": 1, "a": 2, "b": 3)");
}

TEST_CASE("reply: every kind of value") {
  CHECK(body_of(reply("t")
                    .set("text", "a\"\n\u00e4")
                    .set("view", std::string_view("v"))
                    .set("string", std::string("s"))
                    .set("true", true)
                    .set("false", false)
                    .set("int", -5)
                    .set("long", std::numeric_limits<std::int64_t>::min())
                    .set("unsigned", 7U)
                    .set("real", 0.1)
                    .set("float", 0.5F)
                    .null("null")) ==
        R"("type": "t", "text": "a\"\nä", "view": "v", "string": "s", "true": true, )"
        R"("false": false, "int": -5, "long": -9223372036854775808, "unsigned": 7, "real": 0.1, )"
        R"("float": 0.5, "null": null)");
}

TEST_CASE("reply: an unsigned integer beyond the signed ones is itself") {
  CHECK(body_of(reply("t").set("max", std::numeric_limits<std::uint64_t>::max())) ==
        R"("type": "t", "max": 18446744073709551615)");
}

TEST_CASE("reply: what JSON has no number for is null") {
  CHECK(body_of(reply("t").set("a", std::nan("")).set("b", HUGE_VAL).set("c", -HUGE_VAL)) ==
        R"("type": "t", "a": null, "b": null, "c": null)");
}

TEST_CASE("reply: text that is no UTF-8 is made valid") {
  CHECK(body_of(reply("t").set("a", std::string_view("\xff\x80"))) ==
        "\"type\": \"t\", \"a\": \"\ufffd\ufffd\"");
}

TEST_CASE("reply: raw values are passed on byte for byte") {
  CHECK(body_of([](const Request& request) { return reply("t").raw("x", request.raw("x")); }) ==
        R"("type": "t", "x": {"y" : [1.10, -0]})");
  CHECK(body_of(reply("t").raw("x", Raw::checked(" [1e20 , \"\\u00e4\"] "))) ==
        R"("type": "t", "x":  [1e20 , "\u00e4"] )");
}

TEST_CASE("reply: raw text of one's own may be gone once it is set") {
  CHECK(body_of([](const Request&) {
          std::string text = "[1, 2]";
          Reply result = reply("t").raw("x", Raw::checked(text));
          text.assign(100, '#');
          return result;
        }) == R"("type": "t", "x": [1, 2])");
}

TEST_CASE("reply: names that are no literals are copied and escaped") {
  std::string type = "t\"1";
  std::string key = "k\n";
  Reply result{std::string_view(type)};
  result.set(std::string_view(key), "text").set(key, 5).null(std::string_view(key));
  type.assign(100, '#');
  key.assign(100, '#');
  CHECK(body_of(std::move(result)) == R"("type": "t\"1", "k\n": "text", "k\n": 5, "k\n": null)");
}

TEST_CASE("reply: text may be gone once it is set") {
  std::string text = "short";
  Reply result = reply("t").set("a", std::string_view(text));
  text.assign(100, '#');
  CHECK(body_of(std::move(result)) == R"("type": "t", "a": "short")");
}

TEST_CASE("reply: more members than it has room for") {
  Reply result = reply("t");
  std::string expected = R"("type": "t")";
  for (int i = 0; i < 100; ++i) {
    const std::string key = "key" + std::to_string(i);
    if (i % 2 == 0) {
      result.set(key, i);
    } else {
      result.set("literal", std::to_string(i));
    }
    expected += i % 2 == 0 ? ", \"" + key + "\": " + std::to_string(i)
                           : ", \"literal\": \"" + std::to_string(i) + "\"";
  }
  CHECK(result.size() == 100);
  CHECK(body_of(std::move(result)) == expected);
}

TEST_CASE("reply: moved, it is the same") {
  for (const int members : {0, 1, 4, 5, 20}) {
    Reply first = reply("t");
    std::string expected = R"("type": "t")";
    for (int i = 0; i < members; ++i) {
      first.set("m", std::to_string(i));
      expected += ", \"m\": \"" + std::to_string(i) + "\"";
    }
    Reply second = std::move(first);
    Reply third = reply("other").set("x", "y");
    third = std::move(second);
    CHECK(third.size() == static_cast<std::size_t>(members));
    CHECK(body_of(std::move(third)) == expected);
  }
}

TEST_CASE("reply: only what needs no copy is lasting") {
  CHECK(reply("t").is_lasting());
  CHECK(reply("t").set("a", 1).set("b", 0.5).set("c", true).null("d").is_lasting());
  CHECK(Reply(Error(13, "literal")).is_lasting());
  CHECK_FALSE(reply("t").set("a", "text").is_lasting());
  CHECK_FALSE(reply("t").set(std::string("a"), 1).is_lasting());
  CHECK_FALSE(reply(std::string_view("t")).is_lasting());
  CHECK_FALSE(reply("t").raw("a", Raw::checked("1")).is_lasting());
  CHECK_FALSE(reply("t").null("1").null("2").null("3").null("4").null("5").is_lasting());
  CHECK_FALSE(Reply(Error(13, std::string("copied"))).is_lasting());
}

TEST_CASE("reply: an error is its code and its text") {
  CHECK(body_of(Error(ErrorCode::txn_conflict, "no")) ==
        R"("type": "error", "code": 30, "text": "no")");
  CHECK(body_of(Error(-7, std::string("a\"b"))) ==
        R"("type": "error", "code": -7, "text": "a\"b")");
  CHECK(body_of(Error(1, std::string())) == R"("type": "error", "code": 1, "text": "")");
  CHECK(Reply(Error(1, "x")).is_error());
  CHECK_FALSE(reply("error").is_error());
}

TEST_CASE("reply: an error's lasting text may be long, and is escaped whole") {
  const std::string text(200'000, '\x01');
  std::string escaped;
  for (std::size_t i = 0; i < text.size(); ++i) escaped += "\\u0001";
  const std::string body =
      body_of([&](const Request&) { return Reply(Error(1, Name::lasting(text))); });
  CHECK((body == R"("type": "error", "code": 1, "text": ")" + escaped + "\""));  // too long to show
}

TEST_CASE("reply: a key that is too long is refused, one that is long is escaped whole") {
  CHECK_THROWS_AS(reply("t").set(std::string(65'536, 'k'), 1), std::length_error);
  const std::string key(10'000, '\x01');
  std::string escaped;
  for (std::size_t i = 0; i < key.size(); ++i) escaped += "\\u0001";
  CHECK((body_of(reply("t").set(key, 1)) == "\"type\": \"t\", \"" + escaped + "\": 1"));
}

TEST_CASE("error: it knows its code and text, however they were given") {
  const Error literal(ErrorCode::timeout, "late");
  CHECK(literal.code() == 0);
  CHECK(literal.text() == "late");
  CHECK(literal.what() == std::string("late"));
  CHECK(literal.has_literal_text());
  std::string text = "copied";
  const Error copied(1'000, text);
  text.assign(100, '#');
  CHECK(copied.code() == 1'000);
  CHECK(copied.text() == "copied");
  CHECK(copied.what() == std::string("copied"));
  const Error copy(copied);  // NOLINT(performance-unnecessary-copy-initialization)
  CHECK(copy.text() == "copied");
}

}  // namespace
}  // namespace narrows
