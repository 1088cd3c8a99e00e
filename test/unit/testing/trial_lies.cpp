// SPDX-License-Identifier: MIT
// Trials of nodes that answer with anything: each ends, and says what is wrong.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>

#include "narrows/raw.hpp"
#include "narrows/testing/trial.hpp"
#include "unit/doctest.hpp"

namespace narrows::testing {
namespace {

using namespace std::chrono_literals;

using Polled = std::function<std::string(const Request& request)>;

/// A log's node whose polls bring what `polled` makes of them, as JSON.
TrialResult of_kafka(const Polled& polled) {
  return simulate(
      {.nodes = 1}, {.workload = "kafka", .duration = 1s, .recovery = 1s}, [&](Node& node) {
        std::int64_t next = 0;
        node.on("send",
                [next](const Request&) mutable { return reply("send_ok").set("offset", next++); });
        node.on("poll", [&polled](const Request& request) {
          return reply("poll_ok").raw("msgs", Raw::checked(polled(request)));
        });
        node.on("commit_offsets", [](const Request&) { return reply("commit_offsets_ok"); });
        node.on("list_committed_offsets", [](const Request&) {
          return reply("list_committed_offsets_ok").raw("offsets", Raw::checked("{}"));
        });
      });
}

TEST_CASE("trial: polls that bring nonsense end it in faults") {
  for (const char* const lie :
       {"{}", "[]", "7", R"({"0":7})", R"({"0":[7]})", R"({"0":[[]]})", R"({"0":[[null,1]]})",
        R"({"0":[["0",1]]})", R"({"0":[[1.5,1]]})", R"({"0":[[-1,1]]})",
        R"({"0":[[9223372036854775807,1]]})", R"({"0":[[99999999999999999999,1]]})",
        R"({"a\"b\n":[[1,1]]})", R"({"0":[[0,0]],"0":[[0,0]]})"}) {
    CAPTURE(lie);
    CHECK_FALSE(of_kafka([&](const Request&) { return lie; }).check.is_valid());
  }
}

TEST_CASE("trial: a node that never ends a log is not polled for ever") {
  const auto result = of_kafka([](const Request& request) {
    std::string messages = "{";
    for (const auto [log, offset] : request.raw("offsets").members()) {
      messages.append(messages.size() > 1 ? "," : "").append("\"").append(log).append("\":[[");
      messages.append(offset.text()).append(",1]]");
    }
    return messages + "}";
  });
  CHECK_FALSE(result.check.is_valid());
}

TEST_CASE("trial: members of any name are kept in the history") {
  static const std::string odd = "a\"b\\\n";
  const auto result =
      simulate({.nodes = 1}, {.workload = "echo", .duration = 1s, .recovery = 0s}, [](Node& node) {
        node.on("echo", [](const Request& request) {
          return reply("echo_ok").raw("echo", request.raw("echo")).set(odd, 1);
        });
      });
  CHECK(result.check.is_valid());
  REQUIRE_FALSE(result.history.operations().empty());
  const auto& got = result.history.operations().front().result;
  CHECK(Raw::checked(got).find(odd));
  CHECK(History::from_json_lines(result.history.to_json_lines()).operations().size() ==
        result.history.operations().size());
}

TEST_CASE("trial: of many wrong answers some are told, and all are counted") {
  const auto result =
      simulate({.nodes = 1}, {.workload = "echo", .duration = 20s, .recovery = 0s}, [](Node& node) {
        node.on("echo", [](const Request&) { return reply(std::string(10'000, 'x')); });
      });
  const CheckResult& check = result.check;
  CHECK(check.faults.size() == CheckResult::kMostFaults + 1);  // and it never answers at the end
  CHECK(check.faults.size() - 1 + check.more_faults == result.history.operations().size());
  CHECK(check.faults[0].size() < 1'000);
}

TEST_CASE("trial: one that is broken off has what there is of it") {
  Network network({.nodes = 2}, [](Node& node) {
    node.on("echo", [](const Request& request) {
      return reply("echo_ok").raw("echo", request.raw("echo"));
    });
  });
  Trial trial(
      network,
      {.workload = "echo", .duration = 1h, .faults = {Fault::halves}, .fault_interval = 1s});
  trial.start();
  network.run_for(1'500ms);
  const TrialResult result = trial.break_off();
  CHECK(trial.is_over());
  CHECK(result.history.operations().size() > 50);
  CHECK(result.check.is_valid());  // as nothing was checked
  CHECK(result.end == 1'500ms);
  REQUIRE(result.faults.size() == 1);
  CHECK(result.faults[0].end == 1'500ms);
  CHECK(result.samples.back().at == 1'500ms);
  CHECK_THROWS_AS(static_cast<void>(trial.break_off()), std::logic_error);
  network.run_for(1h);  // nobody asks any more
  CHECK(network.traffic().client_messages < 1'000);
}

}  // namespace
}  // namespace narrows::testing
