// SPDX-License-Identifier: MIT
#include "pipeline/trace.hpp"

#include <charconv>

namespace narrows::pipeline {
namespace {

constexpr double kQuarterNs = 250e6;
constexpr std::uint64_t kEnough = 1000;  // of fewer messages the percentile is the largest

/// A message that is in the latencies.
bool is_counted(const OutRow& row) {
  constexpr std::uint8_t kAnswered = OutFlags::kMessage | OutFlags::kAnswer;
  return (row.flags & (kAnswered | OutFlags::kReset)) == kAnswered;
}

/// One of the node's own.
bool is_own(const OutRow& row) {
  return (row.flags & (OutFlags::kMessage | OutFlags::kAnswer)) == OutFlags::kAnswer;
}

}  // namespace

void Tracer::pick(const TraceRun& run) {
  const Ticks threshold = threshold_.load(std::memory_order_relaxed);
  const std::uint32_t rows = run.end - run.first;
  if (run.answered == 0) return;
  const std::uint32_t origins_left = run.batch.origin_count - run.next_origin;
  const bool one_chain = origins_left == 0 || (origins_left == 1 && run.begins_chain(run.first));
  const bool is_slow = run.t7 - run.earliest_t0() > threshold;
  if (one_chain && run.answered == rows && (!is_slow || slow_left(run.t7) == 0)) {
    const std::uint64_t picked = pick_nth(run, is_slow);
    if (is_slow) drop(rows - picked);
  } else {
    walk(run, threshold);
  }
  if (ring_.has_unpublished()) publish();
}

/// How many more slow messages of this quarter of a second are traced.
std::uint32_t Tracer::slow_left(Ticks now) {
  if (now >= slow_until_) {
    slow_until_ = now + quarter();
    slow_left_ = kMostSlow;
  }
  return slow_left_;
}

Ticks Tracer::quarter() const { return static_cast<Ticks>(kQuarterNs / clock_.ns_per_tick()); }

/// One thread counts, hence no read-modify-write.
void Tracer::drop(std::uint64_t samples) {
  dropped_.store(dropped_.load(std::memory_order_relaxed) + samples, std::memory_order_relaxed);
}

/// All rows are answered messages of one chain: those whose turn it is can be reached directly.
/// How many they are.
std::uint64_t Tracer::pick_nth(const TraceRun& run, bool is_slow) {
  std::uint64_t picked = 0;
  Origin chain = run.begins_chain(run.first) ? run.batch.origins[run.next_origin] : run.chain;
  std::uint64_t row = run.first + countdown_ - 1;
  for (; row < run.end; row += every_, ++picked) {
    const auto at = static_cast<std::uint32_t>(row);
    if (at != run.first) {
      chain.t1 = run.batch.rows[at - 1].t2;
      chain.t3 = run.batch.rows[at - 1].t4;
      chain.awaited = 0;  // that is the first row's alone
    }
    add(run, at, chain, true, is_slow);
  }
  countdown_ = row - run.end + 1;
  return picked;
}

void Tracer::walk(const TraceRun& run, Ticks threshold) {
  Origin chain = run.chain;
  std::uint32_t next_origin = run.next_origin;
  for (std::uint32_t i = run.first; i != run.end; ++i) {
    const OutRow& row = run.batch.rows[i];
    if (is_own(row)) continue;
    if (run.begins_chain(i)) {
      const Origin& origin = run.batch.origins[next_origin++];
      if (origin.awaited != 0) {
        if (is_counted(row)) consider(run, i, origin, threshold);
        continue;
      }
      chain = origin;
    }
    if (is_counted(row)) consider(run, i, chain, threshold);
    chain.t1 = row.t2;
    chain.t3 = row.t4;
  }
}

/// One answered message.
void Tracer::consider(const TraceRun& run, std::uint32_t row, const Origin& chain,
                      Ticks threshold) {
  const bool is_nth = --countdown_ == 0;
  const bool is_slow = run.t7 - chain.t0 > threshold;
  if (is_nth) countdown_ = every_;
  const bool is_wanted = is_nth || (is_slow && slow_left(run.t7) != 0);
  if (is_slow && slow_left_ != 0) --slow_left_;
  if (is_wanted) add(run, row, chain, is_nth, is_slow);
  if (is_slow && !is_wanted) drop(1);
}

void Tracer::add(const TraceRun& run, std::uint32_t row_index, const Origin& chain, bool is_nth,
                 bool is_slow) {
  TraceSample* const sample = ring_.next();
  if (sample == nullptr) return drop(1);
  const OutRow& row = run.batch.rows[row_index];
  const Ticks t5 = row_index == run.first ? run.t5 : run.t6[row_index - 1];
  sample->stamps = {chain.t0, chain.t1, row.t2, chain.t3, row.t4, t5, run.t6[row_index], run.t7};
  sample->msg_id = row.msg_id;
  sample->in_reply_to = 0;
  std::from_chars(row.in_reply_to, row.in_reply_to + row.in_reply_to_length, sample->in_reply_to);
  sample->type = row.request_type;
  sample->is_nth = is_nth;
  sample->is_slow = is_slow;
  sample->is_answer = row.in_reply_to_length != 0;
  sample->awaited = chain.awaited;
}

/// Either this sees that the reporter asked to be woken, or that sees the new samples: of two
/// stores each followed by a load of the other's, all sequentially consistent, one load comes last.
void Tracer::publish() {
  ring_.publish();
  if (reporter_asleep_.load() || is_urgent()) {
    reporter_asleep_.store(false);
    reporter_.wake();
  }
}

bool Tracer::ask_to_be_woken() {
  reporter_asleep_.store(true);
  if (ring_.size() == 0) return true;
  reporter_asleep_.store(false);
  return false;
}

void Tracer::set_threshold_from(const profile::Books& books, Ticks now) {
  refresh_at_ = now + quarter();
  const profile::LedgerView period =
      books.last().answered() >= kEnough ? books.last() : books.all();
  const std::uint64_t answered = period.answered();
  if (answered < kEnough) return;
  const std::uint64_t above = answered / 1000;  // so many are slower
  const double ticks = period.at_rank(answered - above, profile::kEndToEnd);
  set_threshold(static_cast<Ticks>(ticks + ticks / 1024));  // a bucket's end: that is its middle
}

}  // namespace narrows::pipeline
