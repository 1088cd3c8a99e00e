// SPDX-License-Identifier: MIT
#include "comparer.hpp"

#include <string>

#include "text.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

std::vector<std::string> differences(std::string_view a, std::string_view b,
                                     std::vector<std::string> ignore = {}) {
  const auto first = json::Value::parse(a);
  const auto second = json::Value::parse(b);
  REQUIRE(first.has_value());
  REQUIRE(second.has_value());
  return Comparer(std::move(ignore)).differences(*first, *second);
}

TEST_CASE("comparer: equal messages differ nowhere, in whatever order their members are") {
  CHECK(differences("{}", "{}").empty());
  CHECK(differences(R"({"a":1,"b":[2.0]})", R"({"b":[2],"a":1})").empty());
}

TEST_CASE("comparer: says where, what was recorded, and what is there now") {
  CHECK(differences(R"({"body":{"x":1,"z":0},"src":"a"})", R"({"body":{"y":2,"z":0},"src":"b"})") ==
        std::vector<std::string>{"body.x: recorded 1, now nothing",
                                 "body.y: recorded nothing, now 2",
                                 R"(src: recorded "a", now "b")"});
  CHECK(differences(R"({"x":1,"x":2})", R"({"x":1,"x":3})") ==
        std::vector<std::string>{"x: recorded 2, now 3"});
}

TEST_CASE("comparer: what may differ does") {
  CHECK(differences(R"({"id":1,"body":{"msg_id":1,"t":5}})", R"({"id":2,"body":{"msg_id":2}})",
                    {"body.t"})
            .empty());
  CHECK(differences(R"({"id":{"msg_id":1}})", "{}").empty());
}

TEST_CASE("comparer: after some it has seen enough") {
  CHECK(differences(R"({"a":1,"b":1,"c":1,"d":1,"e":1,"f":1})", "{}").size() ==
        Comparer::kMostPaths);
}

// What takes more than linear time does not end here, as far as a test can wait.
TEST_CASE("comparer: nasty messages take no longer than others") {
  std::string nested = "0";
  for (std::size_t i = 1; i < json::Value::kMaxDepth; ++i) {
    nested = joined({R"({"a":1,"a":)", nested, "}"});
  }
  CHECK(differences(R"({"x":)" + nested + "}", R"({"x":)" + nested + R"(,"y":1})").size() == 1);
  std::string wide = "{";
  for (int i = 0; i < 100'000; ++i) wide += joined({"\"name", std::to_string(i), "\":0,"});
  CHECK(differences(wide + "\"z\":1}", wide + "\"z\":2}").size() == 1);
}

}  // namespace
}  // namespace narrows::tools
