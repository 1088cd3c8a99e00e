// SPDX-License-Identifier: MIT
#include "json/decode.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "json/shape.hpp"
#include "json/span_stream.hpp"
#include "json/string.hpp"
#include "json/walk.hpp"

namespace narrows::json {
namespace {

constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

/// True for the digits of an integer of 0 to 2^63 - 1, given a valid JSON number.
bool is_msg_id(std::string_view number) {
  constexpr std::uint64_t kZeros = 0x3030303030303030;
  constexpr std::uint64_t kHighHalves = 0xF0F0F0F0F0F0F0F0;
  constexpr std::uint64_t kToSixteen = 0x0606060606060606;  // carries a digit over 9 to 16
  if (number.size() > 19) return false;
  for (std::size_t done = 0; done < number.size(); done += 8) {
    // What stands behind the number's end is made to look like zeros.
    std::uint64_t digits = padded_prefix(number.data() + done, number.size() - done) ^ kZeros;
    if (number.size() - done < 8) digits &= ~(~std::uint64_t{0} << (8 * (number.size() - done)));
    if (((digits | (digits + kToSixteen)) & kHighHalves) != 0) return false;
  }
  return number.size() < 19 || number <= "9223372036854775807";
}

/// RapidJSON's events for one line: of the line itself and of its body, the objects that are looked
/// into. A key chooses the slot that its value's span is stored to; what the values are worth is
/// looked at once, in finish().
class LineHandler : public rapidjson::BaseReaderHandler<StrictUtf8, LineHandler> {
 public:
  LineHandler(const char* base, const SpanStream& stream, std::uint32_t max_depth,
              std::span<Member> members)
      : base_(base),
        stream_(stream),
        member_(members.data()),
        members_end_(members.data() + members.size()),
        max_depth_(max_depth) {}

  /// For a value alone, which is taken for a member's that nobody asks for.
  LineHandler(const char* base, const SpanStream& stream, std::uint32_t max_depth)
      : LineHandler(base, stream, max_depth + 1, {}) {
    depth_ = kInLine;
  }

  bool Null() { return literal(4); }
  bool Bool(bool is_true) { return literal(is_true ? 4 : 5); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return value(span(text, length));
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return value(span(text - 1, length + 2));
  }

  /// `is_plain`: what stands there is what it means. (RapidJSON's third argument is of no use
  /// here.)
  bool Key(const char* text, rapidjson::SizeType length, bool is_plain) {
    std::uint64_t prefix = padded_prefix(text, length);
    if (!choose_known(prefix, {text, length}, is_plain)) choose_other(prefix, {text, length});
    return true;
  }

  bool StartObject() {
    if (depth_ == kInLine) body_start_ = here() - 1;
    return ++depth_ <= max_depth_ || refuse("nested too deeply");
  }
  bool EndObject(rapidjson::SizeType /*members*/) {
    if (--depth_ != kInLine) return true;
    slot_ = &body_;
    return value({body_start_, here() - body_start_});
  }

  /// True for a container that is no object to look into, and for what is ignored.
  [[nodiscard]] bool skips(char first) const {
    return first == '[' || slot_ == &ignored_ || (first == '{' && !looks_into_object());
  }

  /// Goes over the value that begins here, and over the members behind it that are ignored
  /// likewise. What is behind them, or null if it is not valid, for the reason in `error` or that
  /// `unusual_string` found.
  template <typename UnusualString>
  const char* skip(const char* begin, UnusualString unusual_string,
                   rapidjson::ParseErrorCode& error) {
    Skipper skipper(max_depth_ - depth_, unusual_string);
    const char* end = nullptr;
    if (depth_ == 0) {
      refuse("not an object");
    } else if (slot_ == &ignored_) {
      end = skip_ignored(begin, skipper);
    } else {
      end = skipper.value(begin);
      if (end != nullptr && !value(span(begin, static_cast<std::size_t>(end - begin))))
        end = nullptr;
    }
    error = skipper.error();
    if (error == rapidjson::kParseErrorTermination) refuse("nested too deeply");
    if (refusal_ != nullptr) error = rapidjson::kParseErrorTermination;
    return end;
  }

