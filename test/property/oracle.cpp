// SPDX-License-Identifier: MIT
// Two other readers of JSON say whether a text is valid, and what is in a line.
#include "fuzz/oracle.hpp"

#include "property/property.hpp"
#include "unit/decoded.hpp"

namespace narrows::fuzz {
namespace {

using test::holds;

TEST_CASE("oracle: any generated value is valid to all") {
  holds("generated", [] {
    const std::string text = *test::json_value();
    RC_ASSERT(is_value(text));
    RC_ASSERT(nlohmann_takes(tamed(text)));
    RC_ASSERT(simdjson_may_take(tamed(text)));
  });
}

TEST_CASE("oracle: a changed value is judged as nlohmann::json judges it") {
  holds("mutated", [] {
    const std::string text = *test::mutated(*test::json_value());
    const bool expected = nlohmann_takes(tamed(text));
    RC_TAG(expected);
    RC_ASSERT(is_value(text) == expected);
  });
}

TEST_CASE("oracle: a changed line is judged as the documents say, and what it has is found") {
  holds("line", [] {
    const std::string line = *test::mutated(test::request_with("\"echo\":" + *test::json_value()));
    RC_ASSERT(disagreement(line, 512) == "");
  });
}

TEST_CASE("oracle: what is taken is valid to simdjson") {
  holds("simdjson", [] {
    const std::string text = *test::mutated("[" + *test::json_value() + "]");
    if (is_value(text)) RC_ASSERT(simdjson_may_take(tamed(text)));
  });
}

TEST_CASE("oracle: a tamed number is one that all can compute") {
  CHECK(tamed("[1e400,\"1e400\",-1.5E-1234]") == "[1e40,\"1e400\",-1.5E-12]");
  CHECK(tamed("18446744073709551616") == "18446744073709551616");
  CHECK(tamed(std::string(400, '7')) == std::string(100, '7'));
  CHECK(tamed(R"("a\"1e400",1e400)") == R"("a\"1e400",1e40)");
}

}  // namespace
}  // namespace narrows::fuzz
