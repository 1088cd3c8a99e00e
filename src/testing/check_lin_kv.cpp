// SPDX-License-Identifier: MIT
// lin-kv: each key is a linearizable register, so that all of them together are.
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "json/scalar.hpp"
#include "narrows/testing/check.hpp"
#include "testing/findings.hpp"
#include "testing/register_search.hpp"
#include "testing/values.hpp"

namespace narrows::testing {
namespace {

// Errors that tell what a register was (Maelstrom's protocol).
constexpr int kKeyDoesNotExist = 20;
constexpr int kPreconditionFailed = 22;

class LinKvCheck {
 public:
  explicit LinKvCheck(const History& history) : history_(history), findings_(history) {}

  CheckResult run(const CheckOptions& options) {
    for (std::size_t i = 0; i < history_.operations().size(); ++i) take(i);
    std::size_t steps = 0;
    for (const auto& [key, of_key] : steps_) {
      steps += of_key.size();
      judge(key, search_order(of_key, absent_, options.most_states));
    }
    findings_.figure("keys", static_cast<double>(steps_.size()), "");
    findings_.figure("operations", static_cast<double>(steps), "");
    return findings_.take();
  }

 private:
  void take(std::size_t i) {
    const Operation& operation = history_.operations()[i];
    const auto key = member_of(operation.argument, "key");
    if (!key) return;  // another function's
    const auto step = step_of(i);
    if (step) steps_[keys_.id(key->text())].push_back(*step);
  }

  /// Nothing of what tells nothing.
  std::optional<RegisterStep> step_of(std::size_t i) {
    const Operation& operation = history_.operations()[i];
    RegisterStep step;
    step.is_unknown = operation.outcome == Outcome::unknown;
    step.process = operation.process;
    step.operation = i;
    step.invoked = operation.invoked;
    step.completed = operation.completed;
    const bool is_told = operation.function == "read"    ? set_read(step, operation)
                         : operation.function == "write" ? set_write(step, operation)
                         : operation.function == "cas"   ? set_cas(step, operation)
                                                         : false;
    return is_told ? std::optional(step) : std::nullopt;
  }

  bool set_read(RegisterStep& step, const Operation& operation) {
    step.kind = RegisterStep::Kind::read;
    step.from = absent_;
    if (operation.outcome != Outcome::ok) return is_absent(operation);
    const auto value = member_of(operation.result, "value");
    if (!value) {
      findings_.bad_result(step.operation, "\"value\"");
      return false;
    }
    step.from = values_.id(value->text());
    return true;
  }

  bool set_write(RegisterStep& step, const Operation& operation) {
    step.kind = RegisterStep::Kind::write;
    step.to = argument(step, operation, "value");
    return operation.outcome != Outcome::failed;
  }

  bool set_cas(RegisterStep& step, const Operation& operation) {
    step.kind = RegisterStep::Kind::cas;
    step.from = argument(step, operation, "from");
    step.to = argument(step, operation, "to");
    const auto creates = member_of(operation.argument, "create_if_not_exists");
    step.creates = creates && json::as_boolean(creates->text()).value_or(false);
    if (operation.outcome != Outcome::failed) return true;
    if (operation.error == kPreconditionFailed) {
      step.kind = RegisterStep::Kind::differs;
      return true;
    }
    step.kind = RegisterStep::Kind::read;
    step.from = absent_;
    return is_absent(operation);
  }

  static bool is_absent(const Operation& operation) {
    return operation.outcome == Outcome::failed && operation.error == kKeyDoesNotExist;
  }

  Values::Id argument(const RegisterStep& step, const Operation& operation, std::string_view name) {
    const auto value = member_of(operation.argument, name);
    if (!value) {
      findings_.fault(findings_.name(step.operation) + " has no \"" + std::string(name) + "\"");
    }
    return value ? values_.id(value->text()) : absent_;
  }

  void judge(Values::Id key, const RegisterVerdict& verdict) {
    if (verdict.kind == RegisterVerdict::Kind::linearizable) return;
    std::string fault = "key " + shortened(keys_.text(key)) + ": ";
    if (verdict.kind == RegisterVerdict::Kind::undecided) {
      findings_.fault(fault.append("undecided: too many states, the furthest at ") +
                      findings_.name(verdict.stuck_operation));
      return;
    }
    fault += findings_.name(verdict.stuck_operation) + " " + answer(verdict.stuck_operation) +
             ", but by then the value was ";
    const char* separator = "";
    for (const Values::Id value : verdict.possible) {
      fault.append(separator).append(value == absent_ ? "none" : shortened(values_.text(value)));
      separator = " or ";
    }
    findings_.fault(std::move(fault));
  }

  std::string answer(std::size_t i) const {
    const Operation& operation = history_.operations()[i];
    if (operation.outcome == Outcome::ok) {
      return "was answered with " + shortened(operation.result);
    }
    return "failed with error " + std::to_string(operation.error);
  }

  const History& history_;
  Findings findings_;
  Values keys_;
  Values values_;
  const Values::Id absent_ = values_.id("null");           // a read of null is a read of none
  std::map<Values::Id, std::vector<RegisterStep>> steps_;  // by key, in the history's order
};

}  // namespace

CheckResult check_lin_kv(const History& history, const CheckOptions& options) {
  return LinKvCheck(history).run(options);
}

}  // namespace narrows::testing
