// SPDX-License-Identifier: MIT
#include "comparer.hpp"

#include <algorithm>
#include <utility>

#include "text.hpp"

namespace narrows::tools {
namespace {

using json::Value;

std::string shown(const Value& value) {
  return value.kind() == Value::Kind::null ? "nothing" : printable(value.to_json(), 200);
}

}  // namespace

Comparer::Comparer(std::vector<std::string> ignore) : ignore_(std::move(ignore)) {
  ignore_.emplace_back("body.msg_id");
  ignore_.emplace_back("id");
}

std::vector<std::string> Comparer::differences(const Value& a, const Value& b) {
  found_.clear();
  compare(a, b, "");
  return std::move(found_);
}

void Comparer::compare(const Value& a, const Value& b, const std::string& path) {
  if (found_.size() == kMostPaths || a.equals(b)) return;
  if (std::find(ignore_.begin(), ignore_.end(), path) != ignore_.end()) return;
  if (a.is_object() && b.is_object()) {
    return compare_members(a, b, path);
  }
  found_.push_back(joined({printable(path, 100), ": recorded ", shown(a), ", now ", shown(b)}));
}

void Comparer::compare_members(const Value& a, const Value& b, const std::string& path) {
  static const Value none;
  const auto recorded = a.members();
  const auto now = b.members();
  auto from = recorded.begin();
  auto to = now.begin();
  while (from != recorded.end() || to != now.end()) {
    const bool in_a = from != recorded.end() && (to == now.end() || from->first <= to->first);
    const bool in_b = to != now.end() && (from == recorded.end() || to->first <= from->first);
    const std::string_view name = in_a ? from->first : to->first;
    compare(in_a ? *from->second : none, in_b ? *to->second : none,
            path.empty() ? std::string(name) : joined({path, ".", name}));
    if (in_a) ++from;
    if (in_b) ++to;
  }
}

}  // namespace narrows::tools
