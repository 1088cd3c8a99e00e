// SPDX-License-Identifier: MIT
// The other members of a body: stored, found, left out.
#include <string>

#include "json/decode.hpp"
#include "unit/decoded.hpp"
#include "unit/doctest.hpp"

namespace narrows::json {
namespace {

using test::Decoded;
using test::request_with;

TEST_CASE("members: they are stored in order, with keys and values as written") {
  const Decoded line(request_with(R"("b":1,"a" : [2],"\u0063":"x","":null)"));
  const auto& members = line.members();
  REQUIRE(members.size() == 4);
  CHECK(line.in(members[0].key) == "b");
  CHECK(line.in(members[0].value) == "1");
  CHECK(line.in(members[1].key) == "a");
  CHECK(line.in(members[1].value) == "[2]");
  CHECK(line.in(members[2].key) == R"(\u0063)");
  CHECK(line.in(members[2].value) == R"("x")");
  CHECK(line.in(members[3].key).empty());
  CHECK(line.in(members[3].value) == "null");
}

TEST_CASE("members: of those with the same name the last counts, however it is written") {
  CHECK(Decoded(request_with(R"("echo":1,"x":2,"echo":3)")).find("echo") == "3");
  CHECK(Decoded(request_with(R"("echo":1,"ech\u006f":2)")).find("echo") == "2");
  CHECK(Decoded(request_with(R"("ech\u006f":1,"echo":2)")).find("echo") == "2");
  CHECK(Decoded(request_with(R"("a":{},"a":[1],"a":"")")).find("a") == R"("")");
}

TEST_CASE("members: names of every length are told apart") {
  std::string members;
  std::string name;
  for (int length = 0; length < 40; ++length) {
    members.append(members.empty() ? "\"" : ",\"").append(name).append("\":");
    members.append(std::to_string(length));
    name.push_back(static_cast<char>('a' + length % 3));
  }
  const Decoded line(request_with(members));
  REQUIRE(line.members().size() == 40);
  for (std::size_t length = 0; length < 40; ++length) {
    CHECK(line.find(name.substr(0, length)) == std::to_string(length));
  }
}

TEST_CASE("members: names that share their first eight bytes are told apart") {
  const Decoded line(request_with(R"("node_ids_a":1,"node_ids_b":2,"node_ids":3)"));
  CHECK(line.find("node_ids_a") == "1");
  CHECK(line.find("node_ids_b") == "2");
  CHECK(line.find("node_ids") == "3");
  CHECK(line.find("node_ids_c") == "(none)");
  CHECK(line.find("node_id") == "(none)");
  CHECK(line.find("node_ids_") == "(none)");
}

TEST_CASE("members: the fields of the protocol are not among them") {
  const Decoded line(request_with(R"("echo":1)"));
  CHECK(line.find("type") == "(none)");
  CHECK(line.find("msg_id") == "(none)");
}

TEST_CASE("members: those without room are left out, and told of") {
  const std::string text = request_with(R"("a":1,"b":2,"c":{"d":3})");
  const Decoded none(text, 512, 0);
  CHECK(none.kind() == LineKind::request);
  CHECK(none.members().empty());
  CHECK(none.message.members_left_out);
  const Decoded some(text, 512, 2);
  CHECK(some.members().size() == 2);
  CHECK(some.message.members_left_out);
  CHECK(some.find("b") == "2");
  CHECK(some.find("c") == "(none)");
  const Decoded all(text, 512, 3);
  CHECK(all.members().size() == 3);
  CHECK_FALSE(all.message.members_left_out);
}

TEST_CASE("members: a known field behind those left out is found") {
  const Decoded line(R"({"src":"s","body":{"a":1,"b":2,"type":"t","msg_id":5}})", 512, 1);
  CHECK(line.kind() == LineKind::request);
  CHECK(line.type() == "t");
  CHECK(line.msg_id() == "5");
}

TEST_CASE("members: what there is no room for is found in the body") {
  const std::string_view line =
      R"({"src":"c1","body":{"type":"t", "a":1, "b" : [2, {"a":3}], "\u0063":4, "a": {"x":5} , "z":6}})";
  for (std::size_t room = 0; room <= 5; ++room) {
    CAPTURE(room);
    const Decoded decoded(line, 512, room);
    CHECK(decoded.message.members == room);
    CHECK(decoded.message.members_left_out == (room < 5));
    CHECK(decoded.find_in_body("a") == R"({"x":5})");
    CHECK(decoded.find_in_body("b") == R"([2, {"a":3}])");
    CHECK(decoded.find_in_body("c") == "4");
    CHECK(decoded.find_in_body("z") == "6");
    CHECK_FALSE(decoded.find_in_body("x"));
    CHECK_FALSE(decoded.find_in_body("type"));
    CHECK_FALSE(decoded.find_in_body(""));
  }
}

TEST_CASE("members: a body of very many can be searched to its last one") {
  std::string line = R"({"src":"c1","body":{"first":1)";
  for (int i = 0; i < 70'000; ++i) line += ",\"\":0";
  line += R"(,"t\u0079pe":"t","last":2,"msg_id":7}})";
  const Decoded decoded(line, 512, 3);
  CHECK(decoded.find_in_body("first") == "1");
  CHECK(decoded.find_in_body("") == "0");
  CHECK(decoded.find_in_body("last") == "2");
  CHECK(decoded.type() == "t");  // found among what is left out
  CHECK(decoded.msg_id() == "7");
}

TEST_CASE("members: an error among those left out is what it would be anywhere") {
  const auto reason_of = [](std::string_view members) {
    return Decoded(R"({"src":"c1","body":{"type":"t","a":1,"b":2)" + std::string(members), 8, 1)
        .reason();
  };
  CHECK(reason_of(R"(}})") == "");
  CHECK(reason_of(R"(,"c":[1,{"":"\n\u00e4"}],"d":{},"e":-1.5e3,"f":null}})") == "");
  for (const char* const broken :
       {R"(,})", R"(,"c"})", R"(,"c" 1})", R"(,"c":})", R"(,"c":1 "d":2})", R"(,c:1})",
        R"(,"\x":1})", R"(,"c":"\ud800"})", R"(,"c":01})", R"(,"c":[1,]})", R"(,"c":{"d"}})",
        R"(,"c":tru})", R"(,"c":[[[[[[[1]]]]]]]})", "", R"(,"c)", R"(,"c":")", R"(,"c":[)"}) {
    CAPTURE(broken);
    const std::string whole = std::string(R"({"src":"c1","body":{"type":"t","a":1,"b":2)") + broken;
    CHECK(reason_of(broken) != "");
    CHECK(reason_of(broken) == Decoded(whole, 8).reason());
  }
}

}  // namespace
}  // namespace narrows::json
