// SPDX-License-Identifier: MIT
#include "pipeline/parser.hpp"

#include <algorithm>
#include <cstring>

#include "json/string.hpp"
#include "pipeline/stamp.hpp"

namespace narrows::pipeline {
namespace {

bool is_blank(std::string_view line) {
  return std::all_of(line.begin(), line.end(),
                     [](char byte) { return byte == ' ' || byte == '\t' || byte == '\r'; });
}

}  // namespace

void Parser::open(InBatch& batch) {
  if (carry_bytes_ != 0) std::memmove(batch.text.get(), carry_, carry_bytes_);
  batch.filled = carry_bytes_;
  batch.scanned = carry_scanned_;
  batch.parsed = 0;
  batch.row_count = 0;
  batch.member_count = 0;
  batch.waited = {};
  carry_bytes_ = 0;
  carry_scanned_ = 0;
}

std::span<char> Parser::space(InBatch& batch) const {
  const std::size_t room = batch.text_bytes - batch.filled;
  return {batch.text.get() + batch.filled, std::min(room, kReadBytes)};
}

void Parser::move(const InBatch& from, InBatch& to) {
  std::memcpy(to.text.get(), from.text.get(), from.filled);
  to.filled = from.filled;
  to.scanned = from.scanned;
  to.parsed = 0;
  to.row_count = 0;
  to.member_count = 0;
  to.waited = from.waited;
}

bool Parser::has_room(const InBatch& batch) const {
  return batch.row_count < batch.row_capacity &&
         (batch.member_count + kMembersPerMessage <= batch.member_capacity ||
          batch.member_count == 0);
}

bool Parser::parse(InBatch& batch, std::size_t bytes, Ticks t0) {
  batch.filled += bytes;
  batch.t0 = t0;
  stamp_ = later(clock_, t0);
  batch.t1 = stamp_;
  has_line_ = false;
  char* const text = batch.text.get();
  for (;;) {
    const void* newline = std::memchr(text + batch.scanned, '\n', batch.filled - batch.scanned);
    if (newline == nullptr) {
      batch.scanned = batch.filled;
      drop_oversized(batch);
      break;
    }
    if (!has_room(batch)) {
      has_line_ = true;
      break;
    }
    const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - text);
    const std::size_t begin = batch.parsed;
    batch.parsed = batch.scanned = at + 1;
    take_line(batch, begin, at);
  }
  if (batch.row_count == 0 && batch.parsed != 0) {  // only skipped bytes so far
    std::memmove(text, text + batch.parsed, batch.filled - batch.parsed);
    batch.filled -= batch.parsed;
    batch.scanned -= batch.parsed;
    batch.parsed = 0;
  }
  if (batch.row_count == 0) return false;
  carry_ = text + batch.parsed;
  carry_bytes_ = batch.filled - batch.parsed;
  carry_scanned_ = batch.scanned - batch.parsed;
  return true;
}

bool Parser::finish(InBatch& batch, Ticks t0) {
  if (batch.filled == 0 && !skipping_) return false;
  batch.text[batch.filled] = '\n';  // the slack has room for it
  return parse(batch, 1, t0);
}

/// An unfinished line that is too long already is dropped while it comes; its end makes the row.
void Parser::drop_oversized(InBatch& batch) {
  // One byte more may yet be the CR of a CRLF.
  if (!skipping_ && batch.filled - batch.parsed <= limits_.max_line_bytes + 1) return;
  skipping_ = true;
  batch.filled = batch.scanned = batch.parsed;
}

void Parser::take_line(InBatch& batch, std::size_t begin, std::size_t newline) {
  char* const text = batch.text.get();
  std::size_t end = newline;
  if (end > begin && text[end - 1] == '\r') --end;
  const json::Span line{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin)};
  if (skipping_ || line.length > limits_.max_line_bytes) {
    skipping_ = false;
    log_.trouble(profile::Trouble::oversized_line, "a line is longer than --max-line", {});
    return add_bad_line(batch, BadLine::oversized);
  }
  if (line.length == 0 || (text[begin] <= ' ' && is_blank(line.in(text)))) {
    return add_bad_line(batch, BadLine::blank);
  }
  text[end] = '\0';  // what the decoder stops at
  decode(batch, line);
}

void Parser::decode(InBatch& batch, json::Span line) {
  const char* const text = batch.text.get();
  InRow& row = batch.rows[batch.row_count];
  __builtin_prefetch(&row + 8, 1);
  json::Message& message = row.message;
  decoder_.decode(
      text, line,
      {batch.members.get() + batch.member_count, batch.member_capacity - batch.member_count},
      message);
  if (message.kind >= json::LineKind::malformed_request) [[unlikely]] {
    const bool is_request = message.kind == json::LineKind::malformed_request;
    log_.trouble(
        is_request ? profile::Trouble::malformed_request : profile::Trouble::malformed_line,
        message.reason, line.in(text));
    if (!is_request) return add_bad_line(batch, BadLine::malformed);
  }
  row.bad = BadLine::none;
  row.first_member = batch.member_count;
  row.type_id = type_of(message.type.in(text));
  batch.member_count += message.members;
  if (delay_.any()) [[unlikely]]
    delay_.spend();
  batch.t2[batch.row_count++] = stamp_ = later(clock_, stamp_);
}

TypeId Parser::type_of(std::string_view type) const {
  const TypeId id = types_.find_padded(type);
  if (id != kOtherType || type.find('\\') == std::string_view::npos) [[likely]]
    return id;
  return type_in_escapes(type);
}

[[gnu::noinline]] TypeId Parser::type_in_escapes(std::string_view type) const {
  // What no name can be, its every byte escaped, is not copied.
  if (type.size() > json::escaped_bound(types_.longest())) return kOtherType;
  return types_.find(json::unescape(type));
}

void Parser::add_bad_line(InBatch& batch, BadLine kind) {
  if (batch.row_count == 0 || batch.rows[batch.row_count - 1].bad != kind) {
    InRow& row = batch.rows[batch.row_count++];
    row.bad = kind;
    row.lines = 0;
    row.type_id = kOtherType;
  }
  ++batch.rows[batch.row_count - 1].lines;
  batch.t2[batch.row_count - 1] = stamp_ = later(clock_, stamp_);
}

}  // namespace narrows::pipeline
