// SPDX-License-Identifier: MIT
#include "narrows/request.hpp"

#include <span>
#include <utility>

#include "json/decode.hpp"
#include "json/scalar.hpp"
#include "narrows/error.hpp"
#include "pipeline/batch.hpp"

namespace narrows {
namespace {

[[noreturn]] void refuse(std::string_view name, std::string_view what) {
  std::string text;
  text.append("`").append(name).append("` ").append(what);
  throw Error(ErrorCode::malformed_request, text);
}

template <typename Value>
Value converted(std::optional<Value> value, std::string_view name, std::string_view what) {
  if (!value) refuse(name, what);
  return std::move(*value);
}

}  // namespace

std::string_view Request::src() const { return row_->message.src.in(base_); }
std::string_view Request::dest() const { return row_->message.dest.in(base_); }
std::string_view Request::type() const { return row_->message.type.in(base_); }
std::string_view Request::body() const { return row_->message.body.in(base_); }

std::optional<std::int64_t> Request::msg_id() const {
  return json::as_integer(row_->message.msg_id(base_));
}

bool Request::has_all_members() const { return !row_->message.members_left_out; }

std::optional<Raw> Request::find(std::string_view name) const {
  const std::span<const json::Member> members{members_, row_->message.members};
  if (!has_all_members()) [[unlikely]] {
    // More members than the batch had room for.
    const auto value = json::find_in_body(base_, row_->message.body, members, name);
    return value ? std::optional(raw_of(*value)) : std::nullopt;
  }
  const int index = json::find_member(base_, members, name);
  if (index < 0) return std::nullopt;
  return raw_of(members[static_cast<std::size_t>(index)].value.in(base_));
}

Raw Request::raw(std::string_view name) const { return converted(find(name), name, "is missing"); }

std::string Request::text(std::string_view name) const {
  return converted(json::as_string(raw(name).text()), name, "is no string");
}

std::int64_t Request::integer(std::string_view name) const {
  return converted(json::as_integer(raw(name).text()), name, "is no integer of 64 bits");
}

double Request::number(std::string_view name) const {
  return converted(json::as_number(raw(name).text()), name, "is no number");
}

bool Request::boolean(std::string_view name) const {
  return converted(json::as_boolean(raw(name).text()), name, "is neither true nor false");
}

}  // namespace narrows
