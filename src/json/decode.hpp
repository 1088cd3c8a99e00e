// SPDX-License-Identifier: MIT
// Reads one line of Maelstrom's protocol: the known fields as spans, all else validated and left
// raw.
//
// Ownership: the decoder keeps nothing; spans are offsets into the caller's buffer.
// Threads: a decoder belongs to one thread.
// Cost: one pass over the line, no allocation, about 100 ns for a small one; a fifth of that if it
//   has the shape of one of the last (see Shape). However deep a value, the stack does not grow.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "json/span.hpp"

namespace narrows::json {

/// What a line turned out to be.
enum class LineKind : std::uint8_t {
  request,            // a usable message
  late_reply,         // a message with `in_reply_to`: never answered
  malformed_request,  // `src` is known, but not all that a request needs
  malformed_line,     // nothing in it can be relied on
};

/// A decoded line. Spans are relative to the `base` given to Decoder::decode.
struct Message {
  struct Place {  // a Span that a union can hold
    std::uint32_t offset;
    std::uint32_t length;
  };

  Span src;   // between the quotes, escapes as they came; never empty in a usable message
  Span dest;  // likewise; empty when missing, repeated or no string
  Span type;  // likewise
  Span body;  // the object, braces included
  union {
    const char* reason;  // why it is malformed (a literal), else null
    Place reply_to;      // of a reply: the value of `in_reply_to`, anything but null
  };
  std::uint32_t msg_id_offset;
  std::uint32_t members;       // how many were stored
  std::uint8_t msg_id_length;  // digits; 0: the message has none
  LineKind kind;
  bool members_left_out;  // the body has more members than there was room for

  [[nodiscard]] std::string_view msg_id(const char* base) const {
    return {base + msg_id_offset, msg_id_length};
  }
  /// Precondition: kind is late_reply.
  [[nodiscard]] std::string_view in_reply_to(const char* base) const {
    return {base + reply_to.offset, reply_to.length};
  }
};

class Decoder {
 public:
  /// Readable bytes that must follow the terminator of every line handed to decode().
  static constexpr std::size_t kSlackBytes = 16;
  static constexpr std::uint32_t kLargestMaxDepth = 4096;

  explicit Decoder(std::uint32_t max_depth);
  Decoder(Decoder&& other) noexcept;
  ~Decoder();

  /// Decodes the line [base + line.offset, + line.length) into `message`. The byte behind it must
  /// be '\0', and kSlackBytes more must be readable. Body members other than `type`, `msg_id` and
  /// `in_reply_to` are stored to `members`, in order, as far as there is room. Of a malformed line
  /// only `kind` and `reason` are set. Numbers are as RFC 8259 has them, of any size.
  void decode(const char* base, Span line, std::span<Member> members, Message& message);

  /// True when [text, + length), terminated as above, is one JSON value.
  [[nodiscard]] bool is_value(const char* text, std::size_t length) const;

  /// Parses every line, also one that has a known shape: for tests.
  void parse(const char* base, Span line, std::span<Member> members, Message& message) const;

 private:
  struct Shapes;

  std::uint32_t max_depth_;
  std::unique_ptr<Shapes> shapes_;
};

/// The index of the last of `members` that has this name (escapes understood), or -1.
[[nodiscard]] int find_member(const char* base, std::span<const Member> members,
                              std::string_view name);

/// Its value, for a body whose members did not all fit into `members`: those behind are looked at
/// one by one. Cost: reads the rest of the body.
[[nodiscard]] std::optional<std::string_view> find_in_body(const char* base, Span body,
                                                           std::span<const Member> members,
                                                           std::string_view name);

}  // namespace narrows::json