  /// Fills in the message, once RapidJSON has accepted the line. `members`: where they begin.
  void finish(const Member* members, Message& message) const {
    message.src = inside_of_string(src_);
    message.dest = inside_of_string(dest_);
    message.type = inside_of_string(type_);
    message.body = body_;
    message.reason = nullptr;
    message.msg_id_offset = msg_id_.offset;
    message.msg_id_length = static_cast<std::uint8_t>(msg_id_.length);
    message.members = static_cast<std::uint32_t>(member_ - members);
    message.kind = LineKind::request;
    message.members_left_out = left_out_;
    if (message.src.length == 0) return malformed("no usable `src`", message);
    if (msg_id_.length != 0 && !is_msg_id(msg_id_.in(base_))) {
      return malformed("`msg_id` is no integer of 0 to 2^63-1", message);
    }
    if (in_reply_to_.length != 0 || twice_ != nullptr || body_.length == 0 ||
        base_[body_.offset] != '{' || type_.length == 0 || base_[type_.offset] != '"')
        [[unlikely]] {
      finish_unusual(message);
    }
  }

  void malformed(const char* reason, Message& message) const {
    message.kind = LineKind::malformed_line;
    message.reason = refusal_ != nullptr ? refusal_ : reason;
  }

 private:
  static constexpr const char* kDestTwice = "`dest` is there twice";
  static constexpr const char* kTypeTwice = "`type` is there twice";
  static constexpr const char* kReplyTwice = "`in_reply_to` is there twice";
  static constexpr std::size_t kLongestKnown = sizeof "in_reply_to" - 1;
  static constexpr std::uint32_t kInLine = 1;  // depth_ of the line's members

  void finish_unusual(Message& message) const {
    const bool replies = in_reply_to_.length != 0 && base_[in_reply_to_.offset] != 'n';
    if (dest_twice_) message.dest = {};
    if (replies && !reply_twice_) {
      message.kind = LineKind::late_reply;
      message.reply_to = {in_reply_to_.offset, in_reply_to_.length};
      return;
    }
    if (twice_ != nullptr) {
      message.reason = twice_;
    } else if (body_.length == 0 || base_[body_.offset] != '{') {
      message.reason = "no usable `body`";
    } else if (type_.length == 0 || base_[type_.offset] != '"') {
      message.reason = "no usable `type`";
    }
    if (message.reason != nullptr) message.kind = LineKind::malformed_request;
  }

  /// The inside of a string value; empty for any other value and for none.
  [[nodiscard]] Span inside_of_string(Span value) const {
    if (value.length < 2 || base_[value.offset] != '"') return {};
    return {value.offset + 1, value.length - 2};
  }

  [[nodiscard]] std::uint32_t here() const {
    return static_cast<std::uint32_t>(stream_.at - base_);
  }
  [[nodiscard]] Span span(const char* text, std::size_t length) const {
    return {static_cast<std::uint32_t>(text - base_), static_cast<std::uint32_t>(length)};
  }

  bool refuse(const char* reason) {
    refusal_ = reason;
    return false;
  }
  /// True where an object is the line, or its body.
  [[nodiscard]] bool looks_into_object() const {
    return depth_ == 0 || (depth_ == kInLine && slot_ == &body_);
  }
  bool literal(std::uint32_t length) { return value({here() - length, length}); }

  bool value(Span text) {
    if (slot_->length != 0) [[unlikely]] {
      return second_value(text);
    }
    *slot_ = text;
    return true;
  }

