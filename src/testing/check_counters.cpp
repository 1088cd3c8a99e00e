// SPDX-License-Identifier: MIT
// g-counter, pn-counter: each final read is the sum of all adds that were acknowledged, and of any
// of those whose outcome is unknown.
#include <algorithm>
#include <utility>
#include <vector>

#include "json/scalar.hpp"
#include "narrows/testing/check.hpp"
#include "testing/findings.hpp"

namespace narrows::testing {
namespace {

/// The sums that a counter may have, as closed ranges: apart from each other, in order.
class Sums {
 public:
  explicit Sums(std::int64_t sum) : ranges_{{sum, sum}} {}

  /// An add that may have happened, or not.
  void maybe_add(std::int64_t delta) {
    if (ranges_.size() > kMostRanges) ranges_ = {{ranges_.front().first, ranges_.back().second}};
    std::vector<Range> moved = ranges_;
    for (Range& range : moved) range = {range.first + delta, range.second + delta};
    std::vector<Range> all;
    std::ranges::merge(ranges_, moved, std::back_inserter(all));
    ranges_.clear();
    for (const Range& range : all) {
      if (!ranges_.empty() && range.first <= ranges_.back().second + 1) {
        ranges_.back().second = std::max(ranges_.back().second, range.second);
      } else {
        ranges_.push_back(range);
      }
    }
  }

  [[nodiscard]] bool contains(std::int64_t sum) const {
    return std::ranges::any_of(
        ranges_, [sum](const Range& range) { return range.first <= sum && sum <= range.second; });
  }
  [[nodiscard]] std::int64_t least() const { return ranges_.front().first; }
  [[nodiscard]] std::int64_t most() const { return ranges_.back().second; }

 private:
  using Range = std::pair<std::int64_t, std::int64_t>;
  // With more the bounds have to do: 2^n sums of n unknown adds may all be apart.
  static constexpr std::size_t kMostRanges = 4096;

  std::vector<Range> ranges_;
};

Sums possible_sums(Findings& findings, const History& history) {
  std::int64_t acknowledged = 0;
  std::vector<std::int64_t> unknown;
  for (std::size_t i = 0; i < history.operations().size(); ++i) {
    const Operation& operation = history.operations()[i];
    if (operation.function != "add" || operation.outcome == Outcome::failed) continue;
    const auto member = member_of(operation.argument, "delta");
    const auto delta = member ? json::as_integer(member->text()) : std::nullopt;
    if (!delta) {
      findings.fault(findings.name(i) + " asks for no integer \"delta\"");
    } else if (operation.outcome == Outcome::ok) {
      acknowledged += *delta;
    } else {
      unknown.push_back(*delta);
    }
  }
  Sums sums(acknowledged);
  for (const std::int64_t delta : unknown) sums.maybe_add(delta);
  return sums;
}

std::string expected(const Sums& sums) {
  if (sums.least() == sums.most()) return "all adds together are " + std::to_string(sums.least());
  return "with what is unknown all adds together are some of " + std::to_string(sums.least()) +
         " to " + std::to_string(sums.most());
}

CheckResult check_counter(const History& history, const CheckOptions& options, bool only_grows) {
  Findings findings(history);
  const Sums sums = possible_sums(findings, history);
  for (std::size_t i = 0; i < history.operations().size(); ++i) {
    const Operation& operation = history.operations()[i];
    if (operation.function != "read" || operation.outcome != Outcome::ok) continue;
    const auto member = member_of(operation.result, "value");
    const auto value = member ? json::as_integer(member->text()) : std::nullopt;
    if (!value) {
      findings.bad_result(i, "integer \"value\"");
    } else if (operation.is_final && !sums.contains(*value)) {
      findings.fault(findings.name(i) + ", a final read, was answered with " +
                     std::to_string(*value) + ", but " + expected(sums));
    } else if (only_grows && *value < 0) {
      findings.fault(findings.name(i) + " was answered with " + std::to_string(*value) +
                     ", though the counter only grows");
    }
  }
  require_final_reads(findings, history, options);
  findings.figure("least sum", static_cast<double>(sums.least()), "");
  findings.figure("greatest sum", static_cast<double>(sums.most()), "");
  return findings.take();
}

}  // namespace

CheckResult check_g_counter(const History& history, const CheckOptions& options) {
  return check_counter(history, options, true);
}

CheckResult check_pn_counter(const History& history, const CheckOptions& options) {
  return check_counter(history, options, false);
}

}  // namespace narrows::testing
