// SPDX-License-Identifier: MIT
#include "workloads/value_log.hpp"

#include <limits>
#include <utility>

#include "workloads/nesting.hpp"

namespace narrows::workloads {
namespace {

/// A message to another node has it deeper than the one that it came with, and less room.
void check(std::string_view json) {
  if (json.size() > ValueLog::kLongestValue) {
    throw Error(ErrorCode::malformed_request, "a value is at most 256 KiB long");
  }
  if (depth_of(json) > kDeepestValue) {
    throw Error(ErrorCode::malformed_request, "a value is nested at most 256 levels deep");
  }
}

}  // namespace

bool ValueLog::add(const Raw& value) {
  check(value.text());
  if (known_.contains(value.text())) return false;
  logs_[self_].values.push_back(keep(value));
  return true;
}

/// A copy that lasts; a value that is new is among values().
Raw ValueLog::keep(const Raw& value) {
  const Raw kept = Raw::checked(texts_.emplace_back(value.text()));
  if (known_.insert(kept.text()).second) values_.push_back(kept);
  return kept;
}

void ValueLog::begin(std::size_t origins, std::size_t self) {
  logs_.resize(origins);
  self_ = self;
}

std::uint64_t ValueLog::version(std::size_t origin) const { return logs_[origin].values.size(); }

std::uint64_t ValueLog::append_delta(std::string& to, std::size_t origin, std::uint64_t from,
                                     std::size_t most_bytes) const {
  const std::vector<Raw>& values = logs_[origin].values;
  char separator = '[';
  while (from < values.size() && to.size() <= most_bytes) {
    to += std::exchange(separator, ',');
    to += values[from++].text();
  }
  to += ']';
  return from;
}

void ValueLog::take_delta(std::size_t origin, std::uint64_t from, const Raw& delta) {
  if (from > std::numeric_limits<std::uint64_t>::max() / 2) {
    throw Error(ErrorCode::malformed_request, "`deltas` begin where nobody has ever been");
  }
  Log& log = logs_[origin];
  for (const Raw& value : delta.items()) {
    const std::uint64_t place = from++;
    if (place < log.values.size() || log.ahead.contains(place)) continue;
    log.ahead.emplace(place, keep(value));
  }
  while (!log.ahead.empty() && log.ahead.begin()->first <= log.values.size()) {
    const auto next = log.ahead.extract(log.ahead.begin());
    if (next.key() == log.values.size()) log.values.push_back(next.mapped());
  }
}

}  // namespace narrows::workloads
