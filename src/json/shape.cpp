// SPDX-License-Identifier: MIT
#include "json/shape.hpp"

#include <algorithm>
#include <cstring>

#include "json/scan.hpp"

namespace narrows::json {
namespace {

/// Compares in blocks; behind the line's text there is always a block more to read.
bool same(const char* text, const char* expected, std::size_t size) {
#if defined(__SSE2__)
  for (;; text += 16, expected += 16, size -= 16) {
    const __m128i equal =
        _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(text)),
                       _mm_loadu_si128(reinterpret_cast<const __m128i*>(expected)));
    const auto differ = ~static_cast<unsigned>(_mm_movemask_epi8(equal)) & 0xFFFFU;
    if (size <= 16) return (differ & ((1U << size) - 1U)) == 0;
    if (differ != 0) return false;
  }
#else
  return std::memcmp(text, expected, size) == 0;
#endif
}

/// Digits of a natural number that a double's range surely has room for.
constexpr std::ptrdiff_t kSurelyInRange = 300;

bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

/// JSON's whitespace, but for the newline that ends a line.
bool is_space(char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; }

}  // namespace

bool Shape::read(const char* base, Span line, std::span<Member> members, Message& message) const {
  if (members.size() < member_count_) return false;
  const char* at = base + line.offset;
  const char* const end = at + line.length;
  std::array<const char*, kMostHoles + 1> ends;  // of the holes; [0] is the line's beginning
  ends[0] = at;
  Member* member = members.data();
  message.src = {};
  message.dest = {};
  message.msg_id_offset = 0;
  message.msg_id_length = 0;
  for (std::size_t i = 0; i < hole_count_; ++i) {
    const Hole& hole = holes_[i];
    // A hole's scan ends at the terminator at the latest, so no text is taken from behind it: a
    // fixed text holds no NUL.
    if (!same(at, text_.data() + hole.text, hole.size)) return false;
    const char* const begin = at + hole.size;
    if (hole.is_string) {
      at = end_of_plain_text(begin);
      if (*at != '"') return false;
    } else {
      at = begin;
      while (is_digit(*at)) ++at;
      if (at == begin || (*begin == '0' && at != begin + 1)) return false;
      if (at - begin > kSurelyInRange) return false;
    }
    const Span inside{static_cast<std::uint32_t>(begin - base),
                      static_cast<std::uint32_t>(at - begin)};
    ends[i + 1] = at;
    switch (hole.role) {
      case Role::src: message.src = inside; break;
      case Role::dest: message.dest = inside; break;
      case Role::msg_id:
        if (inside.length > 18) return false;  // may be out of range
        message.msg_id_offset = inside.offset;
        message.msg_id_length = static_cast<std::uint8_t>(inside.length);
        break;
      case Role::member: {
        const std::uint32_t quotes = hole.is_string ? 1 : 0;
        member->prefix = hole.prefix;
        member->key = {inside.offset - quotes - hole.key_back, hole.key_size};
        member->value = {inside.offset - quotes, inside.length + 2 * quotes};
        ++member;
        break;
      }
      case Role::ignored: break;
    }
  }
  if (at + last_size_ != end || !same(at, text_.data() + last_text_, last_size_)) return false;
  if (message.src.length == 0) return false;
  const auto place = [&](Anchor anchor) {
    return static_cast<std::uint32_t>(ends[anchor.hole] - base + anchor.offset);
  };
  message.type = {place(type_), type_size_};
  message.body = {place(body_begin_), place(body_end_) - place(body_begin_)};
  message.reason = nullptr;
  message.members = member_count_;
  message.kind = LineKind::request;
  message.members_left_out = false;
  return true;
}

/// Walks over a valid line once.
class Shape::Learner {
 public:
  Learner(Shape& shape, const char* base, Span line, const Message& message,
          std::span<const Member> members)
      : shape_(shape),
        base_(base),
        begin_(base + line.offset),
        end_(begin_ + line.length),
        text_begin_(begin_),
        message_(message),
        members_(members) {}

  bool learn() {
    bool is_value = false;  // a colon came last
    int depth = 0;
    for (const char* at = begin_; at != end_;) {
      const bool was_value = is_value;
      if (*at == '"') {
        const char* const close = end_of_plain_text(at + 1);
        if (*close != '"') return false;
        if (was_value && !is_type(at + 1) && !add_hole(at + 1, close, true)) return false;
        at = close + 1;
        is_value = false;
      } else if (was_value && (is_digit(*at) || *at == '-')) {
        const char* stop = at;
        while (is_digit(*stop)) ++stop;
        const bool natural = stop != at && (*stop == ',' || *stop == '}' || *stop == ' ');
        if (!natural || !add_hole(at, stop, false)) return false;
        at = stop;
        is_value = false;
      } else if (*at == '[') {
        return false;
      } else {
        if (*at == '{' && ++depth > 2) return false;
        if (*at == '}') --depth;
        // Whitespace between the colon and its value is no value.
        is_value = *at == ':' || (was_value && is_space(*at));
        ++at;
      }
    }
    return finish();
  }

