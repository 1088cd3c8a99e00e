// SPDX-License-Identifier: MIT
#include "workloads/raft/canonical.hpp"

#include <map>
#include <string_view>

#include "narrows/decode.hpp"
#include "narrows/encode.hpp"

namespace narrows::workloads::raft {
namespace {

// As deep as a line may be nested.
void append_canonical(std::string& to, const Raw& value) {
  const char* separator = "";
  switch (value.kind()) {
    case Raw::Kind::array:
      to += '[';
      for (const Raw& item : value.items()) {
        append_canonical(to.append(separator), item);
        separator = ",";
      }
      to += ']';
      break;
    case Raw::Kind::object: {
      std::map<std::string, Raw, std::less<>> members;
      for (const auto& [key, member] : value.members()) {
        members.insert_or_assign(std::string(key), member);
      }
      to += '{';
      for (const auto& [key, member] : members) {
        to.append(separator).append(encode(key)).append(":");
        append_canonical(to, member);
        separator = ",";
      }
      to += '}';
      break;
    }
    case Raw::Kind::string: to += encode(decode<std::string>(value)); break;
    case Raw::Kind::null:
    case Raw::Kind::boolean:
    case Raw::Kind::number: to += value.text(); break;
  }
}

}  // namespace

std::string canonical(const Raw& value) {
  // There is one way to write numbers, and strings without escapes.
  const std::string_view text = value.text();
  if (text.find_first_of("{[\\") == std::string_view::npos) return std::string(text);
  std::string result;
  append_canonical(result, value);
  return result;
}

}  // namespace narrows::workloads::raft
