// SPDX-License-Identifier: MIT
#include "json/decode.hpp"

#include <rapidjson/error/en.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "json/span_stream.hpp"
#include "json/string.hpp"

namespace narrows::json {
namespace {

constexpr unsigned kFlags =
    rapidjson::kParseInsituFlag | rapidjson::kParseNumbersAsStringsFlag;

/// What a look at all of a line's bytes says about how it must be read.
struct Alphabet {
  bool ascii;
  bool backslash;
};

Alphabet look_at(const char* text, std::size_t length) {
  std::size_t i = 0;
  bool high = false;
  bool backslash = false;
#if defined(__SSE2__)
  if (length >= 16) {
    // The last block overlaps its neighbour rather than touch the terminator, whose fresh one-byte
    // store would hold up a 16-byte load.
    const __m128i slash = _mm_set1_epi8('\\');
    __m128i any_high = _mm_setzero_si128();
    __m128i any_slash = _mm_setzero_si128();
    for (;; i += 16) {
      i = std::min(i, length - 16);
      const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i));
      any_high = _mm_or_si128(any_high, bytes);
      any_slash = _mm_or_si128(any_slash, _mm_cmpeq_epi8(bytes, slash));
      if (i == length - 16) break;
    }
    high = _mm_movemask_epi8(any_high) != 0;
    backslash = _mm_movemask_epi8(any_slash) != 0;
    i = length;
  }
#endif
  for (; i < length; ++i) {
    high |= (static_cast<unsigned char>(text[i]) & 0x80) != 0;
    backslash |= text[i] == '\\';
  }
  return {!high, backslash};
}

std::uint64_t load_prefix(const char* key, std::size_t length) {
  std::uint64_t bytes = 0;  // 16 readable bytes lie behind every line
  std::memcpy(&bytes, key, sizeof bytes);
  if constexpr (std::endian::native == std::endian::big) bytes = __builtin_bswap64(bytes);
  return length >= 8 ? bytes : bytes & ((std::uint64_t{1} << (8 * length)) - 1);
}

constexpr std::uint64_t prefix_of(std::string_view key) {
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(key.size(), 8); ++i) {
    bytes |= std::uint64_t{static_cast<unsigned char>(key[i])} << (8 * i);
  }
  return bytes;
}

/// True for the digits of an integer of 0 to 2^63 - 1, given a valid JSON number.
bool is_msg_id(std::string_view number) {
  if (number.size() > 19) return false;
  for (const char digit : number) {
    if (digit < '0' || digit > '9') return false;
  }
  return number.size() < 19 || number <= "9223372036854775807";
}

/// The inside of a string value; empty for any other value and for none.
Span inside_of_string(const char* base, Span value) {
  if (value.length < 2 || base[value.offset] != '"') return {};
  return {value.offset + 1, value.length - 2};
}

