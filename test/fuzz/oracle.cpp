// SPDX-License-Identifier: MIT
#include "fuzz/oracle.hpp"

#include <nlohmann/json.hpp>
#if defined(NARROWS_HAS_SIMDJSON)
#include <simdjson.h>
#endif

#include <vector>

#include "unit/decoded.hpp"

namespace narrows::fuzz {
namespace {

using json::LineKind;
using Json = nlohmann::json;
using Type = Facts::Type;

constexpr std::uint32_t kMaxDepth = 512;
constexpr std::uint64_t kLargestId = INT64_MAX;

/// Notes what the protocol knows of a line. Where a value goes is chosen by its key.
class Finder : public nlohmann::json_sax<Json> {
 public:
  explicit Finder(Facts& facts) : facts_(facts) {}

  bool null() override { return value(Type::null); }
  bool boolean(bool /*is_true*/) override { return value(Type::boolean); }
  // "-0" is one of these, too; no number that is written with a minus is a natural one.
  bool number_integer(std::int64_t /*number*/) override { return value(Type::number); }
  bool number_unsigned(std::uint64_t number) override {
    if (Facts::Field* const field = chosen()) field->natural = number;
    return value(Type::number, number <= kLargestId);
  }
  bool number_float(double /*number*/, const std::string& /*text*/) override {
    return value(Type::number);
  }
  bool string(std::string& text) override {
    if (Facts::Field* const field = chosen()) field->text = text;
    return value(Type::string);
  }
  bool binary(Json::binary_t& /*bytes*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override {
    const bool is_body = depth_ == 1 && field_ == &facts_.body;
    if (depth_ == 0) facts_.is_object = true;
    return start(Type::object, is_body);
  }
  bool start_array(std::size_t /*elements*/) override { return start(Type::array, false); }
  bool end_object() override { return end(); }
  bool end_array() override { return end(); }
  bool key(std::string& name) override {
    field_ = nullptr;
    if (depth_ == 1 && facts_.is_object) field_ = of_line(name);
    if (depth_ == 2 && in_body_) field_ = of_body(name);
    return true;
  }
  bool parse_error(std::size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::json::exception& error) override {
    constexpr int kOutOfRange = 406;
    facts_.is_beyond = error.id == kOutOfRange;
    return false;
  }

 private:
  Facts::Field* of_line(const std::string& name) {
    return name == "src"    ? &facts_.src
           : name == "dest" ? &facts_.dest
           : name == "body" ? &facts_.body
                            : nullptr;
  }
  Facts::Field* of_body(const std::string& name) {
    return name == "type"          ? &facts_.type
           : name == "msg_id"      ? &facts_.msg_id
           : name == "in_reply_to" ? &facts_.in_reply_to
                                   : nullptr;
  }

  /// The field whose value comes next.
  [[nodiscard]] Facts::Field* chosen() const {
    const std::size_t level = in_body_ ? 2 : 1;
    return depth_ == level ? field_ : nullptr;
  }
  bool value(Type type, bool is_natural = false) {
    if (Facts::Field* const field = chosen()) {
      ++field->count;
      field->type = type;
      field->is_natural = is_natural;
    }
    return true;
  }
  bool start(Type type, bool is_body) {
    value(type);
    in_body_ = in_body_ || is_body;
    facts_.depth = std::max(facts_.depth, ++depth_);
    if (is_body) field_ = nullptr;
    return true;
  }
  bool end() {
    if (--depth_ == 1) in_body_ = false;
    return true;
  }

