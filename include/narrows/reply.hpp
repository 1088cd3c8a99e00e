// SPDX-License-Identifier: MIT
// What a handler answers: a type and the members of the body, in the order in which they are given.
//
// Ownership: literals and Raw values are referred to, everything else is copied.
// Errors: a key of more than 10 KiB, or a text of 4 GiB, throws std::length_error.
// Cost: no allocation for up to four members of literal names with Raw, number or bool values.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "narrows/detail/named_first.hpp"
#include "narrows/encode.hpp"
#include "narrows/error.hpp"
#include "narrows/name.hpp"
#include "narrows/request.hpp"

namespace narrows {

namespace detail {

/// What a reply keeps as it is, without making JSON of it first.
template <typename T>
concept Plain =
    std::integral<T> || std::floating_point<T> || std::convertible_to<const T&, std::string_view>;

template <typename T>
concept Structured = !Plain<T> && Encodable<T>;

}  // namespace detail

class Reply {
 public:
  /// How a member's value is written.
  enum class Kind : std::uint8_t { raw, text, integer, natural, real, boolean, null, latency };
  /// Longer texts are escaped before they reach the serializer.
  static constexpr std::size_t kLongText = 4096;
  /// Bytes of a key; escaped, it still has to fit into key_length.
  static constexpr std::size_t kLongestKey = 0xFFFF / 6;
  /// Members of a reply that is_lasting().
  static constexpr std::size_t kMostAtOnce = 4;

  struct Member {
    const char* key;
    union {
      const char* text;  // raw: JSON; text: to be escaped
      std::int64_t integer;
      double real;
      bool boolean;
    };
    std::uint32_t text_length;
    std::uint16_t key_length;
    Kind kind;
    bool lasting;  // key and text may be referred to until the reply has left
  };

  explicit Reply(Name type) : type_(type.text()) {
    if (!type.is_literal()) copy_type();
  }
  /// The error reply of Maelstrom's protocol.
  // NOLINTNEXTLINE(google-explicit-constructor): `return Error{…}` is what a handler writes
  Reply(const Error& error);
  /// No reply at all.
  [[nodiscard]] static Reply none();

  Reply(Reply&& other) noexcept
      : type_(other.type_),
        overflow_(std::move(other.overflow_)),
        size_(other.size_),
        lasting_(other.lasting_),
        views_kept_(other.views_kept_),
        is_none_(other.is_none_),
        is_error_(other.is_error_) {
    // All of them: a fixed number of bytes is copied faster than a counted one.
    std::memcpy(static_cast<void*>(&members_), &other.members_, sizeof members_);
    other.size_ = 0;
    other.is_none_ = true;
  }
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() = default;

  /// A value passed on as it came.
  Reply& raw(Name key, const Raw& value) & {
    if (key.is_free_literal() && value.lasts() != Raw::Lasts::callers && size_ < kInline)
        [[likely]] {
      Member& member = members_[size_++];
      member.key = key.text().data();
      member.text = value.text().data();
      member.text_length = static_cast<std::uint32_t>(value.text().size());
      member.key_length = static_cast<std::uint16_t>(key.text().size());
      member.kind = Kind::raw;
      member.lasting = value.lasts() == Raw::Lasts::batch;
      views_kept_ |= !member.lasting;
      return *this;
    }
    return add_raw(key, value);
  }
  Reply& set(Name key, std::string_view text) &;
  /// A null pointer becomes null.
  Reply& set(Name key, const char* text) & {
    return text == nullptr ? null(key) : set(key, std::string_view(text));
  }
  Reply& set(Name key, std::nullptr_t) & { return null(key); }
  Reply& set(Name key, std::same_as<bool> auto value) & { return set_boolean(key, value); }
  Reply& set(Name key, std::integral auto value) & requires(!std::same_as<decltype(value), bool>) {
    constexpr bool kIsSigned = std::signed_integral<decltype(value)>;
    return set_integer(key, static_cast<std::int64_t>(value),
                       kIsSigned ? Kind::integer : Kind::natural);
  }
  /// Not-a-number and the infinities, which JSON does not have, become null.
  Reply& set(Name key, std::floating_point auto value) & {
    return set_real(key, static_cast<double>(value));
  }
  /// Any other value (narrows/encode.hpp); an optional without one is null.
  template <detail::Structured T>
  Reply& set(Name key, const T& value) & {
    if constexpr (std::same_as<T, Raw>) {
      return raw(key, value);
    } else if constexpr (detail::kIsOptional<T>) {
      return value ? set(key, *value) : null(key);
    } else {
      return set_json(key, encode(value));
    }
  }
  Reply& null(Name key) &;
  /// Whole microseconds from the request's arrival to the moment when this member is written.
  Reply& latency(Name key) &;