  bool second_value(Span text) {
    if (slot_ == &src_) return refuse("`src` is there twice");
    if (slot_ == &body_) return refuse("`body` is there twice");
    if (slot_ == &msg_id_) return refuse("`msg_id` is there twice");
    if (slot_ == &dest_) twice_ = kDestTwice;
    if (slot_ == &dest_) dest_twice_ = true;
    if (slot_ == &type_) twice_ = kTypeTwice;
    if (slot_ == &in_reply_to_) twice_ = kReplyTwice;
    if (slot_ == &in_reply_to_) reply_twice_ = true;
    *slot_ = text;
    return true;
  }

  template <typename Skipper>
  const char* skip_ignored(const char* at, Skipper& skipper) {
    for (;;) {
      at = skipper.value(at);
      if (at == nullptr) return nullptr;
      // Whatever is unexpected is left to RapidJSON, which knows what to call it.
      const char* key = behind_space(at);
      if (*key != ',') return at;
      key = behind_space(key + 1);
      if (*key != '"') return at;
      const char* const plain_end = end_of_plain_text(key + 1);
      const bool is_plain = *plain_end == '"';
      const char* const end = is_plain ? plain_end + 1 : skipper.string(key);
      if (end == nullptr) return nullptr;
      const char* const colon = behind_space(end);
      if (*colon != ':') return at;
      const std::string_view name(key + 1, static_cast<std::size_t>(end - key - 2));
      std::uint64_t prefix = padded_prefix(name.data(), name.size());
      if (choose_known(prefix, name, is_plain)) return at;
      slot_ = &ignored_;
      at = behind_space(colon + 1);
    }
  }

  /// Chooses the slot of a field that the protocol knows. `prefix` becomes that of what the key
  /// stands for, if it has escapes.
  bool choose_known(std::uint64_t& prefix, std::string_view key, bool is_plain) {
    if (is_plain) [[likely]]
      return choose_known(prefix, key);
    std::array<char, kLongestKnown + 1> start;
    const std::string_view name = start_of_unescaped(key, start);
    prefix = json::prefix(name);
    // A prefix cannot tell a NUL from its padding.
    return !name.ends_with('\0') && choose_known(prefix, name);
  }

  /// A prefix of less than eight bytes is the name.
  bool choose_known(std::uint64_t prefix, std::string_view name) {
    if (depth_ == kInLine) {
      slot_ = prefix == json::prefix("src")    ? &src_
              : prefix == json::prefix("dest") ? &dest_
              : prefix == json::prefix("body") ? &body_
                                               : nullptr;
    } else {
      slot_ = prefix == json::prefix("type")                                   ? &type_
              : prefix == json::prefix("msg_id")                               ? &msg_id_
              : prefix == json::prefix("in_reply_to") && name == "in_reply_to" ? &in_reply_to_
                                                                               : nullptr;
    }
    return slot_ != nullptr;
  }

  /// Any other key.
  void choose_other(std::uint64_t prefix, std::string_view key) {
    if (depth_ == kInLine || member_ == members_end_) {
      left_out_ |= depth_ != kInLine;
      slot_ = &ignored_;
      return;
    }
    member_->prefix = prefix;
    member_->key = span(key.data(), key.size());
    member_->value.length = 0;
    slot_ = &member_->value;
    ++member_;
  }

  const char* base_;
  const SpanStream& stream_;
  Span* slot_ = &lone_;
  Member* member_;  // where the next one goes
  Member* members_end_;
  // Not side by side: compared as one 8-byte load, they would wait for the 4-byte store before it.
  std::uint32_t depth_ = 0;  // 1 in the line, 2 in its body
  std::uint32_t max_depth_;
  std::uint32_t body_start_ = 0;
  bool left_out_ = false;
  bool dest_twice_ = false;
  bool reply_twice_ = false;
  Span src_{}, dest_{}, body_{}, type_{}, msg_id_{}, in_reply_to_{};
  Span ignored_{};  // never filled
  Span lone_{};     // no member's: the line as a whole, or the value alone
  const char* refusal_ = nullptr;
  const char* twice_ = nullptr;
};

}  // namespace
}  // namespace narrows::json

