// SPDX-License-Identifier: MIT
#include "narrows/reply.hpp"

#include <deque>
#include <string>
#include <vector>

namespace narrows {

struct Reply::Overflow {
  std::deque<std::string> texts;  // whose addresses stay
  std::vector<Member> members;
};

Reply::Reply(Name type) : type_(type.text()), type_is_literal_(type.is_literal()) {
  if (!type_is_literal_) type_ = keep(type_);
}

Reply::Reply(const Error& error) : type_("error"), is_error_(true) {
  set_integer("code", error.code());
  Member& text = add("text", Kind::text);
  text.text = error.has_literal_text() ? error.text() : keep(error.text());
}

Reply Reply::none() {
  Reply reply;
  reply.is_none_ = true;
  return reply;
}

Reply::Reply(Reply&& other) noexcept
    : type_(other.type_),
      overflow_(std::move(other.overflow_)),
      size_(other.size_),
      type_is_literal_(other.type_is_literal_),
      is_none_(other.is_none_),
      is_error_(other.is_error_) {
  const std::size_t inline_size = size_ < kInline ? size_ : kInline;
  for (std::size_t i = 0; i < inline_size; ++i) members_[i] = other.members_[i];
}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    this->~Reply();
    new (this) Reply(std::move(other));
  }
  return *this;
}

Reply::~Reply() = default;

Reply& Reply::raw(Name key, const Raw& value) & {
  add(key, Kind::raw).text = value.text();
  return *this;
}

Reply& Reply::set(Name key, std::string_view text) & {
  const std::string_view kept = keep(text);
  add(key, Kind::text).text = kept;
  return *this;
}

Reply& Reply::null(Name key) & {
  add(key, Kind::null);
  return *this;
}

Reply& Reply::latency(Name key) & {
  add(key, Kind::latency);
  return *this;
}

Reply& Reply::set_boolean(Name key, bool value) {
  add(key, Kind::boolean).boolean = value;
  return *this;
}

Reply& Reply::set_integer(Name key, std::int64_t value) {
  add(key, Kind::integer).integer = value;
  return *this;
}

Reply& Reply::set_real(Name key, double value) {
  add(key, Kind::real).real = value;
  return *this;
}

const Reply::Member& Reply::member(std::size_t index) const {
  return index < kInline ? members_[index] : overflow_->members[index - kInline];
}

Reply::Member& Reply::add(Name key, Kind kind) {
  Member& member = size_ < kInline ? members_[size_] : overflow().members.emplace_back();
  ++size_;
  member.key = key.is_literal() ? key.text() : keep(key.text());
  member.key_is_literal = key.is_literal();
  member.kind = kind;
  member.text = {};
  member.integer = 0;
  return member;
}

std::string_view Reply::keep(std::string_view text) {
  return overflow().texts.emplace_back(text);
}

Reply::Overflow& Reply::overflow() {
  if (overflow_ == nullptr) overflow_ = std::make_unique<Overflow>();
  return *overflow_;
}

}  // namespace narrows
