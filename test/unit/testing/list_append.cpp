// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

std::string txn(const std::string& steps) { return R"({"txn":[)" + steps + "]}"; }

std::string append(const std::string& key, int value) {
  return R"(["append",")" + key + "\"," + std::to_string(value) + "]";
}
std::string read(const std::string& key, const std::string& list) {
  return R"(["r",")" + key + "\"," + list + "]";
}

/// The request that such an answer belongs to.
std::string asked(std::string answer) {
  for (std::size_t at = answer.find("[\"r\""); at != std::string::npos;
       at = answer.find("[\"r\"", at + 1)) {
    const std::size_t value = answer.find(',', at + 6) + 1;
    const std::size_t end =
        answer[value] == '[' ? answer.find(']', value) + 1 : answer.find(']', value);
    answer.replace(value, end - value, "null");
  }
  return answer;
}

/// Transactions that were answered so, one after the other unless times are given.
class Lists : public Made {
 public:
  Lists& does(std::int64_t process, const std::string& steps) {
    time_ += 10;
    return does(process, steps, time_, time_ + 5);
  }
  Lists& does(std::int64_t process, const std::string& steps, int from, int to) {
    ok(process, "txn", txn(asked(steps)), txn(steps), from, to);
    return *this;
  }

 private:
  int time_ = 0;
};

CheckResult under(Consistency consistency, const History& history) {
  CheckOptions options;
  options.consistency = consistency;
  return check_txn_list_append(history, options);
}

TEST_CASE("list-append: transactions one after the other are fine") {
  CHECK_VALID(check_txn_list_append(
      Lists()
          .does(0, read("x", "null") + "," + append("x", 1) + "," + read("x", "[1]"))
          .does(1, append("x", 2) + "," + append("x", 3) + "," + append("y", 1))
          .does(2, read("x", "[1,2,3]") + "," + read("y", "[1]") + "," + read("z", "[]"))
          .failed(3, "txn", txn(append("x", 9)), 30, 50, 51)
          .unknown(4, "txn", txn(append("x", 8)), 50, 51)
          .ok(5, "txn", txn(R"(["r","x",null])"), txn(read("x", "[1,2,3,8]")), 60, 61)));
}

TEST_CASE("list-append: lists of which neither is the other's beginning are found") {
  const auto made = [](const std::string& second) {
    return Lists()
        .does(0, append("x", 1), 0, 50)
        .does(1, append("x", 2), 0, 50)
        .does(2, read("x", "[1,2]"), 0, 50)
        .does(3, read("x", second), 0, 50);
  };
  CHECK_VALID(check_txn_list_append(made("[1]")));
  CHECK_FAULT(check_txn_list_append(made("[2]")), "incompatible orders");
  CHECK_FAULT(check_txn_list_append(made("[2,1]")), "incompatible orders");
}

TEST_CASE("list-append: duplicates, inventions and reads of the future are found") {
  const Lists one = Lists().does(0, append("x", 1));
  CHECK_FAULT(check_txn_list_append(Lists(one).does(1, read("x", "[1,1]"))),
              "read 1 of key \"x\" twice: duplicate");
  CHECK_FAULT(check_txn_list_append(Lists(one).does(1, read("x", "[1,7]"))),
              "read 7 of key \"x\", which nobody wrote");
  CHECK_FAULT(check_txn_list_append(Lists(one).does(1, read("x", "[1,2]")).does(2, append("x", 2))),
              "read 2 of key \"x\" before operation 2");
  CHECK_FAULT(check_txn_list_append(Lists(one).does(1, read("x", "[1,2]") + "," + append("x", 2))),
              "before its own append of it: future read");
}

TEST_CASE("list-append: aborted and intermediate reads are found") {
  const auto made = [](const std::string& list) {
    Lists lists;
    lists.does(0, append("x", 1) + "," + append("x", 2), 0, 50);
    lists.failed(1, "txn", txn(append("x", 3)), 30, 0, 50);
    return lists.does(2, read("x", list), 0, 50);
  };
  CHECK_VALID(check_txn_list_append(made("[1,2]")));
  CHECK_FAULT(check_txn_list_append(made("[1]")), "appended more: G1b");
  CHECK_FAULT(check_txn_list_append(made("[1,2,3]")), "failed: G1a");
}