  Facts& facts_;
  Facts::Field* field_ = nullptr;
  std::size_t depth_ = 0;
  bool in_body_ = false;
};

/// The insides of a JSON string, and what they stand for.
bool stands_for(std::string_view raw, const std::string& expected) {
  const Json value = Json::parse("\"" + std::string(raw) + "\"", nullptr, false);
  return value.is_string() && value.get_ref<const std::string&>() == expected;
}

/// Where the fields that the decoder found are not what they are.
std::string wrong_field(const test::Decoded& decoded, const Facts& facts) {
  if (!stands_for(decoded.src(), facts.src.text)) return "src is another one";
  const bool has_dest = facts.dest.is_name() && facts.dest.count == 1;
  if (has_dest && !stands_for(decoded.dest(), facts.dest.text)) return "dest is another one";
  if (!has_dest && !decoded.dest().empty()) return "there is no dest";
  const std::string id = facts.msg_id.count == 0 ? "" : std::to_string(facts.msg_id.natural);
  if (decoded.msg_id() != id) return "msg_id is another one";
  if (decoded.kind() != LineKind::request) return {};
  if (!stands_for(decoded.type(), facts.type.text)) return "type is another one";
  return {};
}

/// Where the members of a request's body are not what they are, whether there is room for all or
/// not.
std::string wrong_member(const std::string& line, std::uint32_t max_depth) {
  const test::Decoded decoded(line, max_depth);
  const test::Decoded cramped(line, max_depth, line.size() % 4);
  const Json tree = Json::parse(line);
  const Json& body = tree["body"];
  if (Json::parse(decoded.body()) != body) return "the body is another one";
  if (decoded.message.members_left_out) return {};
  for (const auto& [name, value] : body.items()) {
    if (name == "type" || name == "msg_id" || name == "in_reply_to") continue;
    const std::string_view found = decoded.find(name);
    if (found == "(none)") return "a member is not found";
    if (Json::parse(found) != value) return "a member is another one";
    if (cramped.find_in_body(name) != found) return "a member is not found where it was left out";
  }
  return {};
}

}  // namespace

bool is_value(const std::string& text) {
  std::string terminated = text + std::string(1 + json::Decoder::kSlackBytes, '9');
  terminated[text.size()] = '\0';
  return json::Decoder(kMaxDepth).is_value(terminated.data(), text.size());
}

bool nlohmann_takes(const std::string& text) {
  return text.find('\0') == std::string::npos && !text.starts_with("\xEF\xBB\xBF") &&
         Json::accept(text);
}

std::string tamed(std::string_view text) {
  constexpr std::size_t kMostDigits = 100;
  constexpr std::size_t kMostOfExponent = 2;
  std::string result;
  bool in_string = false;
  bool in_exponent = false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool is_digit = !in_string && c >= '0' && c <= '9';
    if (!is_digit) {
      const bool is_sign = c == '+' || c == '-';
      in_exponent = !in_string && (c == 'e' || c == 'E' || (in_exponent && digits == 0 && is_sign));
      digits = 0;
    } else if (++digits > (in_exponent ? kMostOfExponent : kMostDigits)) {
      continue;
    }
    result += c;
    if (c == '"') in_string = !in_string;
    if (in_string && c == '\\' && i + 1 < text.size()) result += text[++i];
  }
  return result;
}

bool is_beyond_doubles(const std::string& text) {
  const Facts facts = facts_of(text);
  return facts.is_beyond;
}

#if defined(NARROWS_HAS_SIMDJSON)
bool simdjson_may_take(const std::string& text) {
  constexpr int kSurelyFits = 18;
  int digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > kSurelyFits) return true;
  }
  static simdjson::dom::parser parser;
  return parser.parse(simdjson::padded_string(text)).error() == simdjson::SUCCESS;
}
#else
bool simdjson_may_take(const std::string& /*text*/) { return true; }
#endif

Facts facts_of(const std::string& line) {
  Facts facts;
  Finder finder(facts);
  const bool is_text = line.find('\0') == std::string::npos && !line.starts_with("\xEF\xBB\xBF");
  facts.is_json = Json::sax_parse(line, &finder) && is_text;
  return facts;
}

LineKind Facts::kind(std::size_t max_depth) const {
  if (!is_json || !is_object || depth > max_depth) return LineKind::malformed_line;
  if (src.count != 1 || !src.is_name() || body.count > 1) return LineKind::malformed_line;
  if (msg_id.count > 1 || (msg_id.count == 1 && !msg_id.is_natural)) {
    return LineKind::malformed_line;
  }
  if (in_reply_to.count == 1 && in_reply_to.type != Type::null) return LineKind::late_reply;
  const bool is_twice = dest.count > 1 || type.count > 1 || in_reply_to.count > 1;
  if (is_twice || body.type != Type::object || type.type != Type::string) {
    return LineKind::malformed_request;
  }
  return LineKind::request;
}

std::string disagreement(const std::string& line, std::uint32_t max_depth) {
  const std::string tame = tamed(line);
  const Facts facts = facts_of(tame);
  const test::Decoded decoded(line, max_depth);
  const test::Decoded cramped(line, max_depth, line.size() % 3);
  if (cramped.kind() != decoded.kind() || cramped.reason() != decoded.reason()) {
    return "with less room it is something else: " + cramped.reason();
  }
  if (decoded.is_usable() && !facts.is_json) return "nlohmann::json does not take it";
  if (decoded.is_usable() && !simdjson_may_take(tame)) return "simdjson does not take it";
  if (decoded.kind() != facts.kind(max_depth)) {
    return "the documents say otherwise; the decoder: " + decoded.reason();
  }
  if (!decoded.is_usable()) return {};
  std::string field = wrong_field(decoded, facts);
  if (field.empty()) field = wrong_field(cramped, facts);
  if (!field.empty() || decoded.kind() != LineKind::request) return field;
  return wrong_member(tame, max_depth);
}

}  // namespace narrows::fuzz
