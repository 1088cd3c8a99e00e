// SPDX-License-Identifier: MIT
// unique-ids: no id was given out twice.
#include <vector>

#include "narrows/testing/check.hpp"
#include "testing/findings.hpp"
#include "testing/values.hpp"

namespace narrows::testing {

CheckResult check_unique_ids(const History& history) {
  Findings findings(history);
  Values ids;
  std::vector<std::size_t> first;  // by id: who got it
  std::size_t given_out = 0;
  for (std::size_t i = 0; i < history.operations().size(); ++i) {
    const Operation& operation = history.operations()[i];
    if (operation.function != "generate" || operation.outcome != Outcome::ok) continue;
    const auto value = member_of(operation.result, "id");
    if (!value) {
      findings.bad_result(i, "\"id\"");
      continue;
    }
    ++given_out;
    const Values::Id id = ids.id(value->text());
    if (id < first.size()) {
      findings.fault("the id " + shortened(ids.text(id)) + " was given out twice: to " +
                     findings.name(first[id]) + " and to " + findings.name(i));
    } else {
      first.push_back(i);
    }
  }
  findings.figure("ids", static_cast<double>(given_out), "");
  return findings.take();
}

}  // namespace narrows::testing
