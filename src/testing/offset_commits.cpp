// SPDX-License-Identifier: MIT
#include "testing/offset_commits.hpp"

#include <algorithm>

#include "json/scalar.hpp"

namespace narrows::testing {

void OffsetCommits::judge() {
  for (const std::size_t i : by_invocation(history_)) {
    if (at(i).function == "commit_offsets" && at(i).outcome != Outcome::failed) take_commit(i);
    if (at(i).function == "list_committed_offsets" && at(i).outcome == Outcome::ok) take_list(i);
  }
  for (const auto& [name, key] : keys_) judge_key(name, key);
}

void OffsetCommits::take_commit(std::size_t i) {
  const auto offsets = member_of(at(i).argument, "offsets");
  if (!offsets || offsets->kind() != Raw::Kind::object) {
    findings_.fault(findings_.name(i) + " has no object \"offsets\"");
    return;
  }
  for (const auto& [key, offset] : offsets->members()) {
    const auto number = json::as_integer(offset.text());
    if (number) keys_[std::string(key)].commits.push_back({i, *number});
  }
}

void OffsetCommits::take_list(std::size_t i) {
  const auto offsets = member_of(at(i).result, "offsets");
  if (!offsets || offsets->kind() != Raw::Kind::object) {
    findings_.bad_result(i, "object \"offsets\"");
    return;
  }
  const auto asked = array_of(at(i).argument, "keys");
  if (!asked) return;
  for (const Raw item : asked->items()) {
    const std::string key = json::as_string(item.text()).value_or(std::string(item.text()));
    const auto offset = offsets->find(key);
    const auto number = offset ? json::as_integer(offset->text()) : std::nullopt;
    keys_[key].lists.push_back({i, number.value_or(-1)});
  }
}

void OffsetCommits::judge_key(const std::string& name, const Key& key) {
  std::vector<Told> known = key.lists;  // answered, by when
  for (const Told& commit : key.commits) {
    if (at(commit.operation).outcome == Outcome::ok) known.push_back(commit);
  }
  std::ranges::stable_sort(known, {},
                           [this](const Told& told) { return at(told.operation).completed; });
  auto next = known.begin();
  Told least{0, -1};
  for (const Told& list : key.lists) {
    const auto invoked = at(list.operation).invoked;
    for (; next != known.end() && at(next->operation).completed < invoked; ++next) {
      if (next->offset > least.offset) least = *next;
    }
    const std::string answer = findings_.name(list.operation) + " was answered with " +
                               (list.offset < 0 ? "no offset" : std::to_string(list.offset)) +
                               " for key " + shortened(name);
    if (list.offset < least.offset) {
      findings_.fault(answer + " after " + findings_.name(least.operation) + " had " +
                      std::to_string(least.offset) + ": commit went back");
    } else if (list.offset >= 0 && !is_committed(key, list)) {
      findings_.fault(answer + ", which nobody had committed");
    }
  }
}

bool OffsetCommits::is_committed(const Key& key, const Told& list) const {
  return std::ranges::any_of(key.commits, [&](const Told& commit) {
    return commit.offset == list.offset &&
           at(commit.operation).invoked <= at(list.operation).completed;
  });
}

}  // namespace narrows::testing
