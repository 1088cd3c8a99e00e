// SPDX-License-Identifier: MIT
#include "pipeline/serializer.hpp"

#include <algorithm>
#include <utility>

#include "pipeline/stamp.hpp"
#include "pipeline/stats_json.hpp"

namespace narrows::pipeline {
namespace {

using json::Cursor;

/// What a message takes beside its texts: fixed words, two integers, padding.
constexpr std::size_t kFrameBytes = 160;
/// What a member takes beside its key and text: punctuation, a number.
constexpr std::size_t kFieldBytes = 48;

std::size_t name_bytes(const profile::Books& books) {
  std::size_t bytes = 0;
  for (const std::string& name : books.types()) bytes += name.size();
  return bytes;
}

std::size_t bound_of_field(const OutField& field) {
  switch (field.kind) {
    case Reply::Kind::raw: return kFieldBytes + field.key_length + field.text_length;
    case Reply::Kind::text:
      return kFieldBytes + field.key_length + json::escaped_bound(field.text_length);
    default: return kFieldBytes + field.key_length;
  }
}

void put_key(Cursor& to, const OutField& field) {
  to.literal(", \"");
  to.put({field.key, field.key_length});
  to.literal("\": ");
}

}  // namespace

Serializer::Serializer(SharedBooks& books, const Clock& clock, Delay delay, Tracer* tracer)
    : books_(books),
      clock_(clock),
      delay_(std::move(delay)),
      tracer_(tracer),
      buffer_(std::make_unique_for_overwrite<char[]>(kBufferBytes + Cursor::kPadding)),
      stats_text_(stats_bound(books.books.types().size(), name_bytes(books.books))) {}

void Serializer::encode(OutBatch& batch, Output& output) {
  books_.news();
  batch_ = &batch;
  booked_ = encoded_ = next_field_ = next_origin_ = started_origins_ = 0;
  has_chain_ = false;
  writing_ = blocked_ = 0;
  if (batch.waited.over() != 0) waited_ = batch.waited;
  if (batch.release != nullptr) in_bytes_ += batch.release->parsed;
  run_start_ = stamp_ = later_after_loads(clock_, batch.last_t4);
  for (std::uint32_t i = 0; i < batch.row_count; ++i) encode_row(batch.rows[i], output);
}

void Serializer::flush(Output& output) {
  write_and_book(output);
  books_.hand_over_if_wanted();
}

void Serializer::encode_row(const OutRow& row, Output& output) {
  if ((row.flags & OutFlags::kNewOrigin) != 0) received_ = batch_->origins[started_origins_++].t0;
  if ((row.flags & (OutFlags::kAnswer | OutFlags::kStats)) == 0) {
    book_end_of_encoding();
    return;
  }
  if ((row.flags & OutFlags::kStats) != 0) [[unlikely]]
    return encode_stats(row, output);
  const std::size_t bound = bound_of(row);
  if (bound > kBufferBytes - used_) [[unlikely]]
    write_and_book(output);
  if (bound <= kBufferBytes) [[likely]] {
    encode_message(row);
  } else {
    encode_large(row, {}, output);
  }
  if (delay_.any()) [[unlikely]] {
    delay_.spend();
    books_.hand_over_if_wanted();  // a batch may take long
  }
  stamp_ = later(clock_, stamp_);
  book_end_of_encoding();
}

/// t6 of the row at hand: without what `write` took meanwhile, and not before its predecessor.
void Serializer::book_end_of_encoding() {
  const Ticks before = encoded_ == booked_ ? run_start_ : t6_[encoded_ - 1];
  t6_[encoded_++] = std::max(before, stamp_ > writing_ ? stamp_ - writing_ : 0);
}

std::size_t Serializer::bound_of(const OutRow& row) const {
  std::size_t bound = kFrameBytes + batch_->prefix.size() + row.dest_length + row.type_length;
  for (std::uint32_t i = 0; i < row.fields; ++i) {
    bound += bound_of_field(batch_->fields[next_field_ + i]);
  }
  return bound;
}

/// Precondition: there is room for bound_of(row).
void Serializer::encode_message(const OutRow& row) {
  Cursor to(buffer_.get() + used_);
  const OutField* field = &batch_->fields[next_field_];
  const OutField* const end = field + row.fields;
  if ((row.flags & OutFlags::kOwnSource) == 0) [[likely]] {
    to.padded(batch_->prefix.data(), batch_->prefix.size());
  } else {
    to.literal("{\"src\": \"");
    to.padded(field->text, field->text_length);
    to.literal("\", \"dest\": \"");
    ++field;
  }
  to.padded(row.dest, row.dest_length);
  to.literal("\", \"body\": {\"type\": \"");
  to.put({row.type, row.type_length});
  to.literal("\"");
  for (; field != end; ++field) {
    put_key(to, *field);
    if (field->kind == Reply::Kind::raw) {
      to.padded(field->text, field->text_length);
    } else {
      put_value(to, *field);
    }
  }
  end_message(to, row);
  next_field_ += row.fields;
  used_ = static_cast<std::size_t>(to.at() - buffer_.get());
}

void Serializer::end_message(Cursor& to, const OutRow& row) {
  if ((row.flags & OutFlags::kMessage) == 0) [[unlikely]]
    return end_own_message(to, row);
  to.literal(", \"in_reply_to\": ");
  to.padded(row.in_reply_to, row.in_reply_to_length);
  to.literal(", \"msg_id\": ");
  msg_id_.put(to, row.msg_id);
  to.literal("}}\n");
}

/// It answers nothing; and one that wants no reply has no number.
void Serializer::end_own_message(Cursor& to, const OutRow& row) {
  if (row.msg_id != OutRow::kNoMsgId) {
    to.literal(", \"msg_id\": ");
    to.integer(row.msg_id);
  }
  to.literal("}}\n");
}

/// A value other than a raw one.
void Serializer::put_value(Cursor& to, const OutField& field) const {
  switch (field.kind) {
    case Reply::Kind::text:
      to.literal("\"");
      to.escaped({field.text, field.text_length});
      to.literal("\"");
      break;
    case Reply::Kind::integer: to.integer(field.integer); break;
    case Reply::Kind::natural: to.integer(static_cast<std::uint64_t>(field.integer)); break;
    case Reply::Kind::real: to.real(field.real); break;
    case Reply::Kind::boolean: field.boolean ? to.literal("true") : to.literal("false"); break;
    case Reply::Kind::latency: to.integer(latency_us()); break;
    case Reply::Kind::null:
    case Reply::Kind::raw: to.literal("null"); break;
  }
}

/// From the arrival of the row at hand to now.
std::uint64_t Serializer::latency_us() const {
  const auto ticks = static_cast<double>(clock_.now() - received_);
  return static_cast<std::uint64_t>(ticks * clock_.ns_per_tick() / 1000);
}

void Serializer::encode_stats(const OutRow& row, Output& output) {
  write_and_book(output);
  const bool headline = (row.flags & OutFlags::kHeadline) != 0;
  const auto period =
      (row.flags & OutFlags::kLast) != 0 ? profile::Period::last : profile::Period::all;
  if (headline) {
    books_.turn_page_if_full(clock_.now());
    profile::summarize_headline(books_.sources, period, books_.stats);
  } else {
    books_.summarize(period, books_.stats);
  }
  if ((row.flags & OutFlags::kAnswer) != 0) {
    Cursor text(stats_text_.data());
    write_stats(text, books_.stats, headline);
    encode_large(row,
                 {stats_text_.data(), static_cast<std::size_t>(text.at() - stats_text_.data())},
                 output);
  }
  stamp_ = later(clock_, stamp_);
  book_end_of_encoding();
  if ((row.flags & OutFlags::kReset) != 0) books_.reset();
}

void Serializer::encode_large(const OutRow& row, std::string_view body, Output& output) {
  const auto small = [&](auto put) {  // at most a long text's escapes
    constexpr std::size_t kSmall = std::size_t{32} << 10;
    if (kBufferBytes - used_ < kSmall) put_large({}, output);
    Cursor to(buffer_.get() + used_);
    put(to);
    used_ = static_cast<std::size_t>(to.at() - buffer_.get());
  };
  const OutField* field = &batch_->fields[next_field_];
  const OutField* const end = field + row.fields;
  if ((row.flags & OutFlags::kOwnSource) != 0) {
    put_large("{\"src\": \"", output);
    put_large({field->text, field->text_length}, output);
    put_large("\", \"dest\": \"", output);
    ++field;
  } else {
    put_large(batch_->prefix, output);
  }
  put_large({row.dest, row.dest_length}, output);
  put_large("\", \"body\": {", output);
  if (!body.empty()) {
    put_large(body, output);
  } else {
    put_large("\"type\": \"", output);
    put_large({row.type, row.type_length}, output);
    put_large("\"", output);
  }
  for (; field != end; ++field) {
    put_large(", \"", output);
    put_large({field->key, field->key_length}, output);
    put_large("\": ", output);
    if (field->kind == Reply::Kind::raw) {
      put_large({field->text, field->text_length}, output);
    } else {
      small([&](Cursor& to) { put_value(to, *field); });
    }
  }
  small([&](Cursor& to) { end_message(to, row); });
  next_field_ += row.fields;
}

/// Text of any size: by way of the buffer, or past it.
void Serializer::put_large(std::string_view text, Output& output) {
  if (text.empty() || text.size() > kBufferBytes - used_) {
    write({buffer_.get(), std::exchange(used_, 0)}, output);
    if (text.size() > kBufferBytes) return write(text, output);
  }
  Cursor to(buffer_.get() + used_);
  to.put(text);
  used_ += text.size();
}

/// The only place that writes. The books are let go meanwhile.
void Serializer::write(std::string_view bytes, Output& output) {
  if (bytes.empty() || failed_) return;
  if constexpr (!profile::kStamps) {
    failed_ = !output.write(bytes);
    return;
  }
  const profile::Pausing pausing(books_.meter_of(Stage::serialize), clock_);
  profile::StageClock& stage = books_.clock_of(Stage::serialize);
  const bool with_cpu = meter_.wants_cpu_time();
  const Ticks start = clock_.now();
  const std::uint64_t cpu_start = with_cpu ? thread_cpu_ns() : 0;
  stage.enter(profile::StageClock::State::writing, start);
  books_.latch.let_go();
  failed_ = !output.write(bytes);
  books_.latch.hold();
  const Ticks end = std::max(clock_.now(), start);
  const double cpu_ns = with_cpu ? static_cast<double>(thread_cpu_ns() - cpu_start) : -1;
  const double ns_per_tick = clock_.ns_per_tick();
  const double wall_ns = static_cast<double>(end - start) * ns_per_tick;
  const double busy_ns = meter_.busy_ns(bytes.size(), wall_ns, cpu_ns);
  const Ticks busy = std::min(static_cast<Ticks>(busy_ns / ns_per_tick), end - start);
  stage.leave_write(busy, end);
  writing_ += end - start;
  blocked_ += end - start - busy;
}

void Serializer::write_and_book(Output& output) {
  write({buffer_.get(), std::exchange(used_, 0)}, output);
  stamp_ = later(clock_, stamp_);
  book(stamp_);
  run_start_ = stamp_;
  writing_ = blocked_ = 0;
}

/// Books the rows that were written, all at t7: a run, and what left with it.
void Serializer::book(Ticks t7) {
  books_.turn_page_if_full(t7);
  profile::Books& books = books_.books;
  TraceRun rows{*batch_,    booked_,    encoded_, next_origin_,          chain_,
                run_start_, t6_.data(), t7,       books.all().answered()};
  profile::Run run;
  run.dispatching = has_chain_ ? chain_.t3 : 0;
  run.serializing = run_start_;
  run.written = t7;
  run.blocked = blocked_;
  std::uint64_t sent = 0;
  Ticks t5 = run_start_;
  for (; booked_ != encoded_; t5 = t6_[booked_++]) {
    const OutRow& row = batch_->rows[booked_];
    const bool is_message = (row.flags & OutFlags::kMessage) != 0;
    const bool answers = (row.flags & OutFlags::kAnswer) != 0;
    if (row.trouble != profile::Trouble::none) [[unlikely]] {
      books.count(row.trouble, is_message || answers ? 1 : row.lines);
    }
    if ((row.flags & OutFlags::kNewOrigin) != 0) {
      const Origin& origin = batch_->origins[next_origin_++];
      if (origin.awaited != 0) [[unlikely]] {
        run.messages += book_waited(row, origin, t5, t7);
        continue;
      }
      if (has_chain_ && origin.t0 != chain_.t0) [[unlikely]] {
        end_run(run, t5);  // what follows was not read together with it
        run.dispatching = origin.t3;
        run.serializing = t5;
      }
      if (!has_chain_) run.dispatching = origin.t3;
      chain_ = origin;
      has_chain_ = true;
    }
    if (is_message && answers) [[likely]] {
      if ((row.flags & OutFlags::kReset) == 0) [[likely]] {
        books.record({chain_.t0, chain_.t1, row.t2, chain_.t3, row.t4, t5, t6_[booked_], t7},
                     row.request_type);
      }
    } else if (answers) {
      books.add_others({0, 0, t6_[booked_] - t5});
      ++sent;
      continue;
    } else if (is_message) {
      book_unanswered(row, t5);
    }
    chain_.t1 = row.t2;
    chain_.t3 = row.t4;
  }
  if (sent != 0) books.count_sent(sent);
  end_run(run, t5);
  if (tracer_ == nullptr) [[likely]]
    return;
  rows.answered = books.all().answered() - rows.answered;
  tracer_->take(rows);
  tracer_->refresh_threshold(books, t7);
}

/// Without an answer: counted, and the stages' work on it.
void Serializer::book_unanswered(const OutRow& row, Ticks t5) {
  if ((row.flags & OutFlags::kReset) != 0) return;  // in no period
  books_.books.record_unanswered(chain_.t0, row.request_type);
  books_.books.add_others({row.t2 - chain_.t1, row.t4 - chain_.t3, t6_[booked_] - t5});
}

/// A row whose handler waited. How many messages of the run it is: 1 if it is an answer.
std::uint32_t Serializer::book_waited(const OutRow& row, const Origin& origin, Ticks t5, Ticks t7) {
  profile::Books& books = books_.books;
  const Ticks t6 = t6_[booked_];
  if ((row.flags & OutFlags::kAnswer) != 0) {
    books.record_waited({origin.t0, origin.t1, row.t2, origin.t3, row.t4, t5, t6, t7},
                        origin.awaited, row.request_type);
    return 1;
  }
  books.record_unanswered(origin.t0, row.request_type);
  books.add_others({row.t2 - origin.t1, row.t4 - origin.t3 - origin.awaited, t6 - t5});
  return 0;
}

/// The run ends with the row before the one at hand, at t6. None of its messages was answered:
/// there is no run.
void Serializer::end_run(profile::Run& run, Ticks t6) {
  if (!has_chain_ || (run.messages == 0 && !books_.books.has_run())) return;
  run.waited = std::exchange(waited_, {});
  run.bytes = std::exchange(in_bytes_, 0);
  run.received = chain_.t0;
  run.parsed = chain_.t1;
  run.dispatched = chain_.t3;
  run.serialized = t6;
  books_.books.end_run(run);
  run.messages = 0;
}

}  // namespace narrows::pipeline
