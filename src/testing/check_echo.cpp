// SPDX-License-Identifier: MIT
// echo: each payload comes back.
#include "narrows/testing/check.hpp"
#include "testing/findings.hpp"
#include "testing/values.hpp"

namespace narrows::testing {

CheckResult check_echo(const History& history) {
  Findings findings(history);
  Values payloads;
  for (std::size_t i = 0; i < history.operations().size(); ++i) {
    const Operation& operation = history.operations()[i];
    if (operation.function != "echo" || operation.outcome != Outcome::ok) continue;
    const auto sent = member_of(operation.argument, "echo");
    const auto received = member_of(operation.result, "echo");
    if (!received) {
      findings.bad_result(i, "\"echo\"");
    } else if (!sent || payloads.id(sent->text()) != payloads.id(received->text())) {
      findings.fault(findings.name(i) + " got " + shortened(received->text()) + " back");
    }
  }
  return findings.take();
}

}  // namespace narrows::testing
