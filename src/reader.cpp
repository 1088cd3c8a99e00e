// SPDX-License-Identifier: MIT
#include "narrows/detail/reader.hpp"

#include <algorithm>

#include "json/scalar.hpp"
#include "json/string.hpp"
#include "json/walk.hpp"
#include "narrows/error.hpp"

namespace narrows::detail {
namespace {

/// Bytes that an error shows of one name, and of a whole place.
constexpr std::size_t kLongestName = 64;
constexpr std::size_t kLongestPlace = 256;

/// The text, or its beginning up to a whole character.
std::string shortened(std::string_view text, std::size_t longest) {
  if (text.size() <= longest) return std::string(text);
  while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xC0) == 0x80) --longest;
  return std::string(text.substr(0, longest)) + "\u2026";
}

template <typename Value, typename Stored>
bool store(const std::optional<Value>& value, Stored& stored) {
  if (value) stored = *value;
  return value.has_value();
}

}  // namespace

Reader::Reader(const Raw& raw)
    : at_(raw.text().data()), end_(raw.text().data() + raw.text().size()), lasts_(raw.lasts()) {}

bool Reader::read(bool& value) {
  return store(json::as_boolean(next_text()), value) || fail("is neither true nor false");
}

bool Reader::read(float& value) {
  return store(json::as_float(next_text()), value) || fail("is no number");
}

bool Reader::read(double& value) {
  return store(json::as_number(next_text()), value) || fail("is no number");
}

bool Reader::read(std::string& value) {
  std::optional<std::string> text = json::as_string(next_text());
  if (!text) return fail("is no string");
  value = std::move(*text);
  return true;
}

bool Reader::read(Raw& value) {
  value = Raw(next_text(), lasts_);
  return true;
}

bool Reader::read_null() {
  if (json::Walk(at_, end_).first() != 'n') return false;
  next_text();
  return true;
}

bool Reader::enter(char bracket, std::string_view what) {
  json::Walk walk(at_, end_);
  if (walk.first() != bracket) return fail(what);
  if (depth_ == kDeepest) return fail("is nested too deeply");
  ++depth_;
  walk.enter();
  at_ = walk.at();
  return true;
}

bool Reader::enter_array() { return enter('[', "is no array"); }
bool Reader::enter_array_of(std::size_t length) {
  return json::Walk(at_, end_).first() == '[' ? enter_array() : fail_length(length);
}
bool Reader::enter_object() { return enter('{', "is no object"); }

bool Reader::next_item() {
  json::Walk walk(at_, end_);
  const bool is_there = walk.next();
  at_ = walk.at();
  if (!is_there) --depth_;
  return is_there;
}

bool Reader::next_member() {
  json::Walk walk(at_, end_);
  const bool is_there = walk.next();
  if (is_there) raw_key_ = walk.key();
  at_ = walk.at();
  if (!is_there) --depth_;
  return is_there;
}

std::string_view Reader::decoded(std::string_view raw_key) {
  if (raw_key.find('\\') == std::string_view::npos) return raw_key;
  decoded_ = json::unescape(raw_key);
  return decoded_;
}

void Reader::skip(const Mark& mark) {
  at_ = mark.at;
  depth_ = mark.depth;
  next_text();
}

bool Reader::fail(std::string_view what) { return failed({{}, std::string(what), false}); }

bool Reader::fail_length(std::size_t length) {
  return fail("is no array of " + std::to_string(length) + (length == 1 ? " value" : " values"));
}

bool Reader::failed_at(std::size_t index) {
  add_place(std::string("[").append(std::to_string(index)).append("]"));
  return false;
}

bool Reader::failed_in(std::string_view name) {
  add_place(std::string(".").append(shortened(name, kLongestName)));
  return false;
}

bool Reader::failed(Problem problem) {
  problem_ = std::move(problem);
  return false;
}

void Reader::refuse(std::string_view name) const {
  std::string place = std::string(name) + problem_.place;
  if (place.starts_with('.')) place.erase(0, 1);
  std::string text = problem_.is_key ? "the key of " : "";
  if (name.empty() && problem_.place.empty()) {
    text.append("the value");
  } else {
    text.append("`").append(place).append("`");
  }
  throw Error(ErrorCode::malformed_request, text.append(" ").append(problem_.what));
}

bool Reader::read_signed(std::string_view text, std::int64_t& value) {
  return store(json::as_integer(text), value);
}

bool Reader::read_unsigned(std::string_view text, std::uint64_t& value) {
  return store(json::as_natural(text), value);
}

std::string_view Reader::next_text() {
  json::Walk walk(at_, end_);
  const std::string_view text = walk.value();
  at_ = walk.at();
  return text;
}

/// A key as the text of a number; empty for zeros in front, which JSON does not have either.
std::string_view Reader::key_number(std::string_view raw_key) {
  const std::string_view text = decoded(raw_key);
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  return digits.size() > 1 && digits.front() == '0' ? std::string_view() : text;
}

void Reader::add_place(std::string_view part) {
  problem_.place.insert(0, part);
  problem_.place = shortened(problem_.place, kLongestPlace);
}

bool FieldReader::next() {
  while (reader_.next_member()) {
    const std::string_view key = reader_.decoded(reader_.raw_key());
    mark_ = reader_.mark();
    for (std::size_t tries = 0; tries < names_.size(); ++tries) {
      // Mostly the members come in the order of the fields.
      index_ = index_ + 1 < names_.size() ? index_ + 1 : 0;
      if (names_[index_] == key) return true;
    }
    reader_.skip(mark_);
  }
  return false;
}

void FieldReader::done(bool was_read) {
  seen_ |= std::uint32_t{1} << index_;
  if (was_read && problems_.empty()) [[likely]]
    return;
  std::erase_if(problems_, [&](const auto& problem) { return problem.first == index_; });
  if (was_read) return;
  static_cast<void>(reader_.failed_in(names_[index_]));
  problems_.emplace_back(index_, reader_.take_problem());
  reader_.skip(mark_);
}

bool FieldReader::finish(std::uint32_t optional) {
  for (std::size_t i = 0; i < names_.size(); ++i) {
    for (auto& [index, problem] : problems_) {
      if (index == i) return reader_.failed(std::move(problem));
    }
    if (has(i) || (optional >> i & 1) != 0) continue;
    static_cast<void>(reader_.fail("is missing"));
    return reader_.failed_in(names_[i]);
  }
  return true;
}

bool EntryReader::next() {
  if (!reader_.next_member()) return false;
  raw_key_ = reader_.raw_key();
  mark_ = reader_.mark();
  return true;
}

void EntryReader::done(bool was_read) {
  if (was_read && problems_.empty()) [[likely]]
    return;
  std::string key(reader_.decoded(raw_key_));
  if (was_read) {
    problems_.erase(key);
    return;
  }
  static_cast<void>(reader_.failed_in(key));
  problems_.insert_or_assign(std::move(key), reader_.take_problem());
  reader_.skip(mark_);
}

bool EntryReader::finish() {
  if (problems_.empty()) return true;
  return reader_.failed(std::move(problems_.begin()->second));
}

}  // namespace narrows::detail
