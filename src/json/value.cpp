// SPDX-License-Identifier: MIT
#include "json/value.hpp"

#include <rapidjson/reader.h>
#include <rapidjson/stream.h>

#include <algorithm>
#include <utility>

#include "json/allocator.hpp"
#include "json/scalar.hpp"
#include "json/skip.hpp"
#include "json/string.hpp"

namespace narrows::json {

namespace {

std::string quoted(std::string_view text) {
  std::string quoted(escaped_bound(text.size()) + 2, '"');
  quoted.resize(static_cast<std::size_t>(escape_to(quoted.data() + 1, text) - quoted.data()));
  return quoted += '"';
}

/// RapidJSON 1.1.0 lets the escape of a lone low surrogate pass, and makes bytes of it that are no
/// UTF-8.
bool has_surrogate(std::string_view text) {
  constexpr char kLead = '\xED';
  constexpr unsigned char kLeastOfSurrogates = 0xA0;
  for (std::size_t at = text.find(kLead); at < text.size(); at = text.find(kLead, at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= kLeastOfSurrogates) {
      return true;
    }
  }
  return false;
}

}  // namespace

/// Builds the tree from RapidJSON's events: the values that are still open, outermost first.
class TreeBuilder : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, TreeBuilder> {
 public:
  bool Null() { return add(Value::Kind::null, {}); }
  bool Bool(bool is_true) { return add(Value::Kind::boolean, is_true ? "true" : "false"); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return add(Value::Kind::number, {text, length});
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return !has_surrogate({text, length}) && add(Value::Kind::string, {text, length});
  }
  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    open_.back().names_.emplace_back(text, length);
    return !has_surrogate({text, length});
  }
  bool StartObject() { return start(Value::Kind::object); }
  bool StartArray() { return start(Value::Kind::array); }
  bool EndObject(rapidjson::SizeType /*members*/) { return end(); }
  bool EndArray(rapidjson::SizeType /*elements*/) { return end(); }

  /// Once RapidJSON has accepted the text.
  Value take() { return std::move(root_); }

 private:
  bool start(Value::Kind kind) {
    if (open_.size() == Value::kMaxDepth) return false;
    open_.emplace_back().kind_ = kind;
    return true;
  }
  bool end() {
    Value done = std::move(open_.back());
    open_.pop_back();
    return place(std::move(done));
  }
  bool add(Value::Kind kind, std::string_view text) {
    Value value;
    value.kind_ = kind;
    value.text_ = text;
    return place(std::move(value));
  }
  bool place(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else {
      open_.back().items_.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Value> open_;
  Value root_;
};

constexpr unsigned kTreeFlags =
    rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseValidateEncodingFlag;

}  // namespace narrows::json

namespace rapidjson {

/// A number is carried, not computed: RapidJSON refuses 0e999, which is 0.
template <>
template <>
inline void narrows::json::Reader::ParseNumber<narrows::json::kTreeFlags, StringStream,
                                               narrows::json::TreeBuilder>(
    StringStream& input, narrows::json::TreeBuilder& builder) {
  const char* const begin = input.src_;
  const char* const end = narrows::json::behind_number(begin);
  if (end == nullptr) {
    SetParseError(kParseErrorValueInvalid, input.Tell());
    return;
  }
  input.src_ = end;
  if (!builder.RawNumber(begin, static_cast<SizeType>(end - begin), true)) {
    SetParseError(kParseErrorTermination, input.Tell());
  }
}

}  // namespace rapidjson

namespace narrows::json {

std::optional<Value> Value::parse(std::string_view json) {
  // RapidJSON takes a NUL for the end, and skips a byte-order mark.
  if (json.find('\0') != std::string_view::npos || json.starts_with("\xEF\xBB\xBF")) return {};
  // It takes as many bytes as the first of a character asks for, whatever they are: up to three.
  constexpr std::size_t kSlackBytes = 3;
  const std::string terminated = std::string(json).append(kSlackBytes, '\0');
  rapidjson::StringStream stream(terminated.c_str());
  Reader reader;
  TreeBuilder builder;
  if (!reader.Parse<kTreeFlags>(stream, builder)) return std::nullopt;
  return builder.take();
}

const Value& Value::operator[](std::string_view name) const {
  static const Value none;
  for (std::size_t i = names_.size(); i-- > 0;) {
    if (names_[i] == name) return items_[i];
  }
  return none;
}

std::string Value::to_json() const {
  if (kind_ == Kind::string) return quoted(text_);
  if (kind_ != Kind::array && kind_ != Kind::object) return text_.empty() ? "null" : text_;
  std::string text(1, kind_ == Kind::array ? '[' : '{');
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (i > 0) text += ',';
    if (kind_ == Kind::object) text.append(quoted(names_[i])).append(":");
    text += items_[i].to_json();
  }
  return text += kind_ == Kind::array ? ']' : '}';
}

std::vector<std::pair<std::string_view, const Value*>> Value::members() const {
  std::vector<std::pair<std::string_view, const Value*>> members;
  members.reserve(names_.size());
  for (std::size_t i = names_.size(); i-- > 0;) members.emplace_back(names_[i], &items_[i]);
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
  std::stable_sort(members.begin(), members.end(), by_name);
  members.erase(std::unique(members.begin(), members.end(), same_name), members.end());
  return members;
}

bool Value::equals(const Value& other) const {
  if (kind_ != other.kind_ || items_.size() != other.items_.size()) return false;
  if (kind_ == Kind::array) {
    return std::equal(items_.begin(), items_.end(), other.items_.begin(),
                      [](const Value& a, const Value& b) { return a.equals(b); });
  }
  if (kind_ == Kind::object) {
    const auto mine = members();
    const auto theirs = other.members();
    return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                      [](const auto& a, const auto& b) {
                        return a.first == b.first && a.second->equals(*b.second);
                      });
  }
  return text_ == other.text_ || (kind_ == Kind::number && number() && number() == other.number());
}

std::optional<std::string_view> Value::string() const {
  if (kind_ != Kind::string) return std::nullopt;
  return text_;
}

std::optional<double> Value::number() const {
  if (kind_ != Kind::number) return std::nullopt;
  return as_number(text_);
}

std::optional<std::int64_t> Value::integer() const {
  if (kind_ != Kind::number) return std::nullopt;
  return as_integer(text_);
}

std::optional<bool> Value::boolean() const {
  if (kind_ != Kind::boolean) return std::nullopt;
  return as_boolean(text_);
}

}  // namespace narrows::json
