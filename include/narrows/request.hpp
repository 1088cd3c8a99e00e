// SPDX-License-Identifier: MIT
// A message as a handler sees it: a view that converts only what is asked for.
//
// Ownership: everything here points into the node's buffers and ends with the handler's return.
// Threads: a request belongs to the handler that it was given to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "narrows/decode.hpp"
#include "narrows/raw.hpp"

namespace narrows {

namespace json {
struct Member;
}
namespace pipeline {
struct InRow;
class Dispatcher;
class KeptMessage;
}  // namespace pipeline

class Request {
 public:
  /// As written between the quotes, escapes included.
  [[nodiscard]] std::string_view src() const;
  [[nodiscard]] std::string_view dest() const;
  [[nodiscard]] std::string_view type() const;
  /// None: whoever sent it wants no reply.
  [[nodiscard]] std::optional<std::int64_t> msg_id() const;
  /// The whole body, braces included.
  [[nodiscard]] std::string_view body() const;

  /// A member of the body (other than type, msg_id and in_reply_to), or none. Of members with the
  /// same name the last counts.
  [[nodiscard]] std::optional<Raw> find(std::string_view name) const;

  /// The same, converted. Each throws Error (malformed_request), naming the member, when it is
  /// missing or no such value.
  [[nodiscard]] Raw raw(std::string_view name) const;
  [[nodiscard]] std::string text(std::string_view name) const;
  [[nodiscard]] std::int64_t integer(std::string_view name) const;
  [[nodiscard]] double number(std::string_view name) const;
  [[nodiscard]] bool boolean(std::string_view name) const;

  /// The whole body as a struct of the user's (narrows/decode.hpp); type, msg_id and in_reply_to
  /// are members like any other.
  template <Decodable T>
  [[nodiscard]] T as() const {
    if constexpr (detail::HasFields<T>) {
      if constexpr (detail::leaves_names_free<T>()) {
        if (has_all_members()) return from_members<T>();
      }
    }
    return detail::decode_named<T>(raw_of(body()), {});
  }
  /// A member of the body, converted; an optional is nothing when it is missing.
  template <Decodable T>
  [[nodiscard]] T get(std::string_view name) const {
    T value{};
    get_into(name, value);
    return value;
  }
  /// The same, or `fallback` when it is missing or null.
  template <Decodable T>
  [[nodiscard]] T get_or(std::string_view name, T fallback) const {
    const std::optional<Raw> found = find(name);
    if (!found || found->kind() == Raw::Kind::null) return fallback;
    return detail::decode_named<T>(*found, name);
  }

 private:
  friend class pipeline::Dispatcher;
  friend class pipeline::KeptMessage;
  Request(const char* base, const pipeline::InRow& row, const json::Member* members,
          Raw::Lasts lasts)
      : base_(base), row_(&row), members_(members), lasts_(lasts) {}
  Request(const Request&) = default;  // which does not last longer than the first
  Request& operator=(const Request&) = default;
  [[nodiscard]] Raw raw_of(std::string_view text) const { return {text, lasts_}; }

  /// find() need not look at the body's text.
  [[nodiscard]] bool has_all_members() const;
  /// The same as decoding the body, by way of what the parser has found already.
  template <typename T>
  [[nodiscard]] T from_members() const {
    T value{};
    std::apply([&](const auto&... field) { (get_into(field.name, value.*field.member), ...); },
               detail::kFields<T>);
    return value;
  }
  template <typename T>
  void get_into(std::string_view name, T& value) const {
    if constexpr (detail::kIsOptional<T>) {
      const std::optional<Raw> found = find(name);
      if (found) {
        detail::decode_into(*found, name, value);
      } else {
        value.reset();
      }
    } else {
      detail::decode_into(raw(name), name, value);
    }
  }

  const char* base_;
  const pipeline::InRow* row_;
  const json::Member* members_;
  Raw::Lasts lasts_;
};

}  // namespace narrows
