// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

std::string write(int value) { return R"({"key":1,"value":)" + std::to_string(value) + "}"; }
std::string value(int value) { return R"({"value":)" + std::to_string(value) + "}"; }
std::string cas(int from, int to) {
  return R"({"key":1,"from":)" + std::to_string(from) + R"(,"to":)" + std::to_string(to) + "}";
}
constexpr const char* kRead = R"({"key":1})";

TEST_CASE("lin-kv: operations one after the other have one order") {
  CHECK_VALID(check_lin_kv(Made()
                               .failed(0, "read", kRead, 20, 0, 1)
                               .ok(0, "write", write(1), "{}", 2, 3)
                               .ok(1, "read", kRead, value(1), 4, 5)
                               .ok(1, "cas", cas(1, 2), "{}", 6, 7)
                               .failed(0, "cas", cas(1, 3), 22, 8, 9)
                               .ok(0, "read", kRead, value(2), 10, 11)));
}

TEST_CASE("lin-kv: a stale read is found, with what it could have seen") {
  const auto made = [](int seen) {
    return Made()
        .ok(0, "write", write(1), "{}", 0, 1)
        .ok(0, "write", write(2), "{}", 2, 3)
        .on("n2")
        .ok(1, "read", kRead, value(seen), 4, 5);
  };
  CHECK_VALID(check_lin_kv(made(2)));
  CHECK_FAULT(check_lin_kv(made(1)),
              "key 1: operation 2 (read {\"key\":1} on n2 by process 1, 0.004000 s) was answered "
              "with {\"value\":1}, but by then the value was 2");
}

TEST_CASE("lin-kv: while a write goes on, either value may be read, but not the old one again") {
  const auto made = [](int first, int second) {
    return Made()
        .ok(0, "write", write(1), "{}", 0, 1)
        .ok(0, "write", write(2), "{}", 10, 50)
        .ok(1, "read", kRead, value(first), 20, 21)
        .ok(2, "read", kRead, value(second), 30, 31);
  };
  CHECK_VALID(check_lin_kv(made(1, 1)));
  CHECK_VALID(check_lin_kv(made(1, 2)));
  CHECK_VALID(check_lin_kv(made(2, 2)));
  CHECK_FAULT(check_lin_kv(made(2, 1)), "operation 3");
}

TEST_CASE("lin-kv: two compare-and-sets from one value cannot both succeed") {
  const auto made = [](int from) {
    return Made()
        .ok(0, "write", write(1), "{}", 0, 1)
        .ok(1, "cas", cas(1, 2), "{}", 2, 9)
        .ok(2, "cas", cas(from, 3), "{}", 2, 9);
  };
  CHECK_FAULT(check_lin_kv(made(1)), "cas");
  CHECK_VALID(check_lin_kv(made(2)));
}

TEST_CASE("lin-kv: errors 20 and 22 tell what the value was, other failures nothing") {
  const Made one = Made().ok(0, "write", write(1), "{}", 0, 1);
  CHECK_FAULT(check_lin_kv(Made(one).failed(1, "cas", cas(1, 2), 22, 2, 3)), "error 22");
  CHECK_FAULT(check_lin_kv(Made(one).failed(1, "read", kRead, 20, 2, 3)), "the value was 1");
  CHECK_FAULT(check_lin_kv(Made(one).failed(1, "cas", cas(1, 2), 20, 2, 3)), "error 20");
  CHECK_VALID(check_lin_kv(Made(one).failed(1, "cas", cas(1, 2), 11, 2, 3)));
  CHECK_VALID(check_lin_kv(Made(one).failed(1, "cas", cas(3, 2), 22, 2, 3)));
}