/// RapidJSON's events for one line. A key chooses the slot that its value's span is stored to;
/// what the values are worth is looked at once, in finish().
class LineHandler : public rapidjson::BaseReaderHandler<StrictUtf8, LineHandler> {
 public:
  LineHandler(const char* base, const SpanStream& stream, bool escapes, std::uint32_t max_depth,
              std::span<Member> members)
      : base_(base), stream_(stream), members_(members), max_depth_(max_depth), escapes_(escapes) {}

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
    const std::uint64_t prefix = load_prefix(text, length);
    if (escapes_) return escaped_key(text, length, prefix);
    choose_slot(prefix, {text, length}, span(text, length));
    return true;
  }

  bool StartObject() {
    if (depth_ == focus_) {
      start_ = here() - 1;
      if (slot_ == &body_ && focus_ == 1) focus_ = 2;
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

  /// The message, once RapidJSON has accepted the line.
  Message finish() {
    Message message{};
    message.src = inside_of_string(base_, src_);
    message.dest = inside_of_string(base_, dest_);
    message.type = inside_of_string(base_, type_);
    message.body = body_;
    message.msg_id = msg_id_;
    message.members = stored_;
    message.members_left_out = left_out_;
    message.type_escaped =
        escapes_ && message.type.in(base_).find('\\') != std::string_view::npos;
    if (message.src.length == 0) return malformed("no usable `src`");
    if (msg_id_.length != 0 && !is_msg_id(msg_id_.in(base_))) {
      return malformed("`msg_id` is no integer of 0 to 2^63-1");
    }
    const bool replies = in_reply_to_.length != 0 && base_[in_reply_to_.offset] != 'n';
    if (twice_ != nullptr) {
      message.reason = twice_;
      if (twice_ == kDestTwice) message.dest = {};
      if (twice_ == kDestTwice && replies) message.reason = nullptr;
    } else if (body_.length == 0 || base_[body_.offset] != '{') {
      message.reason = "no usable `body`";
    } else if (type_.length == 0 || base_[type_.offset] != '"') {
      message.reason = "no usable `type`";
    }
    message.kind = replies && twice_ != kReplyTwice ? LineKind::late_reply
                   : message.reason != nullptr      ? LineKind::malformed_request
                                                    : LineKind::request;
    return message;
  }

  Message malformed(const char* reason) const {
    Message message{};
    message.kind = LineKind::malformed_line;
    message.reason = refusal_ != nullptr ? refusal_ : reason;
    return message;
  }

 private:
  static constexpr const char* kDestTwice = "`dest` is there twice";
  static constexpr const char* kTypeTwice = "`type` is there twice";
  static constexpr const char* kReplyTwice = "`in_reply_to` is there twice";

  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(stream_.at - base_); }
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
  bool deeper() {
    if (focus_ == 2 && depth_ == 1) body_start_ = start_;
    return ++depth_ <= max_depth_ || refuse("nested too deeply");
  }
  bool container_end() {
    return depth_ != focus_ || value({start_, here() - start_});
  }

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
    if (slot_ == &type_) twice_ = kTypeTwice;
    if (slot_ == &in_reply_to_) twice_ = kReplyTwice;
    *slot_ = text;
    return true;
  }

  void choose_slot(std::uint64_t prefix, std::string_view name, Span key) {
    if (focus_ == 1) {
      slot_ = prefix == prefix_of("src")    ? &src_
              : prefix == prefix_of("dest") ? &dest_
              : prefix == prefix_of("body") ? &body_
                                            : &ignored_;
      ignored_ = {};
    } else if (prefix == prefix_of("type")) {
      slot_ = &type_;
    } else if (prefix == prefix_of("msg_id")) {
      slot_ = &msg_id_;
    } else if (prefix == prefix_of("in_reply_to") && name == "in_reply_to") {
      slot_ = &in_reply_to_;
    } else if (stored_ < members_.size()) {
      Member& member = members_[stored_++];
      member = {prefix, key, {}};
      slot_ = &member.value;
    } else {
      left_out_ = true;
      ignored_ = {};
      slot_ = &ignored_;
    }
  }

  bool escaped_key(const char* text, std::size_t length, std::uint64_t prefix) {
    const std::string_view name{text, length};
    if (name.find('\\') == std::string_view::npos) {
      choose_slot(prefix, name, span(text, length));
    } else {
      const std::string decoded = unescape(name);
      choose_slot(prefix_of(decoded), decoded, span(text, length));
    }
    return true;
  }

  const char* base_;
  const SpanStream& stream_;
  std::span<Member> members_;
  Span src_{}, dest_{}, body_{}, type_{}, msg_id_{}, in_reply_to_{}, ignored_{};
  Span* slot_ = &ignored_;
  const char* refusal_ = nullptr;
  const char* twice_ = nullptr;
  // Not side by side: compared as one 8-byte load, they would wait for the 4-byte store before it.
  std::uint32_t depth_ = 0;
  std::uint32_t max_depth_;
  std::uint32_t focus_ = kNoFocus;  // the depth whose members matter: 1, or 2 in the body
  std::uint32_t stored_ = 0;
  std::uint32_t start_ = 0;
  std::uint32_t body_start_ = 0;
  bool escapes_;
  bool left_out_ = false;

  static constexpr std::uint32_t kNoFocus = ~std::uint32_t{0};
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

Message Decoder::decode(const char* base, Span line, std::span<Member> members) {
  const Alphabet alphabet = look_at(base + line.offset, line.length);
  SpanStream stream(base + line.offset);
  LineHandler handler(base, stream, alphabet.backslash, max_depth_, members);
  SpanReader reader;
  const rapidjson::ParseResult result =
      alphabet.ascii
          ? reader.Parse<kFlags>(stream, handler)
          : reader.Parse<kFlags | rapidjson::kParseValidateEncodingFlag>(stream, handler);
  if (!result) return handler.malformed(rapidjson::GetParseError_En(result.Code()));
  if (stream.at != base + line.offset + line.length) return handler.malformed("a NUL byte");
  return handler.finish();
}

bool Decoder::is_value(const char* text, std::size_t length) {
  const Alphabet alphabet = look_at(text, length);
  SpanStream stream(text);
  DepthHandler handler(max_depth_);
  SpanReader reader;
  const rapidjson::ParseResult result =
      alphabet.ascii
          ? reader.Parse<kFlags>(stream, handler)
          : reader.Parse<kFlags | rapidjson::kParseValidateEncodingFlag>(stream, handler);
  return !result.IsError() && stream.at == text + length;
}

int find_member(const char* base, std::span<const Member> members, std::string_view name) {
  const std::uint64_t prefix = prefix_of(name);
  for (std::size_t i = members.size(); i-- > 0;) {
    const Member& member = members[i];
    if (member.prefix != prefix) continue;
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
  const Message message = decoder.decode(line.data(), all, members);
  const int index = find_member(line.data(), {members.data(), message.members}, name);
  if (index < 0) return std::nullopt;
  const Span value = members[static_cast<std::size_t>(index)].value;
  return body.substr(value.offset - kBefore.size(), value.length);
}

}  // namespace narrows::json
