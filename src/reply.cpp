// SPDX-License-Identifier: MIT
#include "narrows/reply.hpp"

#include <deque>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace narrows {

struct Reply::Overflow {
  std::deque<std::string> texts;  // whose addresses stay
  std::vector<Member> members;
};

void Reply::Free::operator()(Overflow* overflow) const { delete overflow; }

Reply::Reply(const Error& error) : type_("error"), is_error_(true) {
  set_integer("code", error.code(), Kind::integer);
  Member& text = add("text", Kind::text);
  if (error.has_literal_text()) {
    set_text(text, error.text());
  } else {
    set_text(text, keep(error.text()));
    lasting_ = text.lasting = false;
  }
}

Reply Reply::none() {
  Reply reply;
  reply.is_none_ = true;
  return reply;
}

Reply& Reply::operator=(Reply&& other) noexcept {
  if (this != &other) {
    std::destroy_at(this);
    std::construct_at(this, std::move(other));
  }
  return *this;
}

void Reply::copy_type() {
  type_ = keep(type_);
  lasting_ = false;
}

Reply& Reply::add_raw(Name key, const Raw& value) {
  const std::string_view text =
      value.lasts() == Raw::Lasts::callers ? keep(value.text()) : value.text();
  Member& member = add(key, Kind::raw);
  set_text(member, text);
  if (value.lasts() == Raw::Lasts::kept) {
    views_kept_ = true;
    member.lasting = false;
  } else if (value.lasts() == Raw::Lasts::callers) {
    lasting_ = member.lasting = false;
  }
  return *this;
}

void Reply::move_views(std::string_view from, const char* to) {
  if (!views_kept_) return;
  const auto begin = reinterpret_cast<std::uintptr_t>(from.data());
  bool others = false;
  for (std::uint32_t i = 0; i < size_; ++i) {
    Member& member = i < kInline ? members_[i] : overflow_->members[i - kInline];
    if (member.kind != Kind::raw) continue;
    const std::uintptr_t offset = reinterpret_cast<std::uintptr_t>(member.text) - begin;
    if (offset >= from.size()) {
      // It may be a view of another request, which may end before this reply has left.
      if (!member.lasting) others = true;
      continue;
    }
    member.text = to + offset;
    member.lasting = lasting_;  // then its key is a literal
  }
  views_kept_ = false;
  if (others) lasting_ = false;
}

Reply& Reply::set(Name key, std::string_view text) & {
  const std::string_view kept = keep(text);
  Member& member = add(key, Kind::text);
  set_text(member, kept);
  lasting_ = member.lasting = false;
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

Reply& Reply::set_integer(Name key, std::int64_t value, Kind kind) {
  add(key, kind).integer = value;
  return *this;
}

Reply& Reply::set_real(Name key, double value) {
  add(key, Kind::real).real = value;
  return *this;
}

Reply& Reply::set_json(Name key, std::string json) {
  const std::string_view kept = overflow().texts.emplace_back(std::move(json));
  Member& member = add(key, Kind::raw);
  set_text(member, kept);
  lasting_ = member.lasting = false;
  return *this;
}

const Reply::Member& Reply::member(std::size_t index) const {
  return index < kInline ? members_[index] : overflow_->members[index - kInline];
}

Reply::Member& Reply::add(Name key, Kind kind) {
  if (key.text().size() > kLongestKey) {
    throw std::length_error("a member's key is too long");
  }
  if (key.is_reserved()) {
    throw std::invalid_argument("the node itself sets the member `" + std::string(key.text()) +
                                "`");
  }
  const std::string_view name = key.is_literal() ? key.text() : keep(key.text());
  Member& member = size_ < kInline ? members_[size_] : overflow().members.emplace_back();
  if (size_++ >= kInline) lasting_ = false;
  member.key = name.data();
  member.key_length = static_cast<std::uint16_t>(name.size());
  member.kind = kind;
  member.lasting = key.is_literal();
  member.text_length = 0;
  member.integer = 0;
  if (!member.lasting) lasting_ = false;
  return member;
}

void Reply::set_text(Member& member, std::string_view text) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw std::length_error("a member's text is too long");
  }
  if (text.size() > kLongText) lasting_ = false;
  member.text = text.data();
  member.text_length = static_cast<std::uint32_t>(text.size());
}

std::string_view Reply::keep(std::string_view text) { return overflow().texts.emplace_back(text); }

Reply::Overflow& Reply::overflow() {
  if (overflow_ == nullptr) overflow_.reset(new Overflow);
  return *overflow_;
}

}  // namespace narrows