  /// The same for `return reply("x").set(…)`.
  Reply&& raw(Name key, const Raw& value) && { return std::move(raw(key, value)); }
  Reply&& set(Name key, detail::Plain auto value) && { return std::move(set(key, value)); }
  Reply&& set(Name key, const detail::Structured auto& value) && {
    return std::move(set(key, value));
  }
  Reply&& set(Name key, std::nullptr_t) && { return std::move(null(key)); }
  Reply&& null(Name key) && { return std::move(null(key)); }
  Reply&& latency(Name key) && { return std::move(latency(key)); }

  [[nodiscard]] std::string_view type() const { return type_; }
  [[nodiscard]] bool is_none() const { return is_none_; }
  [[nodiscard]] bool is_error() const { return is_error_; }
  /// Nothing in it needs to be copied, and all members lie in first_members().
  [[nodiscard]] bool is_lasting() const { return lasting_ && !views_kept_; }
  /// Views of a kept request (its text: `from`) become views of what it was copied from.
  void move_views(std::string_view from, const char* to);
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Member* first_members() const { return members_.data(); }
  [[nodiscard]] const Member& member(std::size_t index) const;

 private:
  struct Overflow;  // what does not fit: further members, copied text
  struct Free {
    void operator()(Overflow* overflow) const;
  };
  static constexpr std::size_t kInline = kMostAtOnce;

  Reply() = default;
  void copy_type();
  Member& add(Name key, Kind kind);
  Reply& add_raw(Name key, const Raw& value);
  void set_text(Member& member, std::string_view text);
  Reply& set_boolean(Name key, bool value);
  Reply& set_integer(Name key, std::int64_t value, Kind kind);
  Reply& set_real(Name key, double value);
  Reply& set_json(Name key, std::string json);
  std::string_view keep(std::string_view text);
  Overflow& overflow();

  std::string_view type_;
  std::unique_ptr<Overflow, Free> overflow_;
  std::uint32_t size_ = 0;
  bool lasting_ = true;      // but for views of a kept request
  bool views_kept_ = false;  // it has such views
  bool is_none_ = false;
  bool is_error_ = false;
  std::array<Member, kInline> members_;  // the first size_ of them are set
};

/// A reply of this type, to be filled: reply("read_ok").set("value", 42).
[[nodiscard]] inline Reply reply(Name type) { return Reply(type); }

/// A message to another node, to be filled likewise.
[[nodiscard]] inline Reply message(Name type) { return Reply(type); }

/// A reply with a struct's fields as members; optional ones without a value are left out.
template <detail::HasFields T>
requires Encodable<T>
[[nodiscard]] Reply reply(Name type, const T& value) {
  static_assert(detail::leaves_names_free<T>(),
                "a reply's type is given apart, and the node sets msg_id and in_reply_to");
  Reply result(type);
  detail::for_each_field(value, [&](std::string_view name, const auto& member) {
    result.set(Name::lasting(name), member);
  });
  return result;
}

/// A message likewise.
template <detail::HasFields T>
requires Encodable<T>
[[nodiscard]] Reply message(Name type, const T& value) { return reply(type, value); }

namespace detail {
/// A message made of a temporary (detail/named_first.hpp).
class MessageOfTemporary : public Reply {
 public:
  explicit MessageOfTemporary(Reply&& message) : Reply(std::move(message)) {}
};
}  // namespace detail

template <typename T>
requires detail::HasFields<T> && Encodable<T> && detail::kIsFragile<T>
[[nodiscard]] detail::MessageOfTemporary message(Name type, T&& value) {
  return detail::MessageOfTemporary(reply(type, value));
}

}  // namespace narrows
