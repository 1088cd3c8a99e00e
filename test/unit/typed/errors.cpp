// SPDX-License-Identifier: MIT
#include <array>
#include <stdexcept>
#include <string>
#include <tuple>
#include <vector>

#include "unit/typed.hpp"

namespace narrows {
namespace {

using test::Add;
using test::refusal;
using test::Transaction;
using test::Tree;

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("decode errors: a field that is missing or wrong is named") {
  CHECK(refusal<Add>("{}") == "`delta` is missing");
  CHECK(refusal<Add>(R"({"delta":null})") == "`delta` is no integer of 64 bits");
  CHECK(refusal<Add>(R"({"delta":1,"key":2})") == "`key` is no string");
}

TEST_CASE("decode errors: the place is named, however deep") {
  CHECK(refusal<Transaction>(R"({"txn":[{"f":"r","key":1},{"f":"r"}],"sums":{}})") ==
        "`txn[1].key` is missing");
  CHECK(refusal<Transaction>(R"({"txn":[{"f":"r","key":1},{"f":"r","key":1.5}],"sums":{}})") ==
        "`txn[1].key` is no integer of 32 bits");
  CHECK(refusal<Transaction>(R"({"txn":[{"f":"r","key":1,"values":[0,{}]}],"sums":{}})") ==
        "`txn[0].values[1]` is no integer of 32 bits");
  CHECK(refusal<Transaction>(R"({"txn":[],"sums":{"a":{"delta":1},"\u0062":{"delta":"1"}}})") ==
        "`sums.b.delta` is no integer of 64 bits");
  CHECK(refusal<Transaction>(R"({"txn":{},"sums":{}})") == "`txn` is no array");
  CHECK(refusal<std::vector<std::tuple<int, std::array<int, 2>>>>("[[1,[2,3]],[1,[2]]]") ==
        "`[1][1]` is no array of 2 values");
  CHECK(refusal<std::tuple<int, int>>("[1,true]") == "`[1]` is no integer of 32 bits");
  CHECK(refusal<std::vector<std::map<int, int>>>(R"([{},{"x":1}])") ==
        "the key of `[1].x` is no integer of 32 bits");
}

TEST_CASE("decode errors: of several the one of the first field is told") {
  CHECK(refusal<Add>(R"({"key":1})") == "`delta` is missing");
  CHECK(refusal<Add>(R"({"key":1,"delta":""})") == "`delta` is no integer of 64 bits");
}

TEST_CASE("decode errors: long names and places are shortened between characters") {
  using Map = std::map<std::string, int>;
  CHECK(refusal<Map>(R"({")" + std::string(64, 'k') + R"(":""})") ==
        "`" + std::string(64, 'k') + "` is no integer of 32 bits");
  CHECK(refusal<Map>(R"({")" + std::string(1 << 20, 'k') + R"(":""})") ==
        "`" + std::string(64, 'k') + "\u2026` is no integer of 32 bits");
  CHECK(refusal<Map>(R"({"k)" + repeated("ä", 100) + R"(":""})") ==
        "`k" + repeated("ä", 31) + "\u2026` is no integer of 32 bits");
  using Deep = std::map<std::string, std::map<std::string, std::map<std::string, Map>>>;
  const std::string key = "{\"" + std::string(64, 'k') + "\":";
  const std::string deep = refusal<std::map<std::string, Deep>>(repeated(key, 5) + "{}}}}}}");
  CHECK(deep.starts_with("`" + std::string(64, 'k') + "." + std::string(64, 'k') + "."));
  CHECK(deep.ends_with("k\u2026` is no integer of 32 bits"));
  CHECK(deep.size() < 300);
}

TEST_CASE("decode errors: a type that contains itself is read to 512 levels, and no further") {
  const auto nested = [](int levels) {
    return repeated(R"({"in":[)", levels) + R"({"in":[]})" + repeated("]}", levels);
  };
  std::size_t levels = 0;
  const Tree tree = test::decoded<Tree>(nested(255));
  for (const Tree* at = &tree; !at->in.empty(); at = &at->in.front()) ++levels;
  CHECK(levels == 255);
  const std::string error = refusal<Tree>(nested(256));
  CHECK(error.starts_with("`in[0].in[0].in[0]."));
  CHECK(error.ends_with("` is nested too deeply"));
  CHECK(error.size() < 300);
  CHECK(refusal<Tree>(nested(1'500)) == error);
}

struct Link {
  std::vector<std::array<Link, 1>> in;
};
NARROWS_FIELDS(Link, in)

TEST_CASE("decode errors: an array of the right length that lies too deep is said to do so") {
  const std::string text = repeated(R"({"in":[[)", 300) + R"({"in":[]})" + repeated("]]}", 300);
  CHECK(refusal<Link>(text).ends_with("\u2026` is nested too deeply"));
  const std::string even = "[" + text + "]";
  CHECK(refusal<std::array<Link, 1>>(even).ends_with("\u2026` is nested too deeply"));
  CHECK(refusal<std::vector<std::tuple<Link>>>("[" + even + "]")
            .ends_with("\u2026` is nested too deeply"));
}

TEST_CASE("decode errors: only what is open counts as nesting") {
  const std::vector<std::vector<Add>> lists(2'000, {Add{1, "k"}});
  CHECK((test::decoded<std::vector<std::vector<Add>>>(encode(lists)) == lists));
  std::map<int, std::array<int, 1>> map;
  for (int i = 0; i < 2'000; ++i) map[i] = {i};
  CHECK((test::decoded<std::map<int, std::array<int, 1>>>(encode(map)) == map));
  // Nor does what was given up half-way.
  std::string text = "{";
  for (int i = 0; i < 2'000; ++i) text += R"("delta":[[{"a":[]}]],"key":[1],)";
  CHECK(test::decoded<Add>(text + R"("delta":1,"key":"k"})") == Add{1, "k"});
  text = "{";
  for (int i = 0; i < 2'000; ++i) text += R"("a":[[1,[]]],)";
  using Map = std::map<std::string, std::vector<std::vector<int>>>;
  CHECK((test::decoded<Map>(text + R"("a":[[7]]})") == Map{{"a", {{7}}}}));
}

TEST_CASE("decode errors: what no field takes may be nested more deeply") {
  const std::string deep = std::string(3'000, '[') + std::string(3'000, ']');
  CHECK(test::decoded<Add>("{\"x\":" + deep + ",\"delta\":1}") == Add{1, std::nullopt});
  CHECK(test::decoded<Raw>(deep).text() == deep);
  CHECK(refusal<Add>("{\"delta\":" + deep + "}") == "`delta` is no integer of 64 bits");
}

TEST_CASE("encode errors: a value nested more deeply than can be read is refused") {
  const auto nested = [](int levels) {
    Tree tree;
    for (int i = 0; i < levels; ++i) {
      Tree outer;
      outer.in.push_back(std::move(tree));
      tree = std::move(outer);
    }
    return tree;
  };
  CHECK(encode(nested(2)) == R"({"in": [{"in": [{"in": []}]}]})");
  CHECK_NOTHROW(static_cast<void>(test::decoded<Tree>(encode(nested(255)))));
  CHECK_THROWS_AS(static_cast<void>(encode(nested(256))), std::length_error);
}

}  // namespace
}  // namespace narrows
