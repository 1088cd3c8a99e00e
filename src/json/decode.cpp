// SPDX-License-Identifier: MIT
#include "json/decode.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include "json/shape.hpp"
#include "json/span_stream.hpp"
#include "json/string.hpp"

namespace narrows::json {
namespace {

constexpr unsigned kFlags = rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

/// True if a byte of the first eight may be a backslash; false if surely none is.
bool may_have_backslash(std::uint64_t prefix) {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  const std::uint64_t zero_where = prefix ^ (kOnes * '\\');
  return ((zero_where - kOnes) & ~zero_where & (kOnes << 7)) != 0;
}

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

/// RapidJSON's events for one line. A key chooses the slot that its value's span is stored to;
/// what the values are worth is looked at once, in finish().
class LineHandler : public rapidjson::BaseReaderHandler<StrictUtf8, LineHandler> {
 public:
  LineHandler(const char* base, const SpanStream& stream, std::uint32_t max_depth,
              std::span<Member> members)
      : base_(base),
        stream_(stream),
        member_(members.data()),
        members_end_(members.data() + members.size()),
        max_depth_(max_depth) {}

  bool Null() { return literal(4); }
  bool Bool(bool is_true) { return literal(is_true ? 4 : 5); }
  bool RawNumber(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return depth_ != focus_ || value(span(text, length));
  }
  bool String(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    return depth_ != focus_ || value(span(text - 1, length + 2));
  }

  bool Key(const char* text, rapidjson::SizeType length, bool /*copy*/) {
    if (depth_ != focus_) return true;
    const std::uint64_t prefix = padded_prefix(text, length);
    if (!choose_known(prefix, {text, length})) choose_other(prefix, {text, length});
    return true;
  }

  bool StartObject() {
    if (depth_ == focus_) {
      start_ = here() - 1;
      if (slot_ == &body_ && focus_ == 1) {
        focus_ = 2;
        body_start_ = start_;
      }
    } else if (depth_ == 0) {
      focus_ = 1;
    }
    return deeper();
  }
  bool EndObject(rapidjson::SizeType /*members*/) {
    --depth_;
    if (focus_ == 2 && depth_ == 1) {
      focus_ = 1;
      slot_ = &body_;
      start_ = body_start_;
    }
    return container_end();
  }
  bool StartArray() {
    if (depth_ == 0) return refuse("not an object");
    if (depth_ == focus_) start_ = here() - 1;
    return deeper();
  }
  bool EndArray(rapidjson::SizeType /*elements*/) {
    --depth_;
    return container_end();
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
  static constexpr std::uint32_t kNoFocus = ~std::uint32_t{0};

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
  bool literal(std::uint32_t length) {
    return depth_ != focus_ || value({here() - length, length});
  }
  bool deeper() { return ++depth_ <= max_depth_ || refuse("nested too deeply"); }
  bool container_end() { return depth_ != focus_ || value({start_, here() - start_}); }

  /// A value at the depth in focus.
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

  /// The slot of a field that the protocol knows. A prefix of less than eight bytes is the name.
  bool choose_known(std::uint64_t prefix, std::string_view name) {
    if (focus_ == 1) {
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

  /// Any other key; or a known one in disguise, if it has escapes.
  void choose_other(std::uint64_t prefix, std::string_view key) {
    if ((may_have_backslash(prefix) || key.size() > 8) && key.find('\\') != std::string_view::npos)
        [[unlikely]] {
      const std::string decoded = unescape(key);
      prefix = json::prefix(decoded);
      // A prefix cannot tell a NUL from its padding.
      const bool has_nul = decoded.find('\0') != std::string::npos;
      if (!has_nul && choose_known(prefix, decoded)) return;
    }
    if (focus_ == 1 || member_ == members_end_) {
      left_out_ |= focus_ == 2;
      ignored_.length = 0;
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
  Span* slot_ = &ignored_;
  Member* member_;  // where the next one goes
  Member* members_end_;
  // Not side by side: compared as one 8-byte load, they would wait for the 4-byte store before it.
  std::uint32_t depth_ = 0;
  std::uint32_t max_depth_;
  std::uint32_t focus_ = kNoFocus;  // the depth whose members matter: 1, or 2 in the body
  std::uint32_t start_ = 0;
  std::uint32_t body_start_ = 0;
  bool left_out_ = false;
  bool dest_twice_ = false;
  bool reply_twice_ = false;
  Span src_{}, dest_{}, body_{}, type_{}, msg_id_{}, in_reply_to_{}, ignored_{};
  const char* refusal_ = nullptr;
  const char* twice_ = nullptr;
};

/// Accepts any value that is not nested too deeply.
struct DepthHandler : rapidjson::BaseReaderHandler<StrictUtf8, DepthHandler> {
  explicit DepthHandler(std::uint32_t max_depth) : left(max_depth) {}
  bool StartObject() { return left-- > 0; }
  bool StartArray() { return left-- > 0; }
  bool EndObject(rapidjson::SizeType /*members*/) { return ++left > 0; }
  bool EndArray(rapidjson::SizeType /*elements*/) { return ++left > 0; }
  std::uint32_t left;
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
  if (*inside.at == '"') {
    ++inside.at;
  } else {  // an escape, a character beyond ASCII, or an error
    ParseStringToStream<narrows::json::kFlags, narrows::json::StrictUtf8,
                        narrows::json::StrictUtf8>(inside, inside);
    if (HasParseError()) return;
  }
  input.at = inside.at;
  const auto length = static_cast<SizeType>(inside.at - begin - 1);
  const bool goes_on =
      is_key ? handler.Key(begin, length, false) : handler.String(begin, length, false);
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
  if (!input.skip_number()) {
    SetParseError(kParseErrorValueInvalid, input.Tell());
  } else if (!handler.RawNumber(begin, static_cast<SizeType>(input.at - begin), false)) {
    SetParseError(kParseErrorTermination, input.Tell());
  }
}

template <>
template <>
inline void narrows::json::SpanReader::ParseNumber<narrows::json::kFlags, narrows::json::SpanStream,
                                                   narrows::json::DepthHandler>(
    narrows::json::SpanStream& input, narrows::json::DepthHandler& /*handler*/) {
  if (!input.skip_number()) SetParseError(kParseErrorValueInvalid, input.Tell());
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
  DepthHandler handler(max_depth_);
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
    if (key.find('\\') != std::string_view::npos && unescape(key) == name) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::optional<std::string_view> find_in_body(std::string_view body, std::string_view name) {
  constexpr std::string_view kBefore = R"({"src":"-","body":)";
  std::string line;
  line.reserve(kBefore.size() + body.size() + 1 + 1 + Decoder::kSlackBytes);
  line.append(kBefore).append(body).append("}");
  const Span all{0, static_cast<std::uint32_t>(line.size())};
  line.append(1 + Decoder::kSlackBytes, '\0');
  std::vector<Member> members(body.size() / 4 + 1);  // `"":0` is the shortest
  Decoder decoder(Decoder::kLargestMaxDepth);
  Message message{};
  decoder.decode(line.data(), all, members, message);
  const int index = find_member(line.data(), {members.data(), message.members}, name);
  if (index < 0) return std::nullopt;
  const Span value = members[static_cast<std::size_t>(index)].value;
  return body.substr(value.offset - kBefore.size(), value.length);
}

}  // namespace narrows::json
