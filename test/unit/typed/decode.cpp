// SPDX-License-Identifier: MIT
#include <array>
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
#include <unordered_set>
#include <utility>
#include <vector>

#include "unit/typed.hpp"

namespace narrows {
namespace {

using test::Add;
using test::decoded;
using test::Nothing;
using test::Operation;
using test::refusal;
using test::Transaction;

template <typename Integer>
void check_range(const std::string& least, const std::string& below, const std::string& most,
                 const std::string& above, const std::string& error) {
  CHECK(decoded<Integer>(least) == std::numeric_limits<Integer>::min());
  CHECK(decoded<Integer>(most) == std::numeric_limits<Integer>::max());
  CHECK(refusal<Integer>(below) == error);
  CHECK(refusal<Integer>(above) == error);
  for (const std::string_view wrong :
       {"1.0", "1e2", "\"1\"", "null", "true", "[1]", "{}", "123456789012345678901234567890"}) {
    CHECK(refusal<Integer>(wrong) == error);
  }
}

TEST_CASE("decode: integers fit their type, or are refused") {
  check_range<std::int8_t>("-128", "-129", "127", "128", "the value is no integer of 8 bits");
  check_range<std::int16_t>("-32768", "-32769", "32767", "32768",
                            "the value is no integer of 16 bits");
  check_range<std::int32_t>("-2147483648", "-2147483649", "2147483647", "2147483648",
                            "the value is no integer of 32 bits");
  check_range<std::int64_t>("-9223372036854775808", "-9223372036854775809", "9223372036854775807",
                            "9223372036854775808", "the value is no integer of 64 bits");
  check_range<std::uint8_t>("0", "-1", "255", "256", "the value is no unsigned integer of 8 bits");
  check_range<std::uint16_t>("0", "-1", "65535", "65536",
                             "the value is no unsigned integer of 16 bits");
  check_range<std::uint32_t>("0", "-1", "4294967295", "4294967296",
                             "the value is no unsigned integer of 32 bits");
  check_range<std::uint64_t>("0", "-1", "18446744073709551615", "18446744073709551616",
                             "the value is no unsigned integer of 64 bits");
  CHECK(decoded<long>(" 7 ") == 7);
}

TEST_CASE("decode: booleans and numbers") {
  CHECK(decoded<bool>("true"));
  CHECK_FALSE(decoded<bool>("false"));
  CHECK(decoded<double>("1") == 1.0);
  CHECK(decoded<double>("-2.5e-1") == -0.25);
  CHECK(decoded<float>("0.1") == 0.1F);
  CHECK(decoded<float>("1e-60") == 0.0F);
  CHECK(decoded<long double>("0.5") == 0.5L);
  for (const std::string_view wrong : {"0", "\"true\"", "null", "[true]", "{}"}) {
    CHECK(refusal<bool>(wrong) == "the value is neither true nor false");
  }
  for (const std::string_view wrong : {"\"1\"", "null", "true", "[1]", "{}", "1e999"}) {
    CHECK(refusal<double>(wrong) == "the value is no number");
    CHECK(refusal<float>(wrong) == "the value is no number");
    CHECK(refusal<long double>(wrong) == "the value is no number");
  }
  CHECK(refusal<float>("1e39") == "the value is no number");
}

TEST_CASE("decode: strings lose their escapes") {
  CHECK(decoded<std::string>(R"("a\"\\\n\u00e4\ud83d\ude00ä")") == "a\"\\\n\u00e4\U0001F600ä");
  CHECK(decoded<std::string>("\"\"").empty());
  CHECK(decoded<std::string>(R"("\u0000")") == std::string(1, '\0'));
  for (const std::string_view wrong : {"1", "null", "true", "[\"a\"]", "{}"}) {
    CHECK(refusal<std::string>(wrong) == "the value is no string");
  }
}

TEST_CASE("decode: an optional is nothing for null") {
  CHECK(decoded<std::optional<int>>("5") == 5);
  CHECK_FALSE(decoded<std::optional<int>>(" null ").has_value());
  CHECK(refusal<std::optional<int>>("\"null\"") == "the value is no integer of 32 bits");
}

TEST_CASE("decode: a raw value is the text as it came, and refers to it") {
  const std::string text = R"([{"a" : 1.10}, null])";
  const auto raws = decoded<std::vector<Raw>>(text);
  REQUIRE(raws.size() == 2);
  CHECK(raws[0].text() == R"({"a" : 1.10})");
  CHECK(raws[0].text().data() == text.data() + 1);
  CHECK(raws[1].text() == "null");
  CHECK_FALSE(raws[0].is_requests());
  CHECK_FALSE(decoded<std::optional<Raw>>("null").has_value());
}

TEST_CASE("decode: arrays of any length") {
  const std::vector<int> expected{1, 2, 3};
  CHECK(decoded<std::vector<int>>("[1, 2 ,3]") == expected);
  CHECK(decoded<std::vector<int>>("[ ]").empty());
  CHECK(decoded<std::deque<int>>("[1,2,3]") == std::deque<int>{1, 2, 3});
  CHECK(decoded<std::list<int>>("[1,2,3]") == std::list<int>{1, 2, 3});
  CHECK(decoded<std::set<int>>("[3,1,3,2]") == std::set<int>{1, 2, 3});
  CHECK(decoded<std::unordered_set<std::string>>(R"(["a","b","a"])").size() == 2);
  CHECK((decoded<std::vector<bool>>("[true,false]") == std::vector<bool>{true, false}));
  CHECK(decoded<std::vector<std::vector<std::string>>>(R"([[],["a"],[]])") ==
        std::vector<std::vector<std::string>>{{}, {"a"}, {}});
  for (const std::string_view wrong : {"1", "\"a\"", "null", "true", "{}"}) {
    CHECK(refusal<std::vector<int>>(wrong) == "the value is no array");
  }
}

TEST_CASE("decode: arrays of just one length") {
  CHECK(decoded<std::array<int, 2>>("[1,2]") == std::array<int, 2>{1, 2});
  CHECK(decoded<std::array<int, 0>>("[]").empty());
  CHECK(decoded<std::pair<int, std::string>>(R"([1,"a"])") == std::pair(1, std::string("a")));
  CHECK(decoded<std::tuple<>>("[]") == std::tuple<>());
  using Read = std::tuple<std::string, int, std::optional<int>>;
  CHECK(decoded<Read>(R"(["r",1,null])") == Read("r", 1, std::nullopt));
  for (const std::string_view wrong : {"[]", "[1]", "[1,2,3]", "[[1,2]]", "{}", "null", "12"}) {
    CHECK(refusal<std::array<int, 2>>(wrong).starts_with("the value is no array of 2 values") !=
          wrong.starts_with("[[1"));
    CHECK(refusal<std::pair<int, int>>(wrong).starts_with("the value is no array of 2 values") !=
          wrong.starts_with("[[1"));
  }
  CHECK(refusal<std::tuple<int>>("[]") == "the value is no array of 1 value");
  CHECK(refusal<std::array<int, 0>>("[1]") == "the value is no array of 0 values");
  CHECK(refusal<std::tuple<>>("{}") == "the value is no array of 0 values");
}

TEST_CASE("decode: objects of any names, which may stand for integers") {
  CHECK(decoded<std::map<std::string, int>>(R"({"b":1, "\u0061" :2})") ==
        std::map<std::string, int>{{"a", 2}, {"b", 1}});
  CHECK(decoded<std::unordered_map<std::string, std::vector<int>>>(R"({"n1":[1],"n2":[]})") ==
        std::unordered_map<std::string, std::vector<int>>{{"n1", {1}}, {"n2", {}}});
  CHECK(decoded<std::map<int, bool>>(R"({"-5":true,"\u0037":false,"0":true})") ==
        std::map<int, bool>{{-5, true}, {7, false}, {0, true}});
  CHECK(decoded<std::map<std::uint8_t, int>>(R"({"255":1})").at(255) == 1);
  CHECK(decoded<std::map<std::string, int>>("{ }").empty());
  for (const std::string_view wrong : {"1", "\"a\"", "null", "true", "[]"}) {
    CHECK(refusal<std::map<std::string, int>>(wrong) == "the value is no object");
  }
  for (const std::string_view key : {"a", "", "1.0", "+1", " 1", "01", "-01", "1 ", "256", "-1"}) {
    CHECK(refusal<std::map<std::uint8_t, int>>("{\"" + std::string(key) + "\":1}") ==
          "the key of `" + std::string(key) + "` is no unsigned integer of 8 bits");
  }
}

TEST_CASE("decode: a struct's fields, in any order, the others ignored") {
  CHECK(decoded<Add>(R"({"delta":5,"key":"a"})") == Add{5, "a"});
  CHECK(decoded<Add>(R"({"x":[{"delta":1}],"k\u0065y":"b","msg_id":1, "delta" : -5, "":null})") ==
        Add{-5, "b"});
  CHECK(decoded<Nothing>(R"({"a":1})") == Nothing());
  CHECK(decoded<Operation>(R"({"f":"append","function":1,"key":2})") ==
        Operation{"append", 2, std::nullopt});
  for (const std::string_view wrong : {"1", "\"a\"", "null", "true", "[]"}) {
    CHECK(refusal<Add>(wrong) == "the value is no object");
    CHECK(refusal<Nothing>(wrong) == "the value is no object");
  }
}

struct Initialised {
  std::optional<int> may = 5;
  std::vector<int> list{1, 2};
};
NARROWS_FIELDS(Initialised, may, list)

TEST_CASE(
    "decode: an optional field is nothing when it is null or missing, whatever it begins as") {
  CHECK(decoded<Add>(R"({"delta":1})") == Add{1, std::nullopt});
  CHECK(decoded<Add>(R"({"delta":1,"key":null})") == Add{1, std::nullopt});
  const auto value = decoded<Initialised>(R"({"list":[]})");
  CHECK_FALSE(value.may.has_value());
  CHECK(value.list.empty());
}

TEST_CASE("decode: of fields and keys of the same name the last counts, also for errors") {
  CHECK(decoded<Add>(R"({"delta":1,"key":"a","delta":2,"key":null})") == Add{2, std::nullopt});
  CHECK(decoded<Add>(R"({"delta":[1,{"a":"]"}],"delta":2.5,"key":{},"delta":3,"key":"k"})") ==
        Add{3, "k"});
  CHECK(refusal<Add>(R"({"delta":1,"delta":"2"})") == "`delta` is no integer of 64 bits");
  CHECK(refusal<Add>(R"({"delta":true,"delta":2,"delta":null})") ==
        "`delta` is no integer of 64 bits");
  using Map = std::map<std::string, int>;
  CHECK(decoded<Map>(R"({"a":1,"b":0,"a":2})") == Map{{"a", 2}, {"b", 0}});
  CHECK(decoded<Map>(R"({"a":[],"b":0,"\u0061":2})") == Map{{"a", 2}, {"b", 0}});
  CHECK(refusal<Map>(R"({"a":1,"b":{},"a":[],"b":2})") == "`a` is no integer of 32 bits");
  // What is nested does not keep parts of the one before.
  CHECK(decoded<Transaction>(
            R"({"txn":[{"f":"a","key":1,"values":[1]}],"sums":{"x":{"delta":1,"key":"k"}},)"
            R"("txn":[{"f":"b","key":2}],"sums":{"x":{"delta":2}}})") ==
        Transaction{{{"b", 2, std::nullopt}}, {{"x", {2, std::nullopt}}}});
}

TEST_CASE("decode: values of a megabyte") {
  const std::string plain(1 << 20, 'x');
  CHECK((decoded<std::string>("\"" + plain + "\"") == plain));
  std::string escaped;
  for (int i = 0; i < 1 << 18; ++i) escaped += "\\\"\\\\";
  const auto value = decoded<Add>(R"({"key":")" + escaped + R"(","delta":1})");
  CHECK(value.key->size() == 1 << 19);
  std::string list = "[0";
  for (int i = 1; i < 1 << 19; ++i) list += ",1";
  CHECK(decoded<std::vector<int>>(list + "]").size() == 1 << 19);
  CHECK(refusal<std::vector<int>>(list + ",{}]") == "`[524288]` is no integer of 32 bits");
  std::string members = R"({"delta":[])";
  for (int i = 0; i < 100'000; ++i) members += R"(,"delta":[])";
  CHECK(decoded<Add>(members + R"(,"delta":7})") == Add{7, std::nullopt});
  CHECK(refusal<Add>(members + "}") == "`delta` is no integer of 64 bits");
}

TEST_CASE("decode: which types can be read") {
  struct Unsaid {
    int a;
  };
  CHECK(Decodable<int>);
  CHECK(Decodable<Add>);
  CHECK(Decodable<std::map<int, std::vector<std::optional<Transaction>>>>);
  CHECK(Decodable<test::Tree>);
  CHECK(Decodable<Raw>);
  CHECK_FALSE(Decodable<Unsaid>);
  CHECK_FALSE(Decodable<std::vector<Unsaid>>);
  CHECK_FALSE(Decodable<std::tuple<int, Unsaid>>);
  CHECK_FALSE(Decodable<std::string_view>);
  CHECK_FALSE(Decodable<std::vector<std::string_view>>);
  CHECK_FALSE(Decodable<std::span<int>>);
  CHECK_FALSE(Decodable<std::optional<std::optional<int>>>);
  CHECK_FALSE(Decodable<std::multimap<std::string, int>>);
  CHECK_FALSE(Decodable<std::map<double, int>>);
  CHECK_FALSE(Decodable<char>);
  CHECK_FALSE(Decodable<const int>);
  CHECK_FALSE(Decodable<int&>);
  CHECK_FALSE(Decodable<int*>);
  CHECK_FALSE(Decodable<const char*>);
  CHECK_FALSE(Decodable<void>);
}

}  // namespace
}  // namespace narrows
