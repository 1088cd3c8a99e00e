// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

/// Two clients, each of a node of its own; 1 and 2 are acknowledged at 10 ms and 20 ms.
Made added() {
  return Made()
      .ok(0, "broadcast", R"({"message":1})", "{}", 5, 10)
      .on("n2")
      .ok(1, "broadcast", R"({"message":2})", "{}", 15, 20);
}

Made& read(Made& made, const std::string& node, const std::string& messages, int from,
           bool is_final = false) {
  const std::string result = R"({"messages":)" + messages + "}";
  const int process = node == "n1" ? 0 : 1;
  made.on(node);
  return is_final ? made.last(process, "read", "{}", result, from, from + 1)
                  : made.ok(process, "read", "{}", result, from, from + 1);
}

Made ended(const std::string& first, const std::string& second) {
  Made made = added();
  read(made, "n1", first, 100, true);
  return read(made, "n2", second, 110, true);
}

TEST_CASE("broadcast: what is everywhere in the end is fine, in any order, twice even") {
  CHECK_VALID(check_broadcast(ended("[1,2]", "[2,1]")));
  CHECK_VALID(check_broadcast(ended("[1,2,2]", "[1,2]")));
  CHECK_VALID(check_broadcast(Made()));
}

TEST_CASE("broadcast: an acknowledged value that a final read lacks is found") {
  CHECK_FAULT(check_broadcast(ended("[1,2]", "[2]")),
              "on n2 by process 1, 0.110000 s), a final "
              "read, lacks 1, which operation 0");
  // One that was acknowledged only after that read had begun may be missing.
  CHECK_VALID(check_broadcast(
      ended("[1,2]", "[1,2]").ok(3, "broadcast", R"({"message":3})", "{}", 100, 115)));
}

TEST_CASE("broadcast: a value of unknown outcome is nowhere, or everywhere once it was seen") {
  const auto with_unknown = [](const std::string& seen, const std::string& first,
                               const std::string& second) {
    Made made = added().unknown(2, "broadcast", R"({"message":3})", 5, 15);
    read(made, "n1", seen, 50);
    read(made, "n1", first, 100, true);
    return read(made, "n2", second, 110, true);
  };
  CHECK_VALID(check_broadcast(with_unknown("[1,2]", "[1,2]", "[1,2]")));
  CHECK_VALID(check_broadcast(with_unknown("[1,2,3]", "[1,2,3]", "[1,2,3]")));
  CHECK_FAULT(check_broadcast(with_unknown("[1,2,3]", "[1,2,3]", "[1,2]")),
              "lacks 3, which an earlier read had shown");
  // First seen in the end it may still be on its way.
  CHECK_VALID(check_broadcast(with_unknown("[1,2]", "[1,2,3]", "[1,2]")));
}

TEST_CASE("broadcast: values that nobody sent, that failed, or that come too early are found") {
  CHECK_FAULT(check_broadcast(ended("[1,2,9]", "[1,2]")), "shows 9, which nobody has added");
  CHECK_FAULT(check_broadcast(
                  ended("[1,2,4]", "[1,2]").failed(2, "broadcast", R"({"message":4})", 11, 30, 31)),
              "shows 4, though operation 4");
  Made early = ended("[1,2]", "[1,2]");
  CHECK_FAULT(check_broadcast(read(early, "n1", "[2]", 2)),
              "shows 2 before it was added by operation 1");
  Made twice = ended("[1,2,9]", "[1,2,9]");
  CHECK(check_broadcast(twice).faults.size() == 1);  // one is enough of each value
  Made concurrent = ended("[1,2]", "[1,2]");
  CHECK_VALID(check_broadcast(concurrent.ok(7, "read", "{}", R"({"messages":[1]})", 0, 6)));
}

TEST_CASE("broadcast: what a node has shown it must not forget, another node may not know it yet") {
  const auto with_reads = [](const std::string& node, int from) {
    Made made = ended("[1,2]", "[1,2]");
    made.on("n1").ok(5, "read", "{}", R"({"messages":[1]})", 30, 40);
    return read(made, node, "[]", from);
  };
  CHECK_FAULT(check_broadcast(with_reads("n1", 50)),
              "lacks 1, which the same node had shown to operation 4");
  CHECK_VALID(check_broadcast(with_reads("n2", 50)));
  CHECK_VALID(check_broadcast(with_reads("n1", 35)));  // the two reads overlap

  // What was never acknowledged may come and go before the end.
  Made fleeting = ended("[1,2]", "[1,2]").unknown(2, "broadcast", R"({"message":3})", 5, 200);
  read(fleeting, "n1", "[1,2,3]", 105);
  CHECK_VALID(check_broadcast(read(fleeting, "n1", "[1,2]", 107)));
}

TEST_CASE("broadcast: stable latency lasts until the last read that lacks a value began") {
  Made made = added();
  read(made, "n1", "[1]", 12);
  read(made, "n2", "[2]", 30);  // lacks 1, known since 10
  read(made, "n1", "[1]", 45);  // lacks 2, known since 20
  read(made, "n2", "[1,2]", 60);
  read(made, "n1", "[1,2]", 100, true);
  read(made, "n2", "[1,2]", 110, true);
  const CheckResult result = check_broadcast(made);
  CHECK_VALID(result);
  CHECK(figure(result, "stable latency, median") == 25);
  CHECK(figure(result, "stable latency, max") == 25);
  CHECK(figure(result, "acknowledged") == 2);

  // What is read by whoever reads next has none.
  CHECK(figure(check_broadcast(ended("[1,2]", "[1,2]")), "stable latency, max") == 0);
  // What is never there for good has no latency, either.
  CHECK(figure(check_broadcast(ended("[]", "[]")), "stable latency, max") == -1);
}

TEST_CASE("broadcast: a read may have shown a value before it was acknowledged: known since then") {
  Made made = Made().ok(0, "broadcast", R"({"message":1})", "{}", 0, 50);
  read(made, "n2", "[1]", 10);
  read(made, "n1", "[]", 30);
  read(made, "n1", "[1]", 100, true);
  read(made, "n2", "[1]", 110, true);
  CHECK(figure(check_broadcast(made), "stable latency, max") == 19);
}

TEST_CASE("broadcast: of a value that is sent twice the first acknowledgement counts") {
  Made made;
  made.ok(0, "broadcast", R"({"message":1})", "{}", 0, 5);
  made.ok(1, "broadcast", R"({"message":1})", "{}", 2, 50);
  read(made, "n1", "[]", 30);
  read(made, "n1", "[1]", 100, true);
  CHECK(figure(check_broadcast(made), "stable latency, max") == 25);
}

TEST_CASE("broadcast: answers without a list, and nodes without a final read, are found") {
  CHECK_FAULT(check_broadcast(ended("[1,2]", "7")), "has no array \"messages\"");
  Made made = added();
  CHECK_FAULT(check_broadcast(read(made, "n1", "[1,2]", 100, true)),
              "no final read of n2 was answered");
}

TEST_CASE("g-set: it is broadcast with other words") {
  const auto made = [](const std::string& value) {
    return Made()
        .ok(0, "add", R"({"element":"a"})", "{}", 0, 1)
        .last(0, "read", "{}", R"({"value":)" + value + "}", 10, 11);
  };
  CHECK_VALID(check_g_set(made(R"(["a"])")));
  CHECK_FAULT(check_g_set(made("[]")), "lacks \"a\"");
  CHECK_FAULT(check_g_set(made(R"(["a","b"])")), "shows \"b\", which nobody has added");
}

}  // namespace
}  // namespace narrows::testing
