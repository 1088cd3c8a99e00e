// SPDX-License-Identifier: MIT
// The dispatcher's other half: puts a reply into the outgoing batch.
#include <algorithm>
#include <cstring>

#include "json/string.hpp"
#include "pipeline/dispatcher.hpp"
#include "pipeline/stamp.hpp"

namespace narrows::pipeline {
namespace {

/// Text of more bytes than this is escaped here, into the arena, so that the serializer's room for
/// one message can be reckoned.
constexpr std::size_t kLongText = 4096;

}  // namespace

void Dispatcher::answer(const InRow& row, const Reply& reply, profile::Trouble trouble) {
  if (reply.is_none() || row.msg_id_length == 0) {
    reserve(0, 0);
    add_row(row, trouble);
    return;
  }
  const std::size_t bytes = bytes_to_keep(reply);
  if (reply.size() + 1 > kMembers || bytes > std::max(kArenaBytes, longest_reply_bytes_)) {
    return answer(row, Error(ErrorCode::crash, "the reply is too large"),
                  profile::Trouble::handler_error);
  }
  reserve(reply.size(), bytes);
  OutRow& out = add_row(row, trouble);
  address(out, row);
  const std::string_view type =
      reply.type_is_literal() ? reply.type() : keep_escaped(reply.type());
  out.type = type.data();
  out.type_length = static_cast<std::uint32_t>(type.size());
  out.fields = static_cast<std::uint16_t>(out.fields + reply.size());
  add_fields(reply);
}

/// Makes sure that the outgoing batch takes one more row with so many fields and bytes.
void Dispatcher::reserve(std::size_t fields, std::size_t bytes) {
  const bool fits = out_->row_count < kRows && out_->field_count + fields + 1 <= kMembers &&
                    out_->arena_used + bytes <= out_->arena_bytes;
  if (!fits) replace_batch(bytes > kArenaBytes);
}

void Dispatcher::replace_batch(bool long_one) {
  out_->last_t4 = t3_;
  batches_->hand_on(*out_);
  out_ = &batches_->take(long_one);
  out_->prefix = prefix_;
  t3_ = later(clock_, t3_);  // waiting for the batch was no part of a message's dispatch
  chain_broken_ = true;
}

OutRow& Dispatcher::add_row(const InRow& row, profile::Trouble trouble) {
  OutRow& out = out_->rows[out_->row_count++];
  __builtin_prefetch(&out + 8, 1);
  out.flags = OutFlags::kMessage;
  if (chain_broken_) {
    out_->origins[out_->origin_count++] = {in_->t0, t1_, t3_};
    out.flags |= OutFlags::kNewOrigin;
    chain_broken_ = false;
  }
  out.t2 = row.t2;
  out.fields = 0;
  out.request_type = row.type_id;
  out.trouble = trouble;
  return out;
}

/// The row becomes an answer, and takes the next msg_id.
void Dispatcher::address(OutRow& out, const InRow& row) {
  const char* const text = in_->text.get();
  out.flags |= OutFlags::kAnswer;
  out.msg_id = next_msg_id_++;
  out.dest = text + row.src.offset;
  out.dest_length = row.src.length;
  out.in_reply_to = text + row.msg_id_offset;
  out.in_reply_to_length = row.msg_id_length;
  if (prefix_.empty()) {  // before init the request says what this node is called
    out.flags |= OutFlags::kOwnSource;
    OutField& source = out_->fields[out_->field_count++];
    source.text = text + row.dest.offset;
    source.text_length = row.dest.length;
    out.fields = 1;
  }
}

void Dispatcher::add_fields(const Reply& reply) {
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const Reply::Member& member = reply.member(i);
    OutField& field = out_->fields[out_->field_count++];
    const std::string_view key =
        member.key_is_literal ? member.key : keep_escaped(member.key);
    field.key = key.data();
    field.key_length = static_cast<std::uint32_t>(key.size() & kLongestKey);
    field.kind = static_cast<std::uint8_t>(member.kind);
    switch (member.kind) {
      case Reply::Kind::raw:
      case Reply::Kind::text: {
        std::string_view text = member.text;
        if (member.kind == Reply::Kind::raw) {
          if (!in_batch(text)) text = keep(text);
        } else if (text.size() > kLongText) {
          field.kind = static_cast<std::uint8_t>(Reply::Kind::raw);
          out_->arena[out_->arena_used++] = '"';
          const std::string_view escaped = keep_escaped(text);
          out_->arena[out_->arena_used++] = '"';
          text = {escaped.data() - 1, escaped.size() + 2};
        } else {
          text = keep(text);
        }
        field.text = text.data();
        field.text_length = static_cast<std::uint32_t>(text.size());
        break;
      }
      case Reply::Kind::real: field.real = member.real; break;
      case Reply::Kind::boolean: field.boolean = member.boolean; break;
      default: field.integer = member.integer;
    }
  }
}

bool Dispatcher::in_batch(std::string_view text) const {
  const char* const begin = in_->text.get();
  return std::less_equal<>{}(begin, text.data()) &&
         std::less_equal<>{}(text.data() + text.size(), begin + in_->filled);
}

/// The most that a reply takes of the arena.
std::size_t Dispatcher::bytes_to_keep(const Reply& reply) const {
  std::size_t bytes = reply.type_is_literal() ? 0 : json::escaped_bound(reply.type().size());
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const Reply::Member& member = reply.member(i);
    if (!member.key_is_literal) bytes += json::escaped_bound(member.key.size());
    if (member.kind == Reply::Kind::raw && !in_batch(member.text)) bytes += member.text.size();
    if (member.kind != Reply::Kind::text) continue;
    bytes += member.text.size() > kLongText ? json::escaped_bound(member.text.size()) + 2
                                            : member.text.size();
  }
  return bytes;
}

std::string_view Dispatcher::keep(std::string_view text) {
  char* const begin = out_->arena.get() + out_->arena_used;
  std::memcpy(begin, text.data(), text.size());
  out_->arena_used += text.size();
  return {begin, text.size()};
}

std::string_view Dispatcher::keep_escaped(std::string_view text) {
  char* const begin = out_->arena.get() + out_->arena_used;
  const char* const end = json::escape_to(begin, text);
  out_->arena_used += static_cast<std::size_t>(end - begin);
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace narrows::pipeline
