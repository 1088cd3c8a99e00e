// SPDX-License-Identifier: MIT
#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <limits>
#include <list>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "unit/typed.hpp"

namespace narrows {
namespace {

using test::Add;
using test::Operation;
using test::Transaction;

TEST_CASE("encode: scalars") {
  CHECK(encode(true) == "true");
  CHECK(encode(false) == "false");
  CHECK(encode(std::int8_t{-128}) == "-128");
  CHECK(encode(std::uint8_t{255}) == "255");
  CHECK(encode(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(encode(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
  CHECK(encode(0.1) == "0.1");
  CHECK(encode(0.1F) == "0.1");
  CHECK(encode(0.5L) == "0.5");
  CHECK(encode(1e300) == "1e+300");
  CHECK(encode(-std::numeric_limits<double>::min()) == "-2.2250738585072014e-308");
  CHECK(encode(std::nan("")) == "null");
  CHECK(encode(HUGE_VALF) == "null");
  CHECK(encode(-HUGE_VALL) == "null");
}

TEST_CASE("encode: strings are escaped, and made valid") {
  CHECK(encode(std::string("a\"\\\n\x01ä\x7f")) == R"("a\"\\\n\u0001ä\u007f")");
  CHECK(encode(std::string_view()) == "\"\"");
  CHECK(encode(std::string("\xff\x80")) == "\"\ufffd\ufffd\"");
}

TEST_CASE("encode: characters stay whole in long strings, wherever they lie") {
  for (std::size_t before = 250; before < 260; ++before) {
    for (const std::string character : {"é", "€", "\U0001F600"}) {
      const std::string text = std::string(before, 'x') + character + std::string(300, 'y');
      CHECK(encode(text) == "\"" + text + "\"");
    }
    const std::string tails(before, '\x80');
    std::string replaced;
    for (std::size_t i = 0; i < before; ++i) replaced += "\ufffd";
    CHECK(encode(tails + "\xc3") == "\"" + replaced + "\ufffd\"");
  }
}

TEST_CASE("encode: a raw value is written as it came") {
  CHECK(encode(Raw::checked(R"({"a":1.10})")) == R"({"a":1.10})");
  CHECK(encode(Raw()) == "null");
}

TEST_CASE("encode: arrays") {
  CHECK(encode(std::vector<int>()) == "[]");
  CHECK(encode(std::vector<int>{1, 2}) == "[1, 2]");
  CHECK(encode(std::deque<int>{1}) == "[1]");
  CHECK(encode(std::list<std::string>{"a", "b"}) == R"(["a", "b"])");
  CHECK(encode(std::set<int>{2, 1}) == "[1, 2]");
  CHECK(encode(std::vector<bool>{true, false}) == "[true, false]");
  CHECK(encode(std::vector<std::string_view>{"a"}) == R"(["a"])");
  CHECK(encode(std::array<int, 2>{1, 2}) == "[1, 2]");
  CHECK(encode(std::array<int, 0>{}) == "[]");
  const std::vector<std::uint8_t> bytes{1, 2};
  CHECK(encode(std::span<const std::uint8_t>(bytes)) == "[1, 2]");
  CHECK(encode(std::pair<int, std::string>(1, "a")) == R"([1, "a"])");
  CHECK(encode(std::tuple<>()) == "[]");
  CHECK(encode(std::tuple<std::string, int, std::optional<int>>("r", 1, std::nullopt)) ==
        R"(["r", 1, null])");
}

TEST_CASE("encode: objects of any names") {
  CHECK(encode(std::map<std::string, int>()) == "{}");
  CHECK(encode(std::map<std::string, std::vector<int>>{{"a\n", {1}}, {"b", {}}}) ==
        R"({"a\n": [1], "b": []})");
  CHECK(encode(std::map<int, std::optional<bool>>{{-1, true}, {2, std::nullopt}}) ==
        R"({"-1": true, "2": null})");
  CHECK(encode(std::unordered_map<std::uint64_t, double>{{7, 0.5}}) == R"({"7": 0.5})");
  CHECK(encode(std::map<std::string_view, int>{{"\"", 1}}) == R"({"\"": 1})");
}

TEST_CASE("encode: a struct's fields in their order, optional ones left out when there is none") {
  CHECK(encode(Add{5, "a"}) == R"({"delta": 5, "key": "a"})");
  CHECK(encode(Add{5, std::nullopt}) == R"({"delta": 5})");
  CHECK(encode(test::Nothing()) == "{}");
  CHECK(encode(Transaction{{{"r", 1, std::nullopt}, {"w", 2, std::vector<int>{3}}},
                           {{"x", {1, "k"}}}}) ==
        R"({"txn": [{"f": "r", "key": 1}, {"f": "w", "key": 2, "values": [3]}], )"
        R"("sums": {"x": {"delta": 1, "key": "k"}}})");
}

struct Seen {
  std::string_view name;
  const int count;
};
NARROWS_FIELDS(Seen, name, count)

TEST_CASE("encode: which types can be written") {
  CHECK(encode(Seen{"a", 1}) == R"({"name": "a", "count": 1})");
  CHECK_FALSE(Decodable<Seen>);
  CHECK(Encodable<const Add&>);
  CHECK(Encodable<std::span<const Add>>);
  CHECK(Encodable<test::Tree>);
  CHECK_FALSE(Encodable<std::optional<std::optional<int>>>);
  CHECK_FALSE(Encodable<std::multimap<std::string, int>>);
  CHECK_FALSE(Encodable<std::map<Add, int>>);
  CHECK_FALSE(Encodable<char>);
  CHECK_FALSE(Encodable<std::vector<char>>);
  CHECK_FALSE(Encodable<int*>);
  CHECK_FALSE(Encodable<void>);
}

TEST_CASE("encode: what is written reads back the same") {
  const Transaction value{{{"a\u00e4", 1, std::vector<int>{}}, {"", -1, std::nullopt}},
                          {{"\"", {INT64_MIN, ""}}, {"", {INT64_MAX, std::nullopt}}}};
  CHECK((test::decoded<Transaction>(encode(value)) == value));
}

}  // namespace
}  // namespace narrows
