// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

TEST_CASE("unique-ids: ids that differ are fine, of whatever type they are") {
  CHECK_VALID(check_unique_ids(Made()
                                   .ok(0, "generate", "{}", R"({"id":1})", 0, 1)
                                   .ok(1, "generate", "{}", R"({"id":"1"})", 0, 1)
                                   .ok(2, "generate", "{}", R"({"id":[1]})", 0, 1)
                                   .ok(3, "generate", "{}", R"({"id":[1,2]})", 0, 1)
                                   .unknown(4, "generate", "{}", 0, 1)
                                   .failed(5, "generate", "{}", 11, 0, 1)));
}

TEST_CASE("unique-ids: an id that is given out twice is found, both times are named") {
  const Made made = Made()
                        .ok(0, "generate", "{}", R"({"id":1})", 0, 1)
                        .on("n2")
                        .ok(1, "generate", "{}", R"({"id":1})", 1500, 1501);
  CHECK_FAULT(check_unique_ids(made),
              "the id 1 was given out twice: to operation 0 (generate on n1 by process 0, "
              "0.000000 s) and to operation 1 (generate on n2 by process 1, 1.500000 s)");
}

TEST_CASE("unique-ids: the same value in another spelling is the same") {
  CHECK_FAULT(
      check_unique_ids(Made()
                           .ok(0, "generate", "{}", R"({"id":{"a":1,"b":["x"]}})", 0, 1)
                           .ok(1, "generate", "{}", R"({"id":{"b": ["\u0078"], "a":1}})", 0, 1)),
      "given out twice");
}

TEST_CASE("unique-ids: an answer without an id is found") {
  CHECK_FAULT(check_unique_ids(Made().ok(0, "generate", "{}", R"({"ids":1})", 0, 1)),
              "has no \"id\"");
}

}  // namespace
}  // namespace narrows::testing
