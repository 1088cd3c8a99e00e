// SPDX-License-Identifier: MIT
#include "pipeline/dispatcher.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "json/scalar.hpp"
#include "json/string.hpp"
#include "json/walk.hpp"
#include "pipeline/failure.hpp"
#include "pipeline/stamp.hpp"

namespace narrows::pipeline {
namespace {

using profile::Trouble;

/// Room made before a message is dispatched, so that waiting for a batch seldom falls into it.
constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kUsualBytes = 1024;

/// The dispatcher's thread is everybody's: who holds it longer is named.
constexpr double kLongestSliceNs = 100e6;

/// A node that is told of more keeps none of it.
constexpr std::size_t kMostNodes = 65'536;
constexpr std::size_t kMostNodesBytes = std::size_t{4} << 20;  // of their JSON
constexpr std::size_t kMostNameBytes = std::size_t{1} << 20;   // of the node's own, as JSON

/// An array of more items than a node keeps, or anything of so much text. Cost: no memory.
bool is_too_much(std::string_view json) {
  if (json.size() > kMostNodesBytes) return true;
  json::Walk walk(json);
  if (walk.first() != '[') return false;
  walk.enter();
  std::size_t items = 0;
  while (walk.next() && ++items <= kMostNodes) walk.value();
  return items > kMostNodes;
}

/// A short text, such as an option: no memory is taken for a long one.
std::optional<std::string> word(const Raw& value) {
  constexpr std::size_t kLongest = 64;
  return value.text().size() <= kLongest ? json::as_string(value.text()) : std::nullopt;
}

Trouble trouble_of(BadLine bad) {
  switch (bad) {
    case BadLine::malformed: return Trouble::malformed_line;
    case BadLine::oversized: return Trouble::oversized_line;
    case BadLine::blank: return Trouble::blank_line;
    case BadLine::none: break;
  }
  return Trouble::none;
}

}  // namespace

Dispatcher::Dispatcher(const std::vector<Handler>& handlers, std::size_t longest_reply_bytes,
                       const Clock& clock, Delay delay, Log& log, Attendant* attendant)
    : handlers_(handlers),
      longest_reply_bytes_(longest_reply_bytes),
      clock_(clock),
      delay_(std::move(delay)),
      longest_slice_(static_cast<Ticks>(kLongestSliceNs / clock.ns_per_tick())),
      log_(log),
      attendant_(attendant) {
  if (attendant_ != nullptr) attendant_->attach(*this);
}

void Dispatcher::open(OutBatches& batches) {
  batches_ = &batches;
  out_ = &batches.take(false);
  out_->prefix = prefix_;
  chain_broken_ = true;
}

void Dispatcher::hand_on(InBatch* release) {
  out_->release = release;
  out_->last_t4 = t3_;
  batches_->hand_on(*out_);
  out_ = nullptr;
}

void Dispatcher::dispatch(InBatch& in, OutBatches& batches) {
  in_ = &in;
  open(batches);
  out_->waited = in.waited;
  t1_ = in.t1;
  t3_ = later_after_loads(clock_, in.t2[in.row_count - 1]);
  for (std::uint32_t i = 0; i < in.row_count; ++i) {
    const InRow& row = in.rows[i];
    reserve(kUsualFields, kUsualBytes);
    own_row_ = nullptr;
    dispatch_row(row);
    if (delay_.any() && row.is_message()) [[unlikely]]
      delay_.spend();
    const Ticks t4 = later(clock_, t3_);
    if (t4 - t3_ > longest_slice_) [[unlikely]]
      note_blocking(row, t4 - t3_);
    t1_ = in.t2[i];
    t3_ = t4;
    if (own_row_ != nullptr) [[likely]] {
      own_row_->t2 = t1_;
      own_row_->t4 = t3_;
    } else {
      chain_broken_ = true;
    }
    if (just_initialised_) [[unlikely]] {
      just_initialised_ = false;
      if (attendant_ != nullptr) attendant_->initialised();
    }
  }
  hand_on(&in);
  in_ = nullptr;
}

void Dispatcher::attend(OutBatches& batches) {
  open(batches);
  t3_ = later_after_loads(clock_, t3_);
  attendant_->run();
  t3_ = later(clock_, t3_);
  leave();
}

void Dispatcher::end(OutBatches& batches) {
  while (!end_more(batches)) {
  }
}

/// What has come to its end until now leaves, also if the rest takes long. True: that was all.
bool Dispatcher::end_more(OutBatches& batches) {
  open(batches);
  t3_ = later_after_loads(clock_, t3_);
  const bool has_ended = attendant_->end();
  t3_ = later(clock_, t3_);
  leave();
  return has_ended;
}

/// Nothing came in: what there is to send goes on its own.
void Dispatcher::leave() {
  if (out_->row_count != 0) return hand_on(nullptr);
  batches_->put_back(*out_);
  out_ = nullptr;
}

void Dispatcher::dispatch_row(const InRow& row) {
  if (!row.is_message()) return close(row, trouble_of(row.bad));
  switch (row.message.kind) {
    case json::LineKind::request: return identity_.id.empty() ? before_init(row) : request(row);
    case json::LineKind::late_reply: return reply_came(row);
    default: return malformed_request(row);
  }
}

void Dispatcher::reply_came(const InRow& row) {
  const bool is_awaited =
      attendant_ != nullptr && attendant_->take_reply(in_->text.get(), row, members_of(row));
  close(row, is_awaited ? Trouble::none : Trouble::late_reply);
}

void Dispatcher::malformed_request(const InRow& row) {
  if (identity_.id.empty() && row.message.dest.length == 0) return close(row, Trouble::before_init);
  answer(row, Error(ErrorCode::malformed_request, Name::lasting(row.message.reason)),
         Trouble::malformed_request);
}

void Dispatcher::before_init(const InRow& row) {
  if (row.message.dest.length == 0) return close(row, Trouble::before_init);
  if (row.type_id == Types::kInit) return request(row);
  answer(row, Error(ErrorCode::temporarily_unavailable, "not initialised yet: init comes first"),
         Trouble::before_init);
}

void Dispatcher::request(const InRow& row) {
  if (row.type_id == kOtherType) return unknown_type(row);
  if (row.type_id == Types::kBenchStats) return bench_stats(row);
  if (row.type_id != Types::kInit && !handlers_[row.type_id]) return start(row);
  trouble_ = Trouble::none;
  answer_row(row, call_handler(row));
}

void Dispatcher::answer_row(const InRow& row, const Reply& reply) {
  const bool failed = reply.is_error() && trouble_ == Trouble::none;
  if (failed) {
    note_error(row.message.type.in(in_->text.get()), reply, Trouble::handler_error,
               row.message.msg_id_length != 0);
  }
  answer(row, reply, failed ? Trouble::handler_error : trouble_);
}

/// An error that no reply carries is in the log instead.
void Dispatcher::note_error(std::string_view type, const Reply& error, Trouble trouble,
                            bool is_told) {
  if (!error.is_error() || trouble != Trouble::handler_error) return;
  // What was no Error is in the log already.
  const std::uint64_t failures = log_.troubles(Trouble::handler_error);
  const bool is_logged = std::exchange(failures_seen_, failures) != failures;
  if (is_told || is_logged) return;
  const OutField& code = error.member(0);
  const OutField& text = error.member(1);
  std::string line = "a message wants no reply, so nobody is told of error ";
  line.append(std::to_string(code.integer)).append(" (");
  line.append(text.text, std::min<std::size_t>(text.text_length, Log::kLineBytes)).append(")");
  log_.trouble(Trouble::handler_error, line, type);
  failures_seen_ = log_.troubles(Trouble::handler_error);
}

/// By a handler that may wait.
void Dispatcher::start(const InRow& row) {
  const auto index = static_cast<std::size_t>(&row - in_->rows.get());
  const Reply* const reply =
      attendant_->start(in_->text.get(), row, members_of(row), {in_->t0, t1_, in_->t2[index], t3_});
  trouble_ = Trouble::none;
  if (reply != nullptr) answer_row(row, *reply);
}

void Dispatcher::note_blocking(const InRow& row, Ticks ticks) {
  const auto ms = static_cast<long>(static_cast<double>(ticks) * clock_.ns_per_tick() / 1e6);
  const std::string_view type =
      row.is_message() ? row.message.type.in(in_->text.get()) : std::string_view("no message");
  log_.blocked_for(ms, "a handler", type);
}

Reply Dispatcher::call_handler(const InRow& row) {
  try {
    if (row.type_id == Types::kInit) return init(view(row));
    return handlers_[row.type_id](view(row));
  } catch (...) {
    return reply_to_failure(std::current_exception(), row.message.type.in(in_->text.get()), log_);
  }
}

Reply Dispatcher::init(const Request& request) {
  const auto malformed = [&](Name text) -> Reply {
    trouble_ = Trouble::malformed_request;
    return Error(ErrorCode::malformed_request, text);
  };
  const auto id = request.find("node_id");
  const bool is_short = id && id->text().size() <= kMostNameBytes;
  const auto named = is_short ? json::as_string(id->text()) : std::nullopt;
  if (!named || named->empty()) return malformed("init: no usable `node_id`");
  const auto everybody = request.find("node_ids");
  if (everybody && is_too_much(everybody->text())) return malformed("init: too many `node_ids`");
  auto node_ids = everybody ? json::as_strings(everybody->text()) : std::nullopt;
  if (!node_ids) return malformed("init: `node_ids` is no array of strings");
  if (identity_.id.empty()) {
    identity_ = {*named, std::move(*node_ids)};
    const std::string_view as_written = id->text().substr(1, id->text().size() - 2);
    prefix_.reserve(as_written.size() + 64);  // padded, as the serializer wants it
    prefix_.append("{\"src\": \"").append(as_written).append("\", \"dest\": \"");
    out_->prefix = prefix_;
    just_initialised_ = true;
  } else if (*named != identity_.id) {
    trouble_ = Trouble::init_conflict;
    return Error(ErrorCode::precondition_failed, "this node has another name already");
  }
  return reply("init_ok");
}

void Dispatcher::unknown_type(const InRow& row) {
  constexpr std::size_t kNamed = 64;  // longer names are not repeated
  const std::string_view type = row.message.type.in(in_->text.get());
  OutRow& out = add_row(row, Trouble::unknown_type);
  if (row.message.msg_id_length == 0) return;
  address(out, row);
  out.type = "error";
  out.type_length = 5;
  out.fields = static_cast<std::uint16_t>(out.fields + 2);
  OutField& code = out_->fields[out_->field_count++];
  code.key = "code";
  code.key_length = 4;
  code.kind = Reply::Kind::integer;
  code.integer = static_cast<int>(ErrorCode::not_supported);
  char* const begin = out_->arena.get() + out_->arena_used;
  json::Cursor text(begin);
  text.literal("\"type ");
  if (type.size() <= kNamed) {
    text.put(type);  // escaped as it came
    text.literal(" ");
  }
  text.literal("is not supported\"");
  out_->arena_used += static_cast<std::size_t>(text.at() - begin);
  OutField& reason = out_->fields[out_->field_count++];
  reason.key = "text";
  reason.key_length = 4;
  reason.kind = Reply::Kind::raw;
  reason.text = begin;
  reason.text_length = static_cast<std::uint32_t>(text.at() - begin);
}

void Dispatcher::bench_stats(const InRow& row) {
  const Request request = view(row);
  const auto reset = request.find("reset");
  const auto detail = request.find("detail");
  const auto level = detail ? word(*detail) : std::optional<std::string>("full");
  const auto window = request.find("window");
  const auto period = window ? word(*window) : std::optional<std::string>("all");
  const bool headline = level == "summary";
  const bool last = period == "last";
  const bool usable = (!reset || json::as_boolean(reset->text()).has_value()) &&
                      (headline || level == "full") && (last || period == "all");
  if (!usable) {
    return answer(row,
                  Error(ErrorCode::malformed_request,
                        "bench_stats: `reset` is true or false, `detail` is full or summary, "
                        "`window` is all or last"),
                  Trouble::malformed_request);
  }
  OutRow& out = add_row(row, Trouble::none);
  out.flags |= OutFlags::kStats;
  if (reset && reset->text() == "true") out.flags |= OutFlags::kReset;
  if (headline) out.flags |= OutFlags::kHeadline;
  if (last) out.flags |= OutFlags::kLast;
  if (row.message.msg_id_length == 0) return;
  address(out, row);
  out.type = "bench_stats_ok";
  out.type_length = 14;
}

void Dispatcher::close(const InRow& row, Trouble trouble) {
  OutRow& out = add_row(row, trouble);
  if (row.is_message()) return;
  out.flags &= static_cast<std::uint8_t>(~OutFlags::kMessage);
  out.lines = row.lines;
}

}  // namespace narrows::pipeline
