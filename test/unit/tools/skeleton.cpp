// SPDX-License-Identifier: MIT
#include "skeleton.hpp"

#include <algorithm>
#include <cstdint>

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

using Varying = Skeleton::Varying;

/// Of a pattern in which digits are part of an id where i stands before them, of a client at c, of
/// a number at n. The marks are no part of the line.
Skeleton skeleton_of(std::string_view pattern) {
  std::string line;
  std::vector<Skeleton::Spot> spots;
  for (std::size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] != '$') {
      line += pattern[at];
      continue;
    }
    const char mark = pattern[++at];
    const std::size_t end =
        std::min(pattern.find_first_not_of("0123456789", at + 1), pattern.size());
    const std::string_view digits = pattern.substr(at + 1, end - at - 1);
    spots.push_back({line.size(), digits.size(),
                     mark == 'i'   ? Varying::id
                     : mark == 'c' ? Varying::client
                                   : Varying::number});
    line += digits;
    at = end - 1;
  }
  return {line, spots};
}

struct Found {
  bool any = false;    // it matched, up to wherever
  bool whole = false;  // up to its end
  std::uint64_t id = 0;
  std::uint64_t client = 0;
};

/// How a line matches, with no more readable behind it than there must be.
Found find(const Skeleton& skeleton, std::string line) {
  const std::size_t size = line.size();
  line.resize(std::max(size, skeleton.most_bytes()), '7');
  const Skeleton::Match match = skeleton.match(line.data());
  return {match.end != nullptr, match.end == line.data() + size, match.id, match.client};
}

const Skeleton& echo_ok() {
  static const Skeleton skeleton = skeleton_of(
      "{\"dest\":\"c$c12\",\"body\":{\"re\":$i1000,\"msg_id\":$n5,\"echo\":\"$i1000xx\"}}\n");
  return skeleton;
}

std::string echo_ok(std::string_view client, std::string_view id, std::string_view number,
                    std::string_view echo) {
  return std::string("{\"dest\":\"c")
      .append(client)
      .append("\",\"body\":{\"re\":")
      .append(id)
      .append(",\"msg_id\":")
      .append(number)
      .append(",\"echo\":\"")
      .append(echo)
      .append("\"}}\n");
}

TEST_CASE("skeleton: the line that it was made from matches, up to its end") {
  const std::string line = echo_ok("12", "1000", "5", "1000xx");
  CHECK(find(echo_ok(), line).whole);
  CHECK(find(skeleton_of("$i7"), "7").whole);
}

TEST_CASE("skeleton: other numbers match, and are read") {
  const Found found = find(echo_ok(), echo_ok("98", "7654", "123456", "7654xx"));
  CHECK(found.whole);
  CHECK(found.id == 7654);
  CHECK(found.client == 98);
  CHECK(find(echo_ok(), echo_ok("00", "0001", "0", "0001xx")).id == 1);
}

TEST_CASE("skeleton: any integer of up to 18 digits without sign is a number") {
  for (const std::string_view number : {"0", "9", "10", "123456789012345678"}) {
    CHECK_MESSAGE(find(echo_ok(), echo_ok("12", "1000", number, "1000xx")).whole, number);
  }
  for (const std::string_view number :
       {"", "-1", "+1", "00", "05", "1.0", "1e2", " 5", "5 ", "x", "\"5\"", "1234567890123456789",
        "12345678901234567890123456789012345678901234567890"}) {
    CHECK_MESSAGE(!find(echo_ok(), echo_ok("12", "1000", number, "1000xx")).any, number);
  }
}

TEST_CASE("skeleton: ids and clients of another length do not match") {
  for (const std::string_view client : {"", "1", "123", "1x", " 1", "-1"}) {
    CHECK_MESSAGE(!find(echo_ok(), echo_ok(client, "1000", "5", "1000xx")).any, client);
  }
  for (const std::string_view id : {"", "100", "10000", "100x", "-100", "1.00", " 100"}) {
    CHECK_MESSAGE(!find(echo_ok(), echo_ok("12", id, "5", std::string(id) + "xx")).any, id);
  }
}

TEST_CASE("skeleton: another id in the second place does not match") {
  CHECK_FALSE(find(echo_ok(), echo_ok("12", "1000", "5", "1001xx")).any);
  CHECK_FALSE(find(echo_ok(), echo_ok("12", "1001", "5", "1000xx")).any);
}

TEST_CASE("skeleton: with any other byte in its text a line does not match") {
  const std::string line = echo_ok("12", "1000", "5", "1000xx");
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string other = line;
    other[i] = '~';
    CHECK_MESSAGE(!find(echo_ok(), other).any, i);
  }
}

TEST_CASE("skeleton: a line longer or shorter does not match") {
  CHECK_FALSE(find(echo_ok(), echo_ok("12", "1000", "5", "1000x")).any);
  CHECK_FALSE(find(echo_ok(), echo_ok("12", "1000", "5", "1000xxx")).any);
  std::string line = echo_ok("12", "1000", "5", "1000xx");
  line.pop_back();
  CHECK_FALSE(find(echo_ok(), line).any);
}

TEST_CASE("skeleton: the next line begins where this one ends") {
  const std::string first = echo_ok("12", "1000", "99999", "1000xx");
  std::string lines = first + echo_ok("13", "1001", "6", "1001xx");
  lines.resize(lines.size() + echo_ok().most_bytes());
  const char* const end = echo_ok().match(lines.data()).end;
  REQUIRE(end == lines.data() + first.size());
  CHECK(echo_ok().match(end).id == 1001);
}

TEST_CASE("skeleton: most_bytes() reaches beyond the longest line that matches") {
  const std::string longest = echo_ok("12", "1000", "123456789012345678", "1000xx");
  CHECK(find(echo_ok(), longest).whole);
  CHECK(echo_ok().most_bytes() >= longest.size());
}

TEST_CASE("skeleton: none matches nothing, and wants more bytes than there are") {
  const Skeleton none;
  CHECK(none.match("").end == nullptr);
  CHECK(none.most_bytes() == SIZE_MAX);
}

}  // namespace
}  // namespace narrows::tools
