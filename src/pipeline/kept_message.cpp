// SPDX-License-Identifier: MIT
#include "pipeline/kept_message.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace narrows::pipeline {
namespace {

/// Readable bytes behind the text, as everything that reads a batch wants them.
constexpr std::size_t kSlack = json::Decoder::kSlackBytes;

struct Extent {
  std::uint32_t begin;
  std::uint32_t end;
};

/// Where the parts of the message lie. A usable message has a source; its `msg_id` and its type lie
/// in its body.
Extent extent_of(const json::Message& message) {
  Extent extent{message.src.offset, message.src.offset + message.src.length};
  for (const json::Span& span : {message.dest, message.body}) {
    if (span.length == 0) continue;
    extent.begin = std::min(extent.begin, span.offset);
    extent.end = std::max(extent.end, span.offset + span.length);
  }
  return extent;
}

}  // namespace

void KeptMessage::assign(const char* base, const InRow& row, const json::Member* members,
                         Raw::Lasts lasts) {
  static_assert(alignof(InRow) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__ &&
                sizeof(InRow) % alignof(json::Member) == 0);
  const Extent extent = extent_of(row.message);
  const std::size_t before_text = sizeof(InRow) + row.message.members * sizeof(json::Member);
  text_bytes_ = extent.end - extent.begin;
  bytes_ = before_text + text_bytes_ + kSlack;
  if (bytes_ > capacity_) {
    block_ = std::make_unique_for_overwrite<std::byte[]>(bytes_);
    capacity_ = bytes_;
  }
  row_ = new (block_.get()) InRow(row);
  text_ = reinterpret_cast<char*>(block_.get()) + before_text;
  origin_ = base + extent.begin;
  std::memcpy(text_, origin_, text_bytes_);
  std::memset(text_ + text_bytes_, 0, kSlack);
  const auto move = [&](json::Span& span) {
    if (span.length != 0) span.offset -= extent.begin;
  };
  json::Message& message = row_->message;
  for (json::Span* span : {&message.src, &message.dest, &message.type, &message.body}) move(*span);
  if (message.msg_id_length != 0) message.msg_id_offset -= extent.begin;
  auto* const copies = reinterpret_cast<json::Member*>(block_.get() + sizeof(InRow));
  for (std::uint32_t i = 0; i < message.members; ++i) {
    json::Member& copy = *new (copies + i) json::Member(members[i]);
    move(copy.key);
    move(copy.value);
  }
  view_ = View{Request(text_, *row_, copies, lasts)};
}

}  // namespace narrows::pipeline
