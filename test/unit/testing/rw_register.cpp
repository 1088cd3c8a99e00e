// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

std::string txn(const std::string& steps) { return R"({"txn":[)" + steps + "]}"; }

/// Reads and writes that all overlap; a request's reads may have any value, it is not looked at.
Made& does(Made& made, std::int64_t process, const std::string& steps) {
  return made.ok(process, "txn", txn(steps), txn(steps), 0, 50);
}

CheckResult checked(std::initializer_list<std::string> transactions) {
  Made made;
  std::int64_t process = 0;
  for (const std::string& steps : transactions) does(made, process++, steps);
  return check_txn_rw_register(made);
}

TEST_CASE("rw-register: transactions that read what others wrote last are fine") {
  CHECK_VALID(checked({R"(["w",1,1],["w",2,1])", R"(["r",1,1],["w",1,2],["r",1,2],["r",3,null])",
                       R"(["r",1,2],["r",2,1])"}));
  // Below serializability: a stale read, a repeated read that changes, half a transaction.
  CHECK_VALID(checked({R"(["w",1,1],["w",2,1])", R"(["r",1,null],["r",2,1],["r",1,1])",
                       R"(["r",1,1],["r",2,null])"}));
}

TEST_CASE("rw-register: a read of what failed, or of nobody's, is found; unknown may be read") {
  const auto made = [](int value) {
    Made history = Made()
                       .failed(0, "txn", txn(R"(["w",1,1])"), 30, 0, 50)
                       .unknown(1, "txn", txn(R"(["w",1,2])"), 0, 50);
    return does(history, 2, R"(["r",1,)" + std::to_string(value) + "]");
  };
  CHECK_FAULT(check_txn_rw_register(made(1)), "failed: G1a");
  CHECK_VALID(check_txn_rw_register(made(2)));
  CHECK_FAULT(check_txn_rw_register(made(3)), "read 3 of key 1, which nobody wrote");
}

TEST_CASE("rw-register: an intermediate read is found, within the transaction it is none") {
  CHECK_FAULT(checked({R"(["w",1,1],["w",1,2])", R"(["r",1,1])"}), "overwrote itself: G1b");
  CHECK_VALID(checked({R"(["w",1,1],["r",1,1],["w",1,2])", R"(["r",1,2])"}));
}

TEST_CASE("rw-register: a cycle of reads is G1c") {
  CHECK_FAULT(checked({R"(["w",1,1],["r",2,1])", R"(["w",2,1],["r",1,1])"}), "G1c: operation 1 (");
  CHECK_VALID(checked({R"(["w",1,1],["r",2,null])", R"(["w",2,1],["r",1,1])"}));
  CHECK_FAULT(
      checked({R"(["w",1,1],["r",3,1])", R"(["w",2,1],["r",1,1])", R"(["w",3,1],["r",2,1])"}),
      "G1c: ");
}

/// Writes one key, and reads what another of its like writes to the other.
std::string crossed(int written, int read) {
  std::string steps = R"(["w",)";
  steps.append(std::to_string(written)).append(R"(,1],["r",)").append(std::to_string(read));
  return steps.append(",1]");
}

TEST_CASE("rw-register: of many cycles each counts once") {
  Made made;
  for (int i = 0; i < 200; i += 2) {
    does(made, i, crossed(i, i + 1));
    does(made, i + 1, crossed(i + 1, i));
  }
  const CheckResult result = check_txn_rw_register(made);
  CHECK(result.faults.size() == CheckResult::kMostFaults);
  CHECK(result.faults.size() + result.more_faults == 100);
}

TEST_CASE("rw-register: overwriting each other's is G0") {
  CHECK_FAULT(checked({R"(["r",1,2],["w",1,1])", R"(["r",1,1],["w",1,2])"}), "G0: ");
  CHECK_VALID(checked({R"(["r",1,null],["w",1,1])", R"(["r",1,1],["w",1,2])"}));
}

TEST_CASE("rw-register: a read of what is written only later is found") {
  CHECK_FAULT(
      check_txn_rw_register(Made()
                                .ok(0, "txn", txn(R"(["r",1,1])"), txn(R"(["r",1,1])"), 0, 1)
                                .ok(1, "txn", txn(R"(["w",1,1])"), txn(R"(["w",1,1])"), 2, 3)),
      "read 1 of key 1 before operation 1");
}

TEST_CASE("rw-register: an answer to something else, and a value written twice, are found") {
  CHECK_FAULT(check_txn_rw_register(
                  Made().ok(0, "txn", txn(R"(["w",1,1])"), txn(R"(["w",1,1],["w",1,2])"), 0, 1)),
              "which has no \"txn\" that answers it");
  CHECK_FAULT(checked({R"(["w",1,1])", R"(["w",1,1])"}), "nothing can be told");
  CHECK_FAULT(check_txn_rw_register(Made().ok(0, "txn", txn(R"(["x",1,1])"), txn(""), 0, 1)),
              "is no transaction");
}

}  // namespace
}  // namespace narrows::testing
