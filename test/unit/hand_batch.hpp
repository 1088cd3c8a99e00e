// SPDX-License-Identifier: MIT
// An outgoing batch as the dispatcher makes them, row by row, by hand.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "pipeline/batch.hpp"

namespace narrows::test {

class HandBatch {
 public:
  static constexpr pipeline::TypeId kEcho = 3;  // as a StageRig has it

  HandBatch() { batch.prefix = {kPrefix.data(), kPrefixSize}; }

  /// The next row has this origin.
  void begin(const pipeline::Origin& origin) {
    batch.origins[batch.origin_count++] = origin;
    begins_ = true;
  }

  /// The reply `{"type": "echo_ok", "in_reply_to": 7, "msg_id": …}`.
  pipeline::OutRow& answer(Ticks t2, Ticks t4) {
    using pipeline::OutFlags;
    pipeline::OutRow& row = add(OutFlags::kMessage | OutFlags::kAnswer, "echo_ok", t2, t4);
    row.in_reply_to = kDigits.data();
    row.in_reply_to_length = 1;
    row.msg_id = next_msg_id++;
    return row;
  }
  /// A request that closes without an answer.
  pipeline::OutRow& close(Ticks t2, Ticks t4, profile::Trouble trouble = profile::Trouble::none) {
    pipeline::OutRow& row = add(pipeline::OutFlags::kMessage, "", t2, t4);
    row.trouble = trouble;
    return row;
  }
  /// Lines that were no messages.
  pipeline::OutRow& bad(Ticks t2, Ticks t4, std::uint64_t lines = 1) {
    pipeline::OutRow& row = add(0, "", t2, t4);
    row.lines = lines;
    row.trouble = profile::Trouble::malformed_line;
    return row;
  }
  /// A message of the node's own. Its stamps say nothing.
  pipeline::OutRow& own(bool wants_reply = true) {
    constexpr Ticks kNothing = 0xABCDEF0123456789;
    pipeline::OutRow& row = add(pipeline::OutFlags::kAnswer, "gossip", kNothing, kNothing);
    row.in_reply_to = nullptr;
    row.in_reply_to_length = 0;
    row.msg_id = wants_reply ? next_msg_id++ : pipeline::OutRow::kNoMsgId;
    return row;
  }
  /// The latest row gets this member. `json` must stay.
  void member(std::string_view key, std::string_view json) {
    pipeline::OutField& field = batch.fields[batch.field_count++];
    field = {};
    field.key = key.data();
    field.key_length = static_cast<std::uint16_t>(key.size());
    field.kind = Reply::Kind::raw;
    field.text = json.data();
    field.text_length = static_cast<std::uint32_t>(json.size());
    ++batch.rows[batch.row_count - 1].fields;
  }

  pipeline::OutBatch batch{pipeline::kArenaBytes};
  std::uint64_t next_msg_id = 0;

 private:
  using Padded = std::array<char, 64>;

  pipeline::OutRow& add(int flags, std::string_view type, Ticks t2, Ticks t4) {
    pipeline::OutRow& row = batch.rows[batch.row_count++];
    row = {};
    if (begins_) flags |= pipeline::OutFlags::kNewOrigin;
    begins_ = false;
    row.flags = static_cast<std::uint8_t>(flags);
    row.t2 = t2;
    row.t4 = t4;
    if (flags != pipeline::OutFlags::kAnswer) batch.last_t4 = std::max(batch.last_t4, t4);
    row.type = type.data();
    row.type_length = static_cast<std::uint32_t>(type.size());
    row.dest = kClient.data();
    row.dest_length = 2;
    row.in_reply_to = kDigits.data();
    row.request_type = kEcho;
    row.trouble = profile::Trouble::none;
    return row;
  }

  static constexpr Padded kPrefix{"{\"src\": \"n1\", \"dest\": \""};
  static constexpr std::size_t kPrefixSize = 23;
  static constexpr Padded kClient{"c1"};
  static constexpr Padded kDigits{"7"};

  bool begins_ = false;
};

}  // namespace narrows::test
