// SPDX-License-Identifier: MIT
#include "testing/values.hpp"

#include "json/string.hpp"
#include "json/value.hpp"

namespace narrows::testing {
namespace {

void append_string(std::string& to, std::string_view text) {
  to += '"';
  json::append_escaped(to, text);
  to += '"';
}

// As deep as json::Value takes.
void append_canonical(std::string& to, const json::Value& value) {
  const char* separator = "";
  if (value.is_object()) {
    to += '{';
    for (const auto& [name, member] : value.members()) {
      append_string(to.append(separator), name);
      append_canonical(to.append(":"), *member);
      separator = ",";
    }
    to += '}';
  } else if (value.kind() == json::Value::Kind::array) {
    to += '[';
    for (const json::Value& item : value.items()) {
      append_canonical(to.append(separator), item);
      separator = ",";
    }
    to += ']';
  } else {
    to += value.to_json();
  }
}

std::string canonical(std::string_view json) {
  const auto value = json::Value::parse(json);
  if (!value) return std::string(json);
  std::string text;
  append_canonical(text, *value);
  return text;
}

}  // namespace

Values::Id Values::id(std::string_view json) {
  // Nearly all values are numbers, or strings without escapes: there is one way to write them.
  const bool is_plain = json.find_first_of("{[\\") == std::string_view::npos;
  std::string written;
  if (!is_plain) json = written = canonical(json);
  const auto known = ids_.find(json);
  if (known != ids_.end()) return known->second;
  const auto id = static_cast<Id>(texts_.size());
  ids_.emplace(texts_.emplace_back(json), id);
  return id;
}

}  // namespace narrows::testing
