// SPDX-License-Identifier: MIT
#include "testing/findings.hpp"

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace narrows::testing {
namespace {

std::string seconds(std::chrono::nanoseconds time) {
  const auto microseconds = time.count() / 1000;
  // A leading 1 keeps the fraction's zeros.
  const std::string fraction = std::to_string(1'000'000 + microseconds % 1'000'000);
  std::string text = std::to_string(microseconds / 1'000'000);
  return text.append(".").append(fraction, 1).append(" s");
}

double milliseconds(std::chrono::nanoseconds time) {
  return static_cast<double>(time.count()) / 1e6;
}

}  // namespace

void Findings::fault(std::string sentence) {
  if (result_.faults.size() < CheckResult::kMostFaults) {
    result_.faults.push_back(std::move(sentence));
  } else {
    ++result_.more_faults;
  }
}

void Findings::figure(std::string name, double value, std::string unit) {
  result_.figures.push_back({std::move(name), value, std::move(unit)});
}

/// With the median and the greatest of what has settled.
CheckResult Findings::take() {
  std::vector<std::chrono::nanoseconds> latencies;
  latencies.reserve(result_.settled.size());
  for (const Settled& value : result_.settled) latencies.push_back(value.latency);
  if (!latencies.empty()) {
    std::ranges::sort(latencies);
    figure("stable latency, median", milliseconds(latencies[latencies.size() / 2]), "ms");
    figure("stable latency, max", milliseconds(latencies.back()), "ms");
  }
  return std::move(result_);
}

std::string Findings::name(std::size_t place) const {
  const Operation& operation = history_.operations()[place];
  std::string name = "operation ";
  name.append(std::to_string(place)).append(" (").append(operation.function);
  if (operation.argument != "{}") name.append(" ").append(shortened(operation.argument));
  name.append(" on ").append(operation.node).append(" by process ");
  name.append(std::to_string(operation.process)).append(", ");
  name.append(seconds(operation.invoked)).append(")");
  return name;
}

void Findings::bad_result(std::size_t operation, std::string_view wanted) {
  fault(name(operation) + " was answered with " +
        shortened(history_.operations()[operation].result) + ", which has no " +
        std::string(wanted));
}

std::string shortened(std::string_view text, std::size_t most_bytes) {
  if (text.size() <= most_bytes) return std::string(text);
  std::size_t end = most_bytes;
  // Not within a character of UTF-8.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)).append("...");
}

std::optional<Raw> member_of(const std::string& object, std::string_view name) {
  return Raw::checked(object).find(name);
}

std::optional<Raw> array_of(const std::string& object, std::string_view name) {
  auto member = member_of(object, name);
  if (member && member->kind() != Raw::Kind::array) member.reset();
  return member;
}

std::vector<std::size_t> by_invocation(const History& history) {
  const auto& operations = history.operations();
  std::vector<std::size_t> order(operations.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return operations[i].invoked; });
  return order;
}

std::vector<std::string> nodes_of(const History& history, const CheckOptions& options) {
  if (!options.nodes.empty()) return options.nodes;
  std::set<std::string> nodes;
  for (const Operation& operation : history.operations()) nodes.insert(operation.node);
  return {nodes.begin(), nodes.end()};
}

void require_final_reads(Findings& findings, const History& history, const CheckOptions& options) {
  std::set<std::string_view> read;
  for (const Operation& operation : history.operations()) {
    if (operation.is_final && operation.function == "read" && operation.outcome == Outcome::ok) {
      read.insert(operation.node);
    }
  }
  for (const std::string& node : nodes_of(history, options)) {
    if (!read.contains(node)) findings.fault("no final read of " + node + " was answered");
  }
}

}  // namespace narrows::testing
