// SPDX-License-Identifier: MIT
// What travels between the stages: batches of messages, in arrays, recycled.
//
// Invariants
// 1. An InBatch holds the complete lines of one read, in order, a row a line (runs of bad lines of
//    one kind share a row). The parser writes it, then hands it over and writes it no more until it
//    has come back.
// 2. An OutBatch holds outgoing messages and closed books, in the order in which they leave. The
//    dispatcher writes it, then the serializer reads it.
// 3. An outgoing row may point into an InBatch. That goes back to the parser's pool only after the
//    OutBatch that carries it along (`release`) has been encoded, and that is the last one that
//    points into it.
// 4. No cache line is written by two threads while the batch is on its way.
//
// Bound: all arrays have a fixed size; whoever fills one looks first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.hpp"
#include "json/decode.hpp"
#include "json/encode.hpp"
#include "json/span.hpp"
#include "narrows/reply.hpp"
#include "profile/books.hpp"

namespace narrows::pipeline {

inline constexpr std::size_t kReadBytes = std::size_t{64} << 10;
inline constexpr std::size_t kCarryBytes = std::size_t{4} << 10;  // room for an unfinished line
inline constexpr std::uint32_t kRows = 1024;
inline constexpr std::uint32_t kMembers = 2048;
inline constexpr std::uint32_t kMembersPerMessage = 64;  // always indexed; further ones if room
inline constexpr std::size_t kArenaBytes = std::size_t{64} << 10;

/// A type's number: its place among the registered ones.
using TypeId = std::uint16_t;
inline constexpr TypeId kOtherType = 0;

/// Lines that are no messages.
enum class BadLine : std::uint8_t { none, malformed, oversized, blank };

/// One line as the parser leaves it; or a run of bad ones.
struct InRow {
  json::Message message;
  union {
    std::uint32_t first_member;  // of a message
    std::uint32_t lines;         // of a run of bad lines
  };
  TypeId type_id;
  BadLine bad;

  [[nodiscard]] bool is_message() const { return bad == BadLine::none; }
};
static_assert(sizeof(InRow) == 64);

struct InBatch {
  InBatch(std::size_t bytes, std::uint32_t most_rows, std::uint32_t most_members)
      : text_bytes(bytes),
        row_capacity(most_rows),
        member_capacity(most_members),
        text(std::make_unique_for_overwrite<char[]>(bytes + 2 * json::Decoder::kSlackBytes)),
        rows(std::make_unique_for_overwrite<InRow[]>(most_rows)),
        t2(std::make_unique_for_overwrite<Ticks[]>(most_rows)),
        members(std::make_unique_for_overwrite<json::Member[]>(most_members)) {}

  const std::size_t text_bytes;  // slack for the decoder not counted
  const std::uint32_t row_capacity;
  const std::uint32_t member_capacity;
  const std::unique_ptr<char[]> text;
  const std::unique_ptr<InRow[]> rows;
  const std::unique_ptr<Ticks[]> t2;  // of each row
  const std::unique_ptr<json::Member[]> members;
  bool is_long = false;  // the one for a line that is longer than a batch

  std::size_t filled = 0;   // bytes of text
  std::size_t parsed = 0;   // up to here the rows go
  std::size_t scanned = 0;  // up to here there is no newline left
  std::uint32_t row_count = 0;
  std::uint32_t member_count = 0;
  Ticks t0 = 0;  // of all rows
  Ticks t1 = 0;  // of the first row; then the previous row's t2
  profile::ParserWaits waited;
};

/// A member of an outgoing body; key and text lie in literals, in the InBatch or in the arena.
using OutField = Reply::Member;

/// What the serializer is to do with a row. A message of the node's own (an RPC's request, gossip)
/// is an answer that is no message: kAnswer alone.
struct OutFlags {
  static constexpr std::uint8_t kAnswer = 1;     // encode it; else the book closes silently
  static constexpr std::uint8_t kNewOrigin = 2;  // t0, t1 and t3 are the next of `origins`
  static constexpr std::uint8_t kMessage = 4;    // counts as a message
  static constexpr std::uint8_t kOwnSource = 8;  // the first field is the reply's `src`
  static constexpr std::uint8_t kStats = 16;     // to be filled in with the figures
  static constexpr std::uint8_t kReset = 32;     // … after which they start anew
  static constexpr std::uint8_t kHeadline = 64;  // … only the first of them
  static constexpr std::uint8_t kLast = 128;     // … of the last second
};

/// One outgoing message, with the stamps of the request that it answers; or a closed book. One of
/// the node's own may stand anywhere and changes no chain: its stamps are not read.
struct alignas(64) OutRow {
  /// A message that wants no reply, and so has no number.
  static constexpr std::uint64_t kNoMsgId = ~std::uint64_t{0};

  Ticks t2;
  Ticks t4;
  union {
    std::uint64_t msg_id;  // kNoMsgId: without one; only of the node's own
    std::uint64_t lines;   // of a closed book: how many lines it stands for
  };
  const char* type;
  const char* dest;
  const char* in_reply_to;  // the digits; none: of the node's own
  std::uint32_t type_length;
  std::uint32_t dest_length;
  std::uint16_t fields;
  TypeId request_type;
  std::uint8_t in_reply_to_length;
  std::uint8_t flags;
  profile::Trouble trouble;
};
static_assert(sizeof(OutRow) == 64);

/// Where a chain of stamps begins: the rows behind it have its t0, the previous row's t2 as t1 and
/// the previous row's t4 as t3.
///
/// A request whose handler waited closes later, in any batch: its row has an origin of its own,
/// with `awaited`, the ticks in which the handler was suspended, and its t4 is the end of the
/// handler's last slice of work. The chain of the rows before it does not go on behind it: the next
/// row (but for the node's own) begins another.
struct Origin {
  Origin() = default;
  Origin(Ticks received, Ticks parse, Ticks dispatch, Ticks suspended = 0)
      : t0(received), t1(parse), t3(dispatch), awaited(suspended) {}

  Ticks t0;
  Ticks t1;
  Ticks t3;
  Ticks awaited;
};

struct OutBatch {
  explicit OutBatch(std::size_t bytes)
      : arena_bytes(bytes),
        rows(std::make_unique_for_overwrite<OutRow[]>(kRows)),
        fields(std::make_unique_for_overwrite<OutField[]>(kMembers)),
        origins(std::make_unique_for_overwrite<Origin[]>(kRows)),
        arena(std::make_unique_for_overwrite<char[]>(bytes + json::Cursor::kPadding)) {}

  const std::size_t arena_bytes;
  const std::unique_ptr<OutRow[]> rows;
  const std::unique_ptr<OutField[]> fields;
  const std::unique_ptr<Origin[]> origins;
  const std::unique_ptr<char[]> arena;  // bytes that are not in the InBatch
  bool is_long = false;                 // the one for a reply that is larger than an arena

  std::uint32_t row_count = 0;
  std::uint32_t field_count = 0;
  std::uint32_t origin_count = 0;
  std::size_t arena_used = 0;
  std::string_view prefix;     // `{"src": "n1", "dest": "`, the dispatcher's; padded
  InBatch* release = nullptr;  // goes back to the parser once this batch is encoded
  Ticks last_t4 = 0;
  profile::ParserWaits waited;  // the InBatch's, in the first batch that has rows of it

  void clear() {
    row_count = field_count = origin_count = 0;
    arena_used = 0;
    waited = {};
    release = nullptr;
  }
};

}  // namespace narrows::pipeline
