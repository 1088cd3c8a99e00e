// SPDX-License-Identifier: MIT
#include "narrows/testing/history.hpp"

#include <stdexcept>

#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

constexpr std::string_view kLines =
    R"({"process":0,"node":"n1","function":"write","argument":{"key":1,"value":"a\"b"},"outcome":"ok","result":{},"invoked":1000,"completed":2000}
{"process":1,"node":"n\"2","function":"read","argument":{"key":1},"outcome":"ok","result":{"value":1.10},"invoked":1500,"completed":2500,"final":true}
{"process":2,"node":"n1","function":"cas","argument":{ "key":1 },"outcome":"failed","error":22,"invoked":1500,"completed":2500}
{"process":3,"node":"n1","function":"cas","argument":{},"outcome":"unknown","error":0,"invoked":0,"completed":9000000000000000000}
)";

TEST_CASE("history: as lines it comes back byte for byte") {
  const History history = History::from_json_lines(kLines);
  REQUIRE(history.operations().size() == 4);
  const Operation& read = history.operations()[1];
  CHECK(read.node == "n\"2");
  CHECK(read.result == R"({"value":1.10})");
  CHECK(read.is_final);
  CHECK(read.invoked == std::chrono::nanoseconds(1500));
  CHECK(history.operations()[2].outcome == Outcome::failed);
  CHECK(history.operations()[2].error == 22);
  CHECK(history.operations()[3].error == 0);
  CHECK(history.operations()[0].error == -1);
  CHECK(history.to_json_lines() == kLines);
  CHECK(History().to_json_lines().empty());
}

TEST_CASE("history: what is no operation is refused, and its line named") {
  const auto refusal = [](std::string_view line) {
    try {
      (void)History::from_json_lines(std::string(kLines) + std::string(line));
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("taken");
  };
  CHECK(refusal("").find("taken") == 0);
  CHECK(refusal("{}").find("line 5 of a history: no integer \"process\"") == 0);
  CHECK(refusal("[]").find("line 5 of a history: no JSON object") == 0);
  CHECK(refusal("{\"process\":\r0}").find("line 5 of a history: no JSON object on one line") == 0);
  CHECK(refusal(R"({"process":0,"node":"n1","function":"f","argument":{},"outcome":"maybe",)"
                R"("invoked":0,"completed":0})")
            .find("no outcome is called \"maybe\"") != std::string::npos);
  CHECK(refusal(R"({"process":0,"node":"n1","function":"f","argument":[],"outcome":"ok",)"
                R"("invoked":0,"completed":0})")
            .find("the argument of an operation is no JSON object") != std::string::npos);
}

TEST_CASE("history: an operation has JSON objects on one line, and ends after it began") {
  History history;
  const auto operation = [](std::string argument, std::string result, int invoked, int completed) {
    return Operation{0,
                     "n1",
                     "read",
                     std::move(argument),
                     std::move(result),
                     Outcome::ok,
                     -1,
                     std::chrono::nanoseconds(invoked),
                     std::chrono::nanoseconds(completed)};
  };
  CHECK_THROWS_AS(history.add(operation("{", "{}", 0, 0)), std::invalid_argument);
  CHECK_THROWS_AS(history.add(operation("{}", "1", 0, 0)), std::invalid_argument);
  CHECK_THROWS_AS(history.add(operation("{\n}", "{}", 0, 0)), std::invalid_argument);
  CHECK_THROWS_AS(history.add(operation("{}", "{}", 2, 1)), std::invalid_argument);
  CHECK(history.operations().empty());
  CHECK_NOTHROW(history.add(operation("{}", "{}", 2, 2)));
}

TEST_CASE("check: workloads are called as Maelstrom calls them") {
  for (const std::string_view name : checked_workloads()) CHECK_NOTHROW((void)check(name, {}));
  CHECK_THROWS_AS((void)check("no-such-workload", {}), std::invalid_argument);
}

TEST_CASE("check: some dozens of faults are told, the others counted") {
  Made made;
  for (int i = 0; i < 100; ++i) made.ok(0, "generate", "{}", R"({"id":7})", 2 * i, 2 * i + 1);
  const CheckResult result = check("unique-ids", made);
  CHECK(result.faults.size() == CheckResult::kMostFaults);
  CHECK(result.faults.size() + result.more_faults == 99);
}

}  // namespace
}  // namespace narrows::testing