namespace rapidjson {

/// RapidJSON's string, without its detours where there is nothing to decode: short enough to be
/// inlined, once for keys and once for values.
template <>
template <>
[[gnu::always_inline]] inline void narrows::json::SpanReader::ParseString<
    narrows::json::kFlags, narrows::json::SpanStream, narrows::json::LineHandler>(
    narrows::json::SpanStream& input, narrows::json::LineHandler& handler, bool is_key) {
  char* const begin = input.at + 1;
  narrows::json::SpanStream inside(begin);
  ScanCopyUnescapedString(inside, inside);
  const bool is_plain = *inside.at == '"';
  if (is_plain) {
    ++inside.at;
  } else {  // an escape, a character beyond ASCII, or an error
    ParseStringToStream<narrows::json::kFlags, narrows::json::StrictUtf8,
                        narrows::json::StrictUtf8>(inside, inside);
    if (HasParseError()) return;
  }
  input.at = inside.at;
  const auto length = static_cast<SizeType>(inside.at - begin - 1);
  const bool goes_on =
      is_key ? handler.Key(begin, length, is_plain) : handler.String(begin, length, false);
  if (!goes_on) SetParseError(kParseErrorTermination, input.Tell());
}

/// A number is carried, not computed: it may have any size, and none of RapidJSON's arithmetic on
/// it can overflow.
template <>
template <>
inline void narrows::json::SpanReader::ParseNumber<narrows::json::kFlags, narrows::json::SpanStream,
                                                   narrows::json::LineHandler>(
    narrows::json::SpanStream& input, narrows::json::LineHandler& handler) {
  const char* const begin = input.at;
  const char* const end = narrows::json::behind_number(begin);
  if (end == nullptr) {
    SetParseError(kParseErrorValueInvalid, input.Tell());
    return;
  }
  input.at = const_cast<char*>(end);
  if (!handler.RawNumber(begin, static_cast<SizeType>(end - begin), false)) {
    SetParseError(kParseErrorTermination, input.Tell());
  }
}

/// Only what is looked into is read as such.
template <>
template <>
inline void narrows::json::SpanReader::ParseValue<narrows::json::kFlags, narrows::json::SpanStream,
                                                  narrows::json::LineHandler>(
    narrows::json::SpanStream& input, narrows::json::LineHandler& handler) {
  if (!handler.skips(*input.at)) {
    switch (*input.at) {
      case '{': ParseObject<narrows::json::kFlags>(input, handler); return;
      case '"': ParseString<narrows::json::kFlags>(input, handler, false); return;
      case 'n': ParseNull<narrows::json::kFlags>(input, handler); return;
      case 't': ParseTrue<narrows::json::kFlags>(input, handler); return;
      case 'f': ParseFalse<narrows::json::kFlags>(input, handler); return;
      default: ParseNumber<narrows::json::kFlags>(input, handler); return;
    }
  }
  const auto unusual_string = [this](const char* at) -> const char* {
    narrows::json::SpanStream inside(at);
    ParseStringToStream<narrows::json::kFlags, narrows::json::StrictUtf8,
                        narrows::json::StrictUtf8>(inside, inside);
    return HasParseError() ? nullptr : inside.at;
  };
  ParseErrorCode error = kParseErrorNone;
  const char* const end = handler.skip(input.at, unusual_string, error);
  if (end != nullptr) {
    input.at = const_cast<char*>(end);
  } else if (!HasParseError()) {
    SetParseError(error, input.Tell());
  }
}

}  // namespace rapidjson

namespace narrows::json {

/// The latest shapes. What is learnt is paid for by what was of use, so that lines of ever new
/// shapes do not cost much more than parsing them.
struct Decoder::Shapes {
  static constexpr std::size_t kMost = 4;
  static constexpr int kLearningCost = 8;
  static constexpr int kMostCredit = 64;

