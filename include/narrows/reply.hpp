// SPDX-License-Identifier: MIT
// What a handler answers: a type and the members of the body, in the order in which they are given.
//
// Ownership: literals and Raw values are referred to, everything else is copied.
// Cost: no allocation for up to four members of literal names with Raw, number or bool values.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "narrows/error.hpp"
#include "narrows/name.hpp"
#include "narrows/request.hpp"

namespace narrows {

class Reply {
 public:
  /// How a member's value is written.
  enum class Kind : std::uint8_t { raw, text, integer, real, boolean, null, latency };

  struct Member {
    std::string_view key;
    std::string_view text;  // raw: JSON; text: to be escaped
    union {
      std::int64_t integer;
      double real;
      bool boolean;
    };
    Kind kind;
    bool key_is_literal;
  };

  explicit Reply(Name type);
  /// The error reply of Maelstrom's protocol.
  // NOLINTNEXTLINE(google-explicit-constructor): `return Error{…}` is what a handler writes
  Reply(const Error& error);
  /// No reply at all.
  [[nodiscard]] static Reply none();

  Reply(Reply&& other) noexcept;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();

  /// A value passed on as it came.
  Reply& raw(Name key, const Raw& value) &;
  Reply& set(Name key, std::string_view text) &;
  Reply& set(Name key, const char* text) & { return set(key, std::string_view(text)); }
  Reply& set(Name key, std::same_as<bool> auto value) & { return set_boolean(key, value); }
  Reply& set(Name key, std::integral auto value) & requires(!std::same_as<decltype(value), bool>)
  {
    return set_integer(key, static_cast<std::int64_t>(value));
  }
  /// Not-a-number and the infinities, which JSON does not have, become null.
  Reply& set(Name key, std::floating_point auto value) & {
    return set_real(key, static_cast<double>(value));
  }
  Reply& null(Name key) &;
  /// Whole microseconds from the request's arrival to the moment when this member is written.
  Reply& latency(Name key) &;

  /// The same for `return reply("x").set(…)`.
  Reply&& raw(Name key, const Raw& value) && { return std::move(raw(key, value)); }
  Reply&& set(Name key, auto value) && { return std::move(set(key, value)); }
  Reply&& null(Name key) && { return std::move(null(key)); }
  Reply&& latency(Name key) && { return std::move(latency(key)); }

  [[nodiscard]] std::string_view type() const { return type_; }
  [[nodiscard]] bool type_is_literal() const { return type_is_literal_; }
  [[nodiscard]] bool is_none() const { return is_none_; }
  [[nodiscard]] bool is_error() const { return is_error_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Member& member(std::size_t index) const;

 private:
  struct Overflow;  // what does not fit: further members, copied text
  static constexpr std::size_t kInline = 4;

  Reply() = default;
  Member& add(Name key, Kind kind);
  Reply& set_boolean(Name key, bool value);
  Reply& set_integer(Name key, std::int64_t value);
  Reply& set_real(Name key, double value);
  std::string_view keep(std::string_view text);
  Overflow& overflow();

  std::string_view type_;
  std::unique_ptr<Overflow> overflow_;
  std::uint32_t size_ = 0;
  bool type_is_literal_ = true;
  bool is_none_ = false;
  bool is_error_ = false;
  std::array<Member, kInline> members_;  // the first size_ of them are set
};

/// A reply of this type, to be filled: reply("read_ok").set("value", 42).
[[nodiscard]] inline Reply reply(Name type) { return Reply(type); }

}  // namespace narrows
