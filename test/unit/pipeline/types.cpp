// SPDX-License-Identifier: MIT
#include "pipeline/types.hpp"

#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

TEST_CASE("types: init and bench_stats are there from the start, 0 is everything else") {
  const Types types;
  CHECK(types.find("init") == Types::kInit);
  CHECK(types.find("bench_stats") == Types::kBenchStats);
  CHECK(types.find("echo") == kOtherType);
  CHECK(types.find("") == kOtherType);
  CHECK(types.names()[kOtherType] == "other");
}

TEST_CASE("types: numbers are given out in order, names are found whole") {
  Types types;
  CHECK(types.add("echo") == 3);
  CHECK(types.add("read") == 4);
  CHECK(types.find("echo") == 3);
  CHECK(types.find("read") == 4);
  CHECK(types.find("ech") == kOtherType);
  CHECK(types.find("echo_") == kOtherType);
  CHECK(types.find("Echo") == kOtherType);
  CHECK(types.find("other") == kOtherType);
  CHECK(types.names()[3] == "echo");
}

TEST_CASE("types: a name that is taken, and an empty one, are refused") {
  Types types;
  CHECK(types.add("echo") != kOtherType);
  CHECK(types.add("echo") == kOtherType);
  CHECK(types.add("init") == kOtherType);
  CHECK(types.add("bench_stats") == kOtherType);
  CHECK(types.add("") == kOtherType);
}

TEST_CASE("types: the name of everything else is taken, too") {
  Types types;
  CHECK(types.add("other") == kOtherType);  // by_type would have the same key twice
}

TEST_CASE("types: names alike in their first bytes and in length are told apart") {
  Types types;
  const std::string start(40, 'x');
  const TypeId first = types.add(start + "a");
  const TypeId second = types.add(start + "b");
  CHECK(types.find(start + "a") == first);
  CHECK(types.find(start + "b") == second);
  CHECK(types.find(start + "c") == kOtherType);
}

TEST_CASE("types: as many as there may be are found, one more is refused") {
  Types types;
  std::vector<TypeId> ids;
  for (std::size_t i = types.names().size(); i < Types::kMost; ++i) {
    ids.push_back(types.add("type" + std::to_string(i)));
    REQUIRE(ids.back() == i);
  }
  CHECK(types.add("one more") == kOtherType);
  for (const TypeId id : ids) REQUIRE(types.find(types.names()[id]) == id);
  for (int i = 0; i < 10'000; ++i) {
    REQUIRE(types.find("unknown" + std::to_string(i)) == kOtherType);
  }
}

}  // namespace
}  // namespace narrows::pipeline