  bool read(const char* base, Span line, std::span<Member> members, Message& message) {
    for (std::size_t tries = 0; tries < count; ++tries) {
      if (shapes[latest].read(base, line, members, message)) [[likely]] {
        credit = std::min(credit + 1, kMostCredit);
        return true;
      }
      latest = latest + 1 == count ? 0 : latest + 1;
    }
    return false;
  }

  void learn(const char* base, Span line, const Message& message, std::span<const Member> members) {
    if (credit < kLearningCost) return;
    credit -= kLearningCost;
    if (!shapes[oldest].learn(base, line, message, members)) {
      // The shape that was there is gone, too; what it holds now fits no line.
      shapes[oldest] = Shape();
      return;
    }
    latest = oldest;
    count = std::max(count, oldest + 1);
    oldest = (oldest + 1) % kMost;
  }

  std::array<Shape, kMost> shapes;
  std::size_t count = 0;   // of those that were ever learnt
  std::size_t latest = 0;  // that fitted
  std::size_t oldest = 0;  // the next to be replaced
  int credit = kMostCredit;
};

Decoder::Decoder(std::uint32_t max_depth)
    : max_depth_(max_depth), shapes_(std::make_unique<Shapes>()) {}
Decoder::Decoder(Decoder&& other) noexcept = default;
Decoder::~Decoder() = default;

void Decoder::decode(const char* base, Span line, std::span<Member> members, Message& message) {
  if (shapes_->read(base, line, members, message)) [[likely]]
    return;
  parse(base, line, members, message);
  if (message.kind != LineKind::request) return;
  shapes_->learn(base, line, message, members.first(message.members));
}

void Decoder::parse(const char* base, Span line, std::span<Member> members,
                    Message& message) const {
  SpanStream stream(base + line.offset);
  LineHandler handler(base, stream, max_depth_, members);
  SpanReader reader;
  const rapidjson::ParseResult result = reader.Parse<kFlags>(stream, handler);
  if (result.IsError()) [[unlikely]] {
    handler.malformed(rapidjson::GetParseError_En(result.Code()), message);
  } else if (stream.at != base + line.offset + line.length) [[unlikely]] {
    handler.malformed("a NUL byte", message);
  } else {
    handler.finish(members.data(), message);
  }
}

bool Decoder::is_value(const char* text, std::size_t length) const {
  SpanStream stream(text);
  LineHandler handler(text, stream, max_depth_);
  SpanReader reader;
  return !reader.Parse<kFlags>(stream, handler).IsError() && stream.at == text + length;
}

int find_member(const char* base, std::span<const Member> members, std::string_view name) {
  const std::uint64_t wanted = json::prefix(name);
  for (std::size_t i = members.size(); i-- > 0;) {
    const Member& member = members[i];
    if (member.prefix != wanted) continue;
    if (member.key.length == name.size() && (name.size() <= 8 || member.key.in(base) == name)) {
      return static_cast<int>(i);
    }
    const std::string_view key = member.key.in(base);
    if (unescaped_is(key, name)) return static_cast<int>(i);
  }
  return -1;
}

std::optional<std::string_view> find_in_body(const char* base, Span body,
                                             std::span<const Member> members,
                                             std::string_view name) {
  if (name == "type" || name == "msg_id" || name == "in_reply_to") return std::nullopt;
  const std::uint32_t stored_end =
      members.empty() ? body.offset + 1 : members.back().value.offset + members.back().value.length;
  std::optional<std::string_view> found;
  Walk walk(base + stored_end, base + body.offset + body.length);
  while (walk.next()) {
    const std::string_view key = walk.key();
    const std::string_view value = walk.value();
    if (unescaped_is(key, name)) found = value;
  }
  if (found) return found;
  const int index = find_member(base, members, name);
  if (index < 0) return std::nullopt;
  return members[static_cast<std::size_t>(index)].value.in(base);
}

}  // namespace narrows::json
