// SPDX-License-Identifier: MIT
// The dispatcher's other half: puts a reply into the outgoing batch.
#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "json/string.hpp"
#include "pipeline/dispatcher.hpp"
#include "pipeline/stamp.hpp"

namespace narrows::pipeline {
namespace {

/// Text of more bytes than this is escaped here, into the arena, so that the serializer's room for
/// one message can be reckoned.
constexpr std::size_t kLongText = Reply::kLongText;

/// The most fields of a row that is filled without reckoning: a lasting reply's.
constexpr std::size_t kFieldsAtOnce = Reply::kMostAtOnce;

bool must_be_kept(const OutField& field) {
  return !field.lasting || (field.kind == Reply::Kind::text && field.text_length > kLongText);
}

}  // namespace

void Dispatcher::answer(const InRow& row, const Reply& reply, profile::Trouble trouble) {
  if (reply.is_none() || row.message.msg_id_length == 0) {
    add_row(row, trouble);
    return;
  }
  if (reply.is_lasting()) [[likely]] {
    OutRow& out = add_row(row, trouble);
    address(out, row);
    out.type = reply.type().data();
    out.type_length = static_cast<std::uint32_t>(reply.type().size());
    out.fields = static_cast<std::uint16_t>(out.fields + reply.size());
    for (std::size_t i = 0; i < reply.size(); ++i) {
      out_->fields[out_->field_count++] = reply.first_members()[i];
    }
    return;
  }
  answer_by_copy(row, reply, trouble);
}

/// What the reply refers to may be gone soon: it is copied to the arena.
void Dispatcher::answer_by_copy(const InRow& row, const Reply& reply, profile::Trouble trouble) {
  const std::size_t bytes = bytes_to_keep(reply);
  if (is_too_large(reply, bytes)) {
    return answer(row, Error(ErrorCode::crash, "the reply is too large"),
                  profile::Trouble::handler_error);
  }
  reserve(reply.size(), bytes);
  OutRow& out = add_row(row, trouble);
  address(out, row);
  put_body(out, reply);
}

bool Dispatcher::is_too_large(const Reply& reply, std::size_t bytes) const {
  return reply.size() + 1 > kMembers || bytes > std::max(kArenaBytes, longest_reply_bytes_);
}

/// Room for it was reckoned by bytes_to_keep().
void Dispatcher::put_body(OutRow& out, const Reply& reply) {
  const std::string_view type = keep_escaped(reply.type());
  out.type = type.data();
  out.type_length = static_cast<std::uint32_t>(type.size());
  out.fields = static_cast<std::uint16_t>(out.fields + reply.size());
  add_fields(reply);
}

std::uint64_t Dispatcher::send(std::string_view dest, const Reply& message, bool wants_reply) {
  if (identity_.id.empty()) throw std::logic_error("nothing can be sent before `init`");
  if (out_ == nullptr) {
    throw std::logic_error(
        "messages are sent on the dispatcher's thread alone, and not after the node has ended");
  }
  const std::size_t bytes = bytes_to_keep(message) + json::escaped_bound(dest.size());
  if (message.is_none() || is_too_large(message, bytes)) {
    throw std::length_error(message.is_none() ? "there is no message to be sent"
                                              : "the message is too large");
  }
  reserve(message.size(), bytes);
  OutRow& out = out_->rows[out_->row_count++];
  out.flags = OutFlags::kAnswer;
  out.fields = 0;
  out.request_type = kOtherType;
  out.trouble = profile::Trouble::none;
  out.in_reply_to_length = 0;
  out.in_reply_to = nullptr;
  out.msg_id = wants_reply ? next_msg_id_++ : OutRow::kNoMsgId;
  const std::string_view to = keep_escaped(dest);
  out.dest = to.data();
  out.dest_length = static_cast<std::uint32_t>(to.size());
  put_body(out, message);
  out.t2 = t1_;  // as the row before it: it is no link of the chain
  out.t4 = t3_;
  return out.msg_id;
}

void Dispatcher::answer(const KeptMessage& request, const Arrival& arrival, Ticks awaited,
                        const Reply& reply, profile::Trouble trouble) {
  const json::Message& message = request.row().message;
  note_error(message.type.in(request.text()), reply, trouble, message.msg_id_length != 0);
  if (reply.is_none() || message.msg_id_length == 0) {
    return close(request, arrival, awaited, trouble);
  }
  const std::size_t bytes =
      bytes_to_keep(reply) + message.src.length + message.msg_id_length + std::size_t{1};
  if (is_too_large(reply, bytes)) {
    return answer(request, arrival, awaited, Error(ErrorCode::crash, "the reply is too large"),
                  profile::Trouble::handler_error);
  }
  reserve(reply.size(), bytes);
  OutRow& out = add_late_row(request, arrival, awaited, trouble);
  out.flags |= OutFlags::kAnswer;
  out.msg_id = next_msg_id_++;
  const std::string_view dest = keep(message.src.in(request.text()));
  out.dest = dest.data();
  out.dest_length = static_cast<std::uint32_t>(dest.size());
  const std::string_view number = keep(message.msg_id(request.text()));
  out.in_reply_to = number.data();
  out.in_reply_to_length = static_cast<std::uint8_t>(number.size());
  put_body(out, reply);
}

void Dispatcher::close(const KeptMessage& request, const Arrival& arrival, Ticks awaited,
                       profile::Trouble trouble) {
  if (trouble == profile::Trouble::expired) {
    log_.trouble(trouble, "a request was dropped at its deadline, without a reply",
                 request.row().message.type.in(request.text()));
  }
  reserve(0, 0);
  add_late_row(request, arrival, awaited, trouble);
}

/// A row of a request that came earlier: a link for itself.
OutRow& Dispatcher::add_late_row(const KeptMessage& request, const Arrival& arrival, Ticks awaited,
                                 profile::Trouble trouble) {
  OutRow& out = out_->rows[out_->row_count++];
  out_->origins[out_->origin_count++] = {arrival.t0, arrival.t1, arrival.t3, awaited};
  out.flags = OutFlags::kMessage | OutFlags::kNewOrigin;
  out.fields = 0;
  out.request_type = request.row().type_id;
  out.trouble = trouble;
  out.t2 = arrival.t2;
  out.t4 = std::max(later(clock_, t3_), arrival.t3 + awaited);
  spent(out.t4);
  return out;
}

/// The next row begins a chain of its own, there.
void Dispatcher::spent(Ticks until) {
  t3_ = std::max(t3_, until);
  chain_broken_ = true;
}

/// Makes sure that the outgoing batch takes one more row with so many fields and bytes.
void Dispatcher::reserve(std::size_t fields, std::size_t bytes) {
  const bool fits = out_->row_count < kRows && out_->field_count + fields + 1 <= kMembers &&
                    out_->arena_used + bytes <= out_->arena_bytes;
  if (!fits) replace_batch(bytes > kArenaBytes);
}

void Dispatcher::replace_batch(bool long_one) {
  const Ticks before = later(clock_, t3_);
  out_->last_t4 = t3_;
  batches_->hand_on(*out_);
  out_ = &batches_->take(long_one);
  out_->prefix = prefix_;
  t3_ += later(clock_, before) - before;  // waiting for the batch is no part of the dispatch
  chain_broken_ = true;
}

OutRow& Dispatcher::add_row(const InRow& row, profile::Trouble trouble) {
  // What its handler has sent, or a coroutine that went on, may have filled the batch.
  reserve(kFieldsAtOnce, 0);
  OutRow& out = out_->rows[out_->row_count++];
  __builtin_prefetch(&out + 8, 1);
  out.flags = OutFlags::kMessage;
  if (chain_broken_) {
    out_->origins[out_->origin_count++] = {in_->t0, t1_, t3_, 0};
    out.flags |= OutFlags::kNewOrigin;
    chain_broken_ = false;
  }
  out.fields = 0;
  out.request_type = row.type_id;
  out.trouble = trouble;
  own_row_ = &out;
  return out;
}

/// The row becomes an answer, and takes the next msg_id.
void Dispatcher::address(OutRow& out, const InRow& row) {
  const char* const text = in_->text.get();
  out.flags |= OutFlags::kAnswer;
  out.msg_id = next_msg_id_++;
  out.dest = text + row.message.src.offset;
  out.dest_length = row.message.src.length;
  out.in_reply_to = text + row.message.msg_id_offset;
  out.in_reply_to_length = row.message.msg_id_length;
  if (prefix_.empty()) {  // before init the request says what this node is called
    out.flags |= OutFlags::kOwnSource;
    OutField& source = out_->fields[out_->field_count++];
    source.text = text + row.message.dest.offset;
    source.text_length = row.message.dest.length;
    out.fields = 1;
  }
}

void Dispatcher::add_fields(const Reply& reply) {
  for (std::size_t i = 0; i < reply.size(); ++i) {
    OutField& field = out_->fields[out_->field_count++];
    field = reply.member(i);
    if (!must_be_kept(field)) continue;
    if (!field.lasting) {
      const std::string_view key = keep_escaped({field.key, field.key_length});
      field.key = key.data();
      field.key_length = static_cast<std::uint16_t>(key.size());
    }
    if (field.kind != Reply::Kind::raw && field.kind != Reply::Kind::text) continue;
    std::string_view text{field.text, field.text_length};
    if (field.kind == Reply::Kind::text && text.size() > kLongText) {
      char* const begin = out_->arena.get() + out_->arena_used;
      keep("\"");
      keep_escaped(text);
      keep("\"");
      text = {begin, static_cast<std::size_t>(out_->arena.get() + out_->arena_used - begin)};
      field.kind = Reply::Kind::raw;
    } else {
      text = keep(text);
    }
    field.text = text.data();
    field.text_length = static_cast<std::uint32_t>(text.size());
  }
}

/// The most that a reply takes of the arena.
std::size_t Dispatcher::bytes_to_keep(const Reply& reply) {
  std::size_t bytes = json::escaped_bound(reply.type().size());
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const OutField& field = reply.member(i);
    if (!must_be_kept(field)) continue;
    bytes += json::escaped_bound(field.key_length);
    if (field.kind == Reply::Kind::raw) bytes += field.text_length;
    if (field.kind == Reply::Kind::text) bytes += json::escaped_bound(field.text_length) + 2;
  }
  return bytes;
}

std::string_view Dispatcher::keep(std::string_view text) {
  char* const begin = out_->arena.get() + out_->arena_used;
  std::memcpy(begin, text.data(), text.size());
  out_->arena_used += text.size();
  return {begin, text.size()};
}

/// Room for it was reckoned by bytes_to_keep().
std::string_view Dispatcher::keep_escaped(std::string_view text) {
  char* const begin = out_->arena.get() + out_->arena_used;
  const char* const end = json::escape_to(begin, text);
  out_->arena_used += static_cast<std::size_t>(end - begin);
  return {begin, static_cast<std::size_t>(end - begin)};
}

}  // namespace narrows::pipeline
