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
    std::vector<std::string> names(a.names().begin(), a.names().end());
    for (const std::string& name : b.names()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
    for (const std::string& name : names) {
      compare(a[name], b[name], path.empty() ? name : joined({path, ".", name}));
    }
    return;
  }
  found_.push_back(joined({printable(path, 100), ": recorded ", shown(a), ", now ", shown(b)}));
}

}  // namespace narrows::tools
