// SPDX-License-Identifier: MIT
// Values of C++ and their JSON: what is encoded decodes to the same, and is what a tree of the text
// says.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

#include "json/value.hpp"
#include "narrows/decode.hpp"
#include "narrows/encode.hpp"
#include "narrows/error.hpp"
#include "property/property.hpp"

namespace narrows {
namespace {

using test::holds;

struct Leaf {
  bool flag = false;
  std::int8_t small = 0;
  std::uint64_t large = 0;
  float single = 0;
  double real = 0;
  std::string text;
  std::optional<std::int64_t> maybe;
  bool operator==(const Leaf&) const = default;
};
NARROWS_FIELDS(Leaf, flag, small, large, single, real, text, maybe)

struct Tree {
  Leaf leaf;
  std::vector<Tree> children;
  std::map<std::string, std::vector<Leaf>> named;
  std::unordered_map<std::int32_t, std::optional<std::string>> numbered;
  std::tuple<std::string, std::uint16_t, std::optional<bool>> operation;
  std::array<std::pair<std::int64_t, double>, 2> pairs{};
  std::optional<std::set<std::string>> names;
  bool operator==(const Tree&) const = default;
};
NARROWS_FIELDS(Tree, leaf, children, named, numbered, operation, pairs, names)

template <typename Real, typename Bits>
Real finite() {
  Real value = std::bit_cast<Real>(*rc::gen::arbitrary<Bits>());
  // A not-a-number and the infinities have no JSON.
  return std::isfinite(value) ? value : std::numeric_limits<Real>::denorm_min();
}

int few() { return *rc::gen::inRange(0, 4); }
bool coin() { return *rc::gen::arbitrary<bool>(); }

template <typename Integer>
Integer integer() {
  return *rc::gen::oneOf(rc::gen::arbitrary<Integer>(),
                         rc::gen::element(std::numeric_limits<Integer>::min(),
                                          std::numeric_limits<Integer>::max(), Integer{0}));
}

Leaf random_leaf() {
  Leaf leaf;
  leaf.flag = coin();
  leaf.small = integer<std::int8_t>();
  leaf.large = integer<std::uint64_t>();
  leaf.single = finite<float, std::uint32_t>();
  leaf.real = finite<double, std::uint64_t>();
  leaf.text = *test::text();
  if (coin()) leaf.maybe = integer<std::int64_t>();
  return leaf;
}

Tree random_tree(int depth) {
  Tree tree;
  tree.leaf = random_leaf();
  for (int i = depth > 0 ? few() : 0; i > 0; --i) tree.children.push_back(random_tree(depth - 1));
  for (int i = few(); i > 0; --i) {
    std::vector<Leaf>& leaves = tree.named[*test::text()];
    for (int k = few() / 2; k > 0; --k) leaves.push_back(random_leaf());
  }
  for (int i = few(); i > 0; --i) {
    auto& text = tree.numbered[integer<std::int32_t>()];
    if (coin()) text = *test::text();
  }
  tree.operation = {*test::text(), integer<std::uint16_t>(), std::nullopt};
  if (coin()) std::get<2>(tree.operation) = coin();
  for (auto& pair : tree.pairs) pair = {integer<std::int64_t>(), finite<double, std::uint64_t>()};
  if (coin()) {
    tree.names.emplace();
    for (int i = few(); i > 0; --i) tree.names->insert(*test::text());
  }
  return tree;
}

/// The tree of a text that the encoder wrote, by the project's other parser.
json::Value parsed(const std::string& text) {
  auto value = json::Value::parse(text);
  RC_ASSERT(value.has_value());
  return std::move(*value);
}

void check_leaf(const json::Value& json, const Leaf& leaf) {
  RC_ASSERT(json["flag"].boolean() == leaf.flag);
  RC_ASSERT(json["small"].integer() == leaf.small);
  RC_ASSERT(json["large"].to_json() == std::to_string(leaf.large));
  RC_ASSERT(json["single"].number().has_value());
  RC_ASSERT(static_cast<float>(*json["single"].number()) == leaf.single);
  RC_ASSERT(json["real"].number() == leaf.real);
  RC_ASSERT(json["text"].string() == leaf.text);
  RC_ASSERT(json["maybe"].integer() == leaf.maybe);
  RC_ASSERT(json.names().size() == (leaf.maybe ? 7U : 6U));
}

void check_tree(const json::Value& json, const Tree& tree) {
  check_leaf(json["leaf"], tree.leaf);
  RC_ASSERT(json["children"].items().size() == tree.children.size());
  for (std::size_t i = 0; i < tree.children.size(); ++i) {
    check_tree(json["children"].items()[i], tree.children[i]);
  }
  RC_ASSERT(json["named"].names().size() == tree.named.size());
  for (const auto& [name, leaves] : tree.named) {
    RC_ASSERT(json["named"][name].items().size() == leaves.size());
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      check_leaf(json["named"][name].items()[i], leaves[i]);
    }
  }
  RC_ASSERT(json["numbered"].names().size() == tree.numbered.size());
  for (const auto& [number, text] : tree.numbered) {
    const json::Value& found = json["numbered"][std::to_string(number)];
    RC_ASSERT((text ? found.string() == *text : found.kind() == json::Value::Kind::null));
  }
  const auto operation = json["operation"].items();
  RC_ASSERT(operation.size() == 3U);
  RC_ASSERT(operation[0].string() == std::get<0>(tree.operation));
  RC_ASSERT(operation[1].integer() == std::get<1>(tree.operation));
  RC_ASSERT(operation[2].boolean() == std::get<2>(tree.operation));
  RC_ASSERT(json["pairs"].items().size() == 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto pair = json["pairs"].items()[i].items();
    RC_ASSERT(pair.size() == 2U);
    RC_ASSERT(pair[0].integer() == tree.pairs[i].first);
    RC_ASSERT(pair[1].number() == tree.pairs[i].second);
  }
  RC_ASSERT(json["names"].items().size() == (tree.names ? tree.names->size() : 0U));
}

TEST_CASE("typed: what is encoded decodes to the same") {
  holds("encode, decode", [] {
    const Tree tree = random_tree(2);
    const std::string text = encode(tree);
    RC_ASSERT((decode<Tree>(Raw::checked(text)) == tree));
  });
}

TEST_CASE("typed: what is encoded is what another parser reads") {
  holds("encode, parse", [] {
    const Tree tree = random_tree(2);
    check_tree(parsed(encode(tree)), tree);
  });
}

TEST_CASE("typed: what is decoded does not depend on spaces and escapes") {
  holds("encode, rewrite, decode", [] {
    const Tree tree = random_tree(1);
    const std::string compact = parsed(encode(tree)).to_json();
    RC_ASSERT((decode<Tree>(Raw::checked(compact)) == tree));
  });
}

/// A value taken apart by the public iterators, and put together again.
std::string rebuilt(const Raw& raw) {
  std::vector<std::string> parts;
  if (raw.kind() == Raw::Kind::array) {
    for (const Raw& item : raw.items()) parts.push_back(rebuilt(item));
    return "[" + test::joined(parts, ",") + "]";
  }
  if (raw.kind() == Raw::Kind::object) {
    for (const auto& [key, value] : raw.members()) {
      parts.push_back(encode(key) + ":" + rebuilt(value));
    }
    return "{" + test::joined(parts, ",") + "}";
  }
  return std::string(raw.text());
}

TEST_CASE("raw: a value taken apart and put together again is the same") {
  holds("items, members", [] {
    std::string text = *test::json_value(4);
    std::ranges::replace(text, '\r', ' ');  // which checked() refuses
    const std::string again = rebuilt(Raw::checked(text));
    RC_ASSERT(parsed(text).equals(parsed(again)));
    RC_ASSERT(parsed(text).names().size() == parsed(again).names().size());
  });
}

TEST_CASE("typed: any JSON is either decoded or refused by an error") {
  holds("decode any", [] {
    const std::string text = encode(random_tree(1));
    const std::string changed = *test::mutated(text);
    std::optional<Raw> raw;
    try {
      raw = Raw::checked(changed);
    } catch (const Error&) {
      RC_DISCARD("not one JSON value");
    }
    try {
      const Tree tree = decode<Tree>(*raw);
      RC_ASSERT((decode<Tree>(Raw::checked(encode(tree))) == tree));
    } catch (const Error& error) {
      RC_ASSERT(error.code() == static_cast<int>(ErrorCode::malformed_request));
      RC_ASSERT(!error.text().empty());
    }
  });
}

}  // namespace
}  // namespace narrows