TEST_CASE("lin-kv: what failed did not happen, what is unknown may have, once, at any later time") {
  const Made one = Made().ok(0, "write", write(1), "{}", 0, 1);
  const auto with_read = [](Made made, int seen, int from) {
    return made.ok(7, "read", kRead, value(seen), from, from + 1);
  };
  CHECK_FAULT(check_lin_kv(with_read(Made(one).failed(1, "write", write(2), 11, 2, 3), 2, 5)),
              "the value was 1");
  const Made two = Made(one).unknown(1, "write", write(2), 2, 3);
  CHECK_VALID(check_lin_kv(with_read(two, 1, 5)));
  CHECK_VALID(check_lin_kv(with_read(two, 2, 5)));
  CHECK_VALID(check_lin_kv(with_read(with_read(two, 1, 500), 2, 600)));
  CHECK_FAULT(check_lin_kv(with_read(with_read(two, 2, 5), 1, 6)), "the value was 2");
  // Not before it was asked for, and not twice.
  CHECK_FAULT(
      check_lin_kv(
          Made(one).ok(7, "read", kRead, value(2), 2, 3).unknown(1, "write", write(2), 4, 5)),
      "the value was 1");
  Made again = with_read(two, 2, 5);
  CHECK_FAULT(check_lin_kv(with_read(again.ok(0, "write", write(3), "{}", 7, 8), 2, 9)),
              "the value was 3");
}

TEST_CASE("lin-kv: unknown compare-and-sets may build on each other") {
  const auto made = [](int seen) {
    return Made()
        .ok(0, "write", write(1), "{}", 0, 1)
        .unknown(1, "cas", cas(2, 3), 2, 9)
        .unknown(2, "cas", cas(1, 2), 2, 9)
        .ok(3, "read", kRead, value(seen), 10, 11);
  };
  CHECK_VALID(check_lin_kv(made(1)));
  CHECK_VALID(check_lin_kv(made(2)));
  CHECK_VALID(check_lin_kv(made(3)));
  CHECK_FAULT(check_lin_kv(made(4)), "the value was 1 or 2 or 3");
}

TEST_CASE("lin-kv: a process reads its own write, even at the moment at which that ended") {
  const auto made = [](std::int64_t process) {
    return Made()
        .ok(0, "write", write(1), "{}", 0, 1)
        .ok(0, "write", write(2), "{}", 2, 3)
        .ok(process, "read", kRead, value(1), 3, 3);
  };
  CHECK_FAULT(check_lin_kv(made(0)), "the value was 2");
  CHECK_VALID(check_lin_kv(made(1)));  // another's may have been first at that moment

  // Nor does it read its own write of later, of which nobody knows whether it happened.
  const auto later = [](std::int64_t process) {
    return Made().ok(0, "read", kRead, value(1), 2, 3).unknown(process, "write", write(1), 3, 9);
  };
  CHECK_FAULT(check_lin_kv(later(0)), "the value was none");
  CHECK_VALID(check_lin_kv(later(1)));
}

TEST_CASE("lin-kv: keys do not know each other, and null is none") {
  CHECK_VALID(check_lin_kv(Made()
                               .ok(0, "write", R"({"key":"a","value":1})", "{}", 0, 1)
                               .ok(0, "write", R"({"key":"b","value":2})", "{}", 2, 3)
                               .ok(0, "read", R"({"key":"a"})", value(1), 4, 5)
                               .ok(0, "read", R"({"key":"c"})", R"({"value":null})", 6, 7)));
  CHECK_FAULT(check_lin_kv(Made().ok(0, "read", kRead, value(1), 0, 1)), "the value was none");
  CHECK_FAULT(check_lin_kv(Made().ok(0, "read", kRead, "{}", 0, 1)), "has no \"value\"");
}

TEST_CASE("lin-kv: a compare-and-set that creates needs no key") {
  const auto made = [](std::string_view creates) {
    return Made().ok(0, "cas", R"({"key":1,"from":1,"to":2)" + std::string(creates) + "}", "{}", 0,
                     1);
  };
  CHECK_VALID(check_lin_kv(made(R"(,"create_if_not_exists":true)")));
  CHECK_FAULT(check_lin_kv(made("")), "the value was none");
}

TEST_CASE("lin-kv: a search that may not go on is a fault, too") {
  CheckOptions options;
  options.most_states = 2;
  Made made;
  for (int i = 0; i < 9; ++i) made.ok(i, "write", write(i), "{}", 0, 1);
  CHECK_FAULT(check_lin_kv(made.ok(9, "read", kRead, value(10), 2, 3), options), "undecided");
}

}  // namespace
}  // namespace narrows::testing