 private:
  [[nodiscard]] std::uint32_t offset_of(const char* at) const {
    return static_cast<std::uint32_t>(at - base_);
  }
  [[nodiscard]] bool is_type(const char* inside) const {
    return offset_of(inside) == message_.type.offset;
  }

  /// Notes the fixed text up to `until`; false when there is no room.
  bool add_text(const char* until, std::uint16_t& text, std::uint16_t& size) {
    const auto bytes = static_cast<std::size_t>(until - text_begin_);
    const std::size_t blocks = (bytes + kBlock - 1) / kBlock * kBlock;
    if (text_used_ + blocks + kBlock > kTextBytes) return false;
    std::memcpy(shape_.text_.data() + text_used_, text_begin_, bytes);
    text = static_cast<std::uint16_t>(text_used_);
    size = static_cast<std::uint16_t>(bytes);
    text_used_ += blocks;
    return true;
  }

  bool add_hole(const char* begin, const char* end, bool is_string) {
    if (shape_.hole_count_ == kMostHoles) return false;
    Hole& hole = shape_.holes_[shape_.hole_count_];
    if (!add_text(begin, hole.text, hole.size)) return false;
    hole.is_string = is_string;
    hole.role = Role::ignored;
    const std::uint32_t offset = offset_of(begin);
    const std::uint32_t value = is_string ? offset - 1 : offset;
    if (offset == message_.src.offset) hole.role = Role::src;
    if (offset == message_.dest.offset) hole.role = Role::dest;
    if (message_.msg_id_length != 0 && offset == message_.msg_id_offset) hole.role = Role::msg_id;
    if (next_member_ < members_.size() && members_[next_member_].value.offset == value) {
      const Member& member = members_[next_member_++];
      hole.role = Role::member;
      hole.prefix = member.prefix;
      hole.key_back = static_cast<std::uint16_t>(value - member.key.offset);
      hole.key_size = static_cast<std::uint16_t>(member.key.length);
    }
    hole_ends_[++shape_.hole_count_] = end;
    text_begin_ = end;
    return true;
  }

  /// The place of an offset that lies in fixed text.
  [[nodiscard]] Anchor anchor(std::uint32_t offset) const {
    Anchor anchor;
    const char* const at = base_ + offset;
    for (std::size_t i = 1; i <= shape_.hole_count_ && hole_ends_[i] <= at; ++i) {
      anchor.hole = static_cast<std::uint8_t>(i);
    }
    const char* const from = anchor.hole == 0 ? begin_ : hole_ends_[anchor.hole];
    anchor.offset = static_cast<std::uint16_t>(at - from);
    return anchor;
  }

  [[nodiscard]] bool has(Role role) const {
    const auto holes = std::span(shape_.holes_).first(shape_.hole_count_);
    return std::ranges::any_of(holes, [role](const Hole& hole) { return hole.role == role; });
  }

  bool finish() {
    if (next_member_ != members_.size()) return false;  // one is true, false, null or a container
    if (message_.dest.length != 0 && !has(Role::dest)) return false;
    if (message_.msg_id_length != 0 && !has(Role::msg_id)) return false;
    if (!add_text(end_, shape_.last_text_, shape_.last_size_)) return false;
    shape_.member_count_ = static_cast<std::uint16_t>(members_.size());
    shape_.type_ = anchor(message_.type.offset);
    shape_.type_size_ = static_cast<std::uint16_t>(message_.type.length);
    shape_.body_begin_ = anchor(message_.body.offset);
    shape_.body_end_ = anchor(message_.body.offset + message_.body.length);
    return true;
  }

  Shape& shape_;
  const char* base_;
  const char* begin_;
  const char* end_;
  const char* text_begin_;  // of the fixed text that is not noted yet
  const Message& message_;
  std::span<const Member> members_;
  std::size_t next_member_ = 0;
  std::size_t text_used_ = 0;
  std::array<const char*, kMostHoles + 1> hole_ends_{};
};

bool Shape::learn(const char* base, Span line, const Message& message,
                  std::span<const Member> members) {
  constexpr std::uint32_t kLongestLine = 4096;
  if (line.length > kLongestLine || message.kind != LineKind::request || message.members_left_out) {
    return false;
  }
  *this = Shape();
  return Learner(*this, base, line, message, members).learn();
}

}  // namespace narrows::json
