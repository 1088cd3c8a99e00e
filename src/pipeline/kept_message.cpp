// SPDX-License-Identifier: MIT
#include "pipeline/kept_message.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

namespace narrows::pipeline {
namespace {

/// Readable bytes behind the text, as everything that reads a batch wants them.
constexpr std::size_t kSlack = json::Decoder::kSlackBytes;

std::size_t bytes_before_text(const InRow& row) {
  return sizeof(InRow) + row.message.members * sizeof(json::Member);
}

}  // namespace

/// Where the parts of the message lie.
KeptMessage::Extent KeptMessage::extent_of(const InRow& row) {
  const json::Message& message = row.message;
  Extent extent{std::numeric_limits<std::size_t>::max(), 0};
  const auto take = [&](std::size_t offset, std::size_t length) {
    if (length == 0) return;
    extent.begin = std::min(extent.begin, offset);
    extent.end = std::max(extent.end, offset + length);
  };
  for (const json::Span& span : {message.src, message.dest, message.type, message.body}) {
    take(span.offset, span.length);
  }
  take(message.msg_id_offset, message.msg_id_length);
  return extent.end == 0 ? Extent{0, 0} : extent;
}

std::size_t KeptMessage::bytes_of(const InRow& row) {
  const Extent extent = extent_of(row);
  return bytes_before_text(row) + extent.end - extent.begin + kSlack;
}

KeptMessage::KeptMessage(const char* base, const InRow& row, const json::Member* members)
    : block_(std::make_unique_for_overwrite<std::byte[]>(bytes_of(row))),
      row_(new (block_.get()) InRow(row)),
      text_(reinterpret_cast<char*>(block_.get()) + bytes_before_text(row)),
      view_(text_, *row_, nullptr, true) {
  static_assert(alignof(InRow) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__ &&
                sizeof(InRow) % alignof(json::Member) == 0);
  const Extent extent = extent_of(row);
  std::memcpy(text_, base + extent.begin, extent.end - extent.begin);
  std::memset(text_ + (extent.end - extent.begin), 0, kSlack);
  const auto moved = [&](json::Span span) {
    if (span.length == 0) return json::Span{};
    return json::Span{static_cast<std::uint32_t>(span.offset - extent.begin), span.length};
  };
  json::Message& message = row_->message;
  message.src = moved(message.src);
  message.dest = moved(message.dest);
  message.type = moved(message.type);
  message.body = moved(message.body);
  if (message.msg_id_length != 0) {
    message.msg_id_offset -= static_cast<std::uint32_t>(extent.begin);
  }
  auto* const copies = reinterpret_cast<json::Member*>(block_.get() + sizeof(InRow));
  for (std::uint32_t i = 0; i < message.members; ++i) {
    new (copies + i)
        json::Member{members[i].prefix, moved(members[i].key), moved(members[i].value)};
  }
  view_ = Request(text_, *row_, copies, true);
}

}  // namespace narrows::pipeline
