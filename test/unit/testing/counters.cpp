// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

/// Adds of 3 and 4 that were acknowledged, one of 10 that failed, and these final reads.
Made added(const std::string& first, const std::string& second) {
  return Made()
      .ok(0, "add", R"({"delta":3})", "{}", 0, 1)
      .on("n2")
      .ok(1, "add", R"({"delta":4})", "{}", 0, 1)
      .failed(1, "add", R"({"delta":10})", 11, 2, 3)
      .on("n1")
      .last(0, "read", "{}", R"({"value":)" + first + "}", 10, 11)
      .on("n2")
      .last(1, "read", "{}", R"({"value":)" + second + "}", 10, 11);
}

TEST_CASE(
    "counters: the sum of what was acknowledged is right, reads before the end may be stale") {
  CHECK_VALID(check_g_counter(added("7", "7").ok(5, "read", "{}", R"({"value":0})", 5, 6)));
  CHECK_VALID(check_pn_counter(added("7", "7")));
}

TEST_CASE("counters: a lost, a doubled and a failed add are found in final reads") {
  CHECK_FAULT(check_g_counter(added("7", "4")), "answered with 4, but all adds together are 7");
  CHECK_FAULT(check_pn_counter(added("10", "7")), "answered with 10, but");
  CHECK_FAULT(check_pn_counter(added("7", "17")), "answered with 17, but");
}

TEST_CASE("counters: an unknown add may have happened or not, as a whole") {
  const auto with_unknown = [](int value) {
    return added("7", std::to_string(value))
        .unknown(2, "add", R"({"delta":5})", 2, 8)
        .unknown(3, "add", R"({"delta":-2})", 2, 8);
  };
  for (const int possible : {7, 12, 5, 10}) CHECK_VALID(check_pn_counter(with_unknown(possible)));
  for (const int impossible : {4, 6, 8, 9, 11, 13}) {
    CHECK_FAULT(check_pn_counter(with_unknown(impossible)), "some of 5 to 12");
  }
}

TEST_CASE("counters: of many unknown adds the sums are exact where they lie together") {
  const auto with_reads = [](int value) {
    Made made = added("7", std::to_string(value));
    for (int i = 0; i < 60; ++i) made.unknown(10 + i, "add", R"({"delta":2})", 2, 8);
    return made;
  };
  CHECK_VALID(check_g_counter(with_reads(127)));
  CHECK_FAULT(check_g_counter(with_reads(126)), "some of 7 to 127");
  CHECK_FAULT(check_g_counter(with_reads(129)), "some of 7 to 127");
}

TEST_CASE("counters: where too many sums lie apart their bounds hold") {
  const auto with_reads = [](std::int64_t more) {
    std::int64_t sum = 7;
    Made made = added("7", "7");
    for (std::int64_t i = 0, delta = 3; i < 30; ++i, delta *= 3) {
      sum += delta;
      made.unknown(10 + i, "add", R"({"delta":)" + std::to_string(delta) + "}", 2, 8);
    }
    return made.last(0, "read", "{}", R"({"value":)" + std::to_string(sum + more) + "}", 20, 21);
  };
  CHECK_VALID(check_g_counter(with_reads(0)));
  CHECK_FAULT(check_g_counter(with_reads(1)), "a final read, was answered");
}

TEST_CASE("counters: one that only grows is never negative, one that shrinks may be") {
  const Made made = added("7", "7").ok(5, "read", "{}", R"({"value":-1})", 5, 6);
  CHECK_FAULT(check_g_counter(made), "answered with -1, though the counter only grows");
  CHECK_VALID(check_pn_counter(made));
}

TEST_CASE("counters: a read without an integer, and a node without a final read, are found") {
  CHECK_FAULT(check_pn_counter(added("7", "7.5")), "which has no integer \"value\"");
  CHECK_FAULT(check_pn_counter(added("7", "7").on("n3").ok(7, "add", R"({"delta":0})", "{}", 0, 1)),
              "no final read of n3 was answered");
  CheckOptions options;
  options.nodes = {"n1", "n2", "n4"};
  CHECK_FAULT(check_pn_counter(added("7", "7"), options), "no final read of n4 was answered");
}

}  // namespace
}  // namespace narrows::testing