TEST_CASE("list-append: a transaction sees its own appends, and what it has read before") {
  const auto made = [](const std::string& steps) {
    return Lists().does(0, append("x", 1), 0, 50).does(1, steps, 0, 50);
  };
  CHECK_VALID(check_txn_list_append(made(append("x", 2) + "," + read("x", "[1,2]"))));
  CHECK_VALID(check_txn_list_append(made(append("x", 2) + "," + read("x", "[2]"))));
  CHECK_FAULT(check_txn_list_append(made(append("x", 2) + "," + read("x", "[1]"))), "internal");
  CHECK_FAULT(check_txn_list_append(made(append("x", 2) + "," + read("x", "[2,1]"))), "internal");
  CHECK_FAULT(
      check_txn_list_append(made(append("x", 2) + "," + read("x", "[]") + "," + read("x", "[]"))),
      "internal");
  CHECK_VALID(check_txn_list_append(made(read("x", "[]") + "," + read("x", "[]"))));
  CHECK_FAULT(check_txn_list_append(made(read("x", "[]") + "," + read("x", "[1]"))), "internal");
}

TEST_CASE("list-append: an append that was acknowledged and is not there later is lost") {
  const Lists made =
      Lists().does(0, append("x", 1)).does(1, append("x", 2)).does(2, read("x", "[1]"));
  CHECK_FAULT(check_txn_list_append(made),
              "lacks 2 of key \"x\", which operation 1 (txn {\"txn\":[[\"append\",\"x\",2]]} on n1 "
              "by process 1, 0.020000 s) had appended: lost append");
  CHECK(check_txn_list_append(made).faults.size() == 1);  // it is not told as a cycle again
  // Where the order in time counts for nothing a read may be stale, but no final one.
  CHECK_VALID(under(Consistency::serializable, made));
  const auto ended =
      Lists(made).last(3, "txn", txn(R"(["r","x",null])"), txn(read("x", "[1]")), 90, 91);
  CHECK_FAULT(under(Consistency::serializable, ended), "lost append");
  // It may still come while it is going on.
  CHECK_VALID(check_txn_list_append(
      Lists().does(0, append("x", 1), 0, 50).does(1, read("x", "[]"), 0, 50)));
}

TEST_CASE("list-append: writes in two orders are G0") {
  const auto made = [](const std::string& y) {
    return Lists()
        .does(0, append("x", 1) + "," + append("y", 1), 0, 50)
        .does(1, append("x", 2) + "," + append("y", 2), 0, 50)
        .does(2, read("x", "[1,2]"), 0, 50)
        .does(3, read("y", y), 0, 50);
  };
  for (const auto model : {Consistency::read_committed, Consistency::strict_serializable}) {
    CHECK_VALID(under(model, made("[1,2]")));
    CHECK_FAULT(under(model, made("[2,1]")), "G0: operation 1 (");
  }
  CHECK_FAULT(check_txn_list_append(made("[2,1]")), "wrote 2 of key \"x\" after operation 0 (");
}

TEST_CASE("list-append: transactions that read each other's appends are G1c") {
  const auto made = [](const std::string& second) {
    return Lists()
        .does(0, append("x", 1) + "," + read("y", "[1]"), 0, 50)
        .does(1, append("y", 1) + "," + read("x", second), 0, 50);
  };
  CHECK_FAULT(under(Consistency::read_committed, made("[1]")), "G1c: ");
  CHECK_VALID(check_txn_list_append(made("[]")));
}

TEST_CASE("list-append: half of a transaction is G-single, which read committed allows") {
  const auto made = [](const std::string& y) {
    return Lists()
        .does(0, append("x", 1) + "," + append("y", 1), 0, 50)
        .does(1, read("x", "[1]") + "," + read("y", y), 0, 50)
        .does(2, read("y", "[1]"), 0, 50);
  };
  CHECK_FAULT(under(Consistency::serializable, made("[]")), "G-single: ");
  CHECK_FAULT(check_txn_list_append(made("[]")),
              "operation 1 read before operation 0 wrote 1 of key \"y\"");
  CHECK_VALID(under(Consistency::read_committed, made("[]")));
  CHECK_VALID(check_txn_list_append(made("[1]")));
}

TEST_CASE("list-append: write skew is G2") {
  const auto made = [](const std::string& x) {
    return Lists()
        .does(0, read("x", "[]") + "," + append("y", 1), 0, 50)
        .does(1, read("y", "[]") + "," + append("x", 1), 0, 50)
        .does(2, read("x", x) + "," + read("y", "[1]"), 0, 60);
  };
  CHECK_FAULT(under(Consistency::serializable, made("[1]")), "G2: ");
  CHECK_FAULT(under(Consistency::serializable, made("[]")), "G2: ");  // x's append happened, too
  CHECK_VALID(under(Consistency::read_committed, made("[1]")));
}

