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

namespace narrows {

namespace json {
struct Member;
}
namespace pipeline {
struct InRow;
class Dispatcher;
class KeptMessage;
}  // namespace pipeline

/// The text of one valid JSON value, exactly as it came. Passing it on changes nothing.
class Raw {
 public:
  /// Takes text of the caller's; throws Error (malformed_request) unless it is one JSON value.
  [[nodiscard]] static Raw checked(std::string_view json);

  [[nodiscard]] std::string_view text() const { return text_; }
  /// It lies in a request of the batch, and so lasts until the reply has left.
  [[nodiscard]] bool is_requests() const { return lasts_ == Lasts::batch; }
  /// It lasts at least until the reply has been handed over.
  [[nodiscard]] bool outlives_reply() const { return lasts_ != Lasts::callers; }

 private:
  friend class Request;
  enum class Lasts : std::uint8_t {
    batch,    // until the reply has left
    kept,     // as long as its message is kept: until the handler has ended
    callers,  // nobody knows
  };
  Raw(std::string_view text, Lasts lasts) : text_(text), lasts_(lasts) {}

  std::string_view text_;
  Lasts lasts_;
};

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

 private:
  friend class pipeline::Dispatcher;
  friend class pipeline::KeptMessage;
  Request(const char* base, const pipeline::InRow& row, const json::Member* members, bool is_kept)
      : base_(base), row_(&row), members_(members), is_kept_(is_kept) {}
  [[nodiscard]] Raw raw_of(std::string_view text) const {
    return {text, is_kept_ ? Raw::Lasts::kept : Raw::Lasts::batch};
  }

  const char* base_;
  const pipeline::InRow* row_;
  const json::Member* members_;
  bool is_kept_;
};

}  // namespace narrows
