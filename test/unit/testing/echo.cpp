// SPDX-License-Identifier: MIT
#include "unit/testing/made_history.hpp"

namespace narrows::testing {
namespace {

std::string payload(const std::string& json) { return "{\"echo\":" + json + "}"; }

TEST_CASE("echo: what comes back as it was is fine") {
  CHECK_VALID(check_echo(Made()
                             .ok(0, "echo", payload("1.10"), payload("1.10"), 0, 1)
                             .ok(0, "echo", payload("[1, 2]"), payload("[1,2]"), 2, 3)
                             .unknown(1, "echo", payload("3"), 0, 1)));
}

TEST_CASE("echo: another payload, or none, is found") {
  CHECK_FAULT(check_echo(Made().ok(0, "echo", payload("1.10"), payload("1.1"), 0, 1)),
              "got 1.1 back");
  CHECK_FAULT(check_echo(Made().ok(0, "echo", payload("1"), "{}", 0, 1)), "\"echo\"");
}

}  // namespace
}  // namespace narrows::testing