TEST_CASE("list-append: a stale read is G-single-realtime, unless time does not count") {
  const auto made = [](int from) {
    return Lists()
        .does(0, append("x", 1), 0, 5)
        .does(1, append("x", 2), 10, 15)
        .does(2, read("x", "[1]"), from, 30)
        .does(3, read("x", "[1,2]"), 40, 45);
  };
  CHECK_FAULT(check_txn_list_append(made(20)), "G-single-realtime: ");
  CHECK_FAULT(check_txn_list_append(made(20)), "ended before operation 2");
  CHECK_VALID(check_txn_list_append(made(15)));  // they overlap
  CHECK_VALID(under(Consistency::serializable, made(20)));
  // Another may have ended between the two, and have begun before.
  CHECK_FAULT(check_txn_list_append(made(20).does(9, append("z", 1), 12, 17)),
              "G-single-realtime: ");
}

TEST_CASE("list-append: what happened and no list has comes after all that lists have") {
  CHECK_FAULT(under(Consistency::read_committed,
                    Lists()
                        .does(0, append("x", 1) + "," + read("y", "[7]"), 0, 50)
                        .does(1, append("y", 7) + "," + append("x", 9), 0, 50)
                        .does(2, read("x", "[1]"), 0, 50)),
              "G1c: ");
  // Of two that saw nothing and appended one came second: a lost update.
  const auto updates = [](const std::string& second) {
    return Lists()
        .does(0, read("x", "[]") + "," + append("x", 1), 0, 50)
        .does(1, read("x", second) + "," + append("x", 2), 0, 50);
  };
  CHECK_FAULT(under(Consistency::serializable, updates("[]")), "G2: ");
  CHECK_VALID(check_txn_list_append(updates("[1]")));
}

TEST_CASE("list-append: appends in an order against time are G0-realtime, reads G1c-realtime") {
  CHECK_FAULT(check_txn_list_append(Lists()
                                        .does(0, append("x", 1), 0, 5)
                                        .does(1, append("x", 2), 10, 15)
                                        .does(2, read("x", "[2,1]"), 10, 45)),
              "G0-realtime: ");
  // Operation 0 read what operation 1 wrote after operation 2, which began after operation 0.
  CHECK_FAULT(check_txn_list_append(Lists()
                                        .does(0, read("y", "[2]"), 0, 5)
                                        .does(1, append("x", 2) + "," + append("y", 2), 0, 50)
                                        .does(2, append("x", 1), 10, 15)
                                        .does(3, read("x", "[1,2]"), 60, 65)),
              "G1c-realtime: ");
}

TEST_CASE("list-append: one process is in its own order even at one moment") {
  const auto made = [](std::int64_t reader) {
    return Lists()
        .does(0, append("x", 1), 0, 5)
        .does(0, append("x", 2), 6, 10)
        .does(reader, read("x", "[1]"), 10, 15)
        .does(3, read("x", "[1,2]"), 20, 25);
  };
  CHECK_FAULT(check_txn_list_append(made(0)), "G-single-realtime: ");
  CHECK_VALID(check_txn_list_append(made(1)));
}

TEST_CASE("list-append: what is unknown counts from when one of its appends was seen") {
  const auto made = [](const std::string& x) {
    Lists lists;
    lists.unknown(0, "txn", txn(append("x", 1) + "," + append("y", 1)), 0, 5);
    return lists.does(1, read("x", x) + "," + read("y", "[]"), 10, 15);
  };
  CHECK_VALID(check_txn_list_append(made("[]")));
  CHECK_FAULT(check_txn_list_append(made("[1]")), "G-single: ");
}

TEST_CASE("list-append: an answer to something else, and an append that comes twice, are found") {
  CHECK_FAULT(
      check_txn_list_append(Made().ok(0, "txn", txn(append("x", 1)), txn(append("x", 2)), 0, 1)),
      "which has no \"txn\" that answers it");
  CHECK_FAULT(
      check_txn_list_append(Made().ok(0, "txn", txn(append("x", 1)), txn(append("y", 1)), 0, 1)),
      "that answers it");
  CHECK_FAULT(check_txn_list_append(
                  Made().ok(0, "txn", txn(R"(["r","x",null])"), txn(append("x", 1)), 0, 1)),
              "that answers it");
  CHECK_FAULT(check_txn_list_append(Made().ok(0, "txn", txn(append("x", 1)), "{}", 0, 1)),
              "which has no \"txn\"");
  CHECK_FAULT(check_txn_list_append(Lists().does(0, append("x", 1)).does(0, append("x", 1))),
              "nothing can be told: 1 of key \"x\" is written by operation 0");
}

}  // namespace
}  // namespace narrows::testing
