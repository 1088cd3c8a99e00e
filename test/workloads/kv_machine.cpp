// SPDX-License-Identifier: MIT
#include "workloads/raft/kv_machine.hpp"

#include "unit/doctest.hpp"
#include "workloads/raft/canonical.hpp"

namespace narrows::workloads::raft {
namespace {

using Outcome = KvMachine::Outcome;
using Kind = Change::Kind;

std::optional<Outcome> apply(KvMachine& machine, std::uint64_t number, const Change& change,
                             std::uint64_t floor = 0, std::string_view origin = "n1") {
  const auto applied = machine.apply(command_of(origin, number, floor, change));
  if (!applied) return std::nullopt;
  CHECK(applied->origin == origin);
  CHECK(applied->number == number);
  return applied->outcome;
}

std::string same(std::string_view json) { return canonical(Raw::checked(json)); }

TEST_CASE("canonical: values that are the same have one text") {
  CHECK(same(R"({"b" : [1, 2], "a": "\u00e9\/"})") == same(R"({"a":"é/","b":[1,2]})"));
  CHECK(same(R"({"a":1,"a":2})") == same(R"({"a":2})"));
  CHECK(same(R"("\u0041")") == same(R"("A")"));
  CHECK(same("12345678901234567890123") == "12345678901234567890123");
  CHECK(same("1") != same("1.0"));
  CHECK(same("1") != same(R"("1")"));
  CHECK(same("[1,2]") != same("[2,1]"));
  CHECK(same("null") != same("{}"));
}

TEST_CASE("machine: writes, and compares and sets, by the values of keys and values") {
  KvMachine machine;
  CHECK(apply(machine, 1, {Kind::compare_and_set, "1", "2", "3"}) == Outcome::no_such_key);
  CHECK(machine.find("1") == nullptr);
  CHECK(apply(machine, 2, {Kind::create_or_set, "1", "2", R"({"a": [1]})"}) == Outcome::done);
  CHECK(apply(machine, 3, {Kind::create_or_set, "1", "2", "3"}) == Outcome::different);
  REQUIRE(machine.find("1") != nullptr);
  CHECK(*machine.find("1") == R"({"a": [1]})");
  CHECK(apply(machine, 4, {Kind::compare_and_set, "1", R"({"\u0061":[1]})", "0"}) == Outcome::done);
  CHECK(apply(machine, 5, {Kind::write, R"("\u006b")", {}, "null"}) == Outcome::done);
  CHECK(*machine.find(R"("k")") == "null");
  CHECK(apply(machine, 6, {Kind::compare_and_set, R"("k")", "null", "1"}) == Outcome::done);
}

TEST_CASE("machine: a request is applied once, in whatever order and from whatever node it comes") {
  KvMachine machine;
  CHECK(apply(machine, 5, {Kind::write, "1", {}, "5"}) == Outcome::done);
  CHECK(apply(machine, 3, {Kind::write, "1", {}, "3"}) == Outcome::done);
  CHECK(apply(machine, 4, {Kind::write, "1", {}, "4"}) == Outcome::done);
  for (const std::uint64_t number : {3U, 4U, 5U}) {
    CHECK(apply(machine, number, {Kind::write, "1", {}, "7"}) == Outcome::repeated);
    CHECK(machine.has_applied("n1", number));
  }
  CHECK_FALSE(machine.has_applied("n1", 2));
  CHECK_FALSE(machine.has_applied("n1", 6));
  CHECK_FALSE(machine.has_applied("n2", 5));
  CHECK(*machine.find("1") == "4");
  CHECK(apply(machine, 5, {Kind::write, "1", {}, "6"}, 0, "n2") == Outcome::done);
  CHECK(*machine.find("1") == "6");
}

TEST_CASE("machine: what its node no longer waits for is not applied, nor remembered") {
  KvMachine machine;
  for (std::uint64_t number = 1; number < 1000; number += 2) {
    CHECK(apply(machine, number, {Kind::write, "1", {}, "1"}) == Outcome::done);
  }
  const std::size_t with_gaps = machine.snapshot().size();
  CHECK(apply(machine, 1001, {Kind::write, "1", {}, "2"}, 1001) == Outcome::done);
  CHECK(apply(machine, 500, {Kind::write, "1", {}, "3"}) == Outcome::repeated);
  CHECK(*machine.find("1") == "2");
  CHECK(machine.snapshot().size() < with_gaps / 10);
  // A long run is one range, whatever it began with.
  for (std::uint64_t number = 1002; number < 3000; ++number) {
    CHECK(apply(machine, number, {Kind::write, "1", {}, "1"}, 1001) == Outcome::done);
  }
  CHECK(machine.snapshot().size() < with_gaps / 10);
}

TEST_CASE("machine: a snapshot is all of it, the applied requests too") {
  KvMachine machine;
  for (const std::uint64_t number : {7U, 8U, 10U}) {
    static_cast<void>(apply(machine, number, {Kind::write, R"("ké\"")", {}, R"(["é\n"])"}, 3));
  }
  static_cast<void>(apply(machine, 1, {Kind::write, "2", {}, "1.50"}, 0, "n2"));
  KvMachine copy;
  static_cast<void>(apply(copy, 99, {Kind::write, "5", {}, "1"}, 0, "n9"));
  REQUIRE(copy.restore(machine.snapshot()));
  CHECK(copy.snapshot() == machine.snapshot());
  CHECK(copy.find("5") == nullptr);
  CHECK(*copy.find("2") == "1.50");
  CHECK_FALSE(copy.has_applied("n9", 99));
  for (std::uint64_t number = 0; number < 12; ++number) {
    CHECK(copy.has_applied("n1", number) == machine.has_applied("n1", number));
  }
  CHECK(apply(copy, 8, {Kind::write, "2", {}, "0"}) == Outcome::repeated);
  CHECK(apply(copy, 9, {Kind::write, "2", {}, "0"}) == Outcome::done);
}

TEST_CASE("machine: what is no command, or no snapshot, changes nothing") {
  KvMachine machine;
  static_cast<void>(apply(machine, 1, {Kind::write, "1", {}, "1"}));
  const std::string before = machine.snapshot();
  for (const char* text : {"", "null", "{}", "[]", R"(["n1",2,0,3,1,null,2])", R"(["n1",2])",
                           R"(["n1",2,0,-1,1,null,2])", R"([1,2,0,0,1,null,2])",
                           R"(["n1",-2,0,0,1,null,2])", R"(["n1",2,0,0,1,null,2,3])"}) {
    CAPTURE(text);
    CHECK_FALSE(machine.apply(text));
    CHECK_FALSE(machine.restore(text));
    CHECK(machine.snapshot() == before);
  }
}

}  // namespace
}  // namespace narrows::workloads::raft
