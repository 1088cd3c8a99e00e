// SPDX-License-Identifier: MIT
#include "narrows/raw.hpp"

#include <cstring>
#include <vector>

#include "json/decode.hpp"
#include "json/string.hpp"
#include "json/walk.hpp"
#include "narrows/error.hpp"

namespace narrows {
namespace {

/// Text as the decoder wants it: terminated, with slack.
std::vector<char> terminated(std::string_view json) {
  std::vector<char> text(json.size() + 1 + json::Decoder::kSlackBytes);
  if (!json.empty()) std::memcpy(text.data(), json.data(), json.size());
  return text;
}

}  // namespace

Raw Raw::checked(std::string_view json) {
  json::Decoder decoder(json::Decoder::kLargestMaxDepth);
  const bool one_line = json.find_first_of("\r\n") == std::string_view::npos;
  if (!one_line || !decoder.is_value(terminated(json).data(), json.size())) {
    throw Error(ErrorCode::malformed_request, "not one JSON value on one line");
  }
  return {json, Lasts::callers};
}

Raw::Kind Raw::kind() const {
  switch (json::Walk(text_).first()) {
    case '{': return Kind::object;
    case '[': return Kind::array;
    case '"': return Kind::string;
    case 'n': return Kind::null;
    case 't':
    case 'f': return Kind::boolean;
    default: return Kind::number;
  }
}

RawItems Raw::items() const {
  if (kind() != Kind::array) {
    throw Error(ErrorCode::malformed_request, "the value is no array");
  }
  return RawItems(*this);
}

RawMembers Raw::members() const {
  if (kind() != Kind::object) {
    throw Error(ErrorCode::malformed_request, "the value is no object");
  }
  return RawMembers(*this);
}

std::optional<Raw> Raw::find(std::string_view name) const {
  std::optional<Raw> found;
  for (const RawMember& member : members()) {
    if (member.key == name) found = member.value;
  }
  return found;
}

RawItems::Iterator::Iterator(const Raw& array) : item_({}, array.lasts()) {
  json::Walk walk(array.text());
  walk.enter();
  at_ = walk.at();
  end_ = walk.end();
  ++*this;
}

RawItems::Iterator& RawItems::Iterator::operator++() {
  json::Walk walk(at_, end_);
  const bool is_there = walk.next();
  if (is_there) item_ = Raw(walk.value(), item_.lasts());
  at_ = is_there ? walk.at() : nullptr;
  return *this;
}

RawMembers::Iterator::Iterator(const Raw& object) : value_({}, object.lasts()) {
  json::Walk walk(object.text());
  walk.enter();
  at_ = walk.at();
  end_ = walk.end();
  ++*this;
}

RawMembers::Iterator& RawMembers::Iterator::operator++() {
  json::Walk walk(at_, end_);
  const bool is_there = walk.next();
  if (is_there) {
    key_ = walk.key();
    has_escapes_ = key_.find('\\') != std::string_view::npos;
    if (has_escapes_) decoded_ = json::unescape(key_);
    value_ = Raw(walk.value(), value_.lasts());
  }
  at_ = is_there ? walk.at() : nullptr;
  return *this;
}

}  // namespace narrows
