// SPDX-License-Identifier: MIT
#include "profile/counterfactual.hpp"

#include <algorithm>
#include <utility>

namespace narrows::profile {
namespace {

/// Rounded down, towards 0 if negative; without a call, where floor() is one.
double whole(double value) { return static_cast<double>(static_cast<std::int64_t>(value)); }

constexpr double kMostTicks = 0x1p63;  // more, from odd stamps, would be no Ticks

double between(Ticks from, Ticks to) { return to > from ? static_cast<double>(to - from) : 0; }

}  // namespace

void Gains::merge(const Gains& other) {
  messages += other.messages;
  latency += other.latency;
  for (std::size_t i = 0; i < kStages; ++i) saved[i] += other.saved[i];
  for (std::size_t row = 0; row < kLatencyRows; ++row) {
    rows[row].messages += other.rows[row].messages;
    for (std::size_t i = 0; i < kStages; ++i) rows[row].saved[i] += other.rows[row].saved[i];
  }
}

void Counterfactual::reset() {
  count_ = played_ = 0;
  previous_ = skipped_ = {};
  lead_ = {};
  gains_ = {};
  encoded_ = {};
}

/// Times count from the first run's, so that a double holds them exactly. Since when the stages
/// are free.
Counterfactual::Free Counterfactual::cut_up() {
  const Ticks origin = previous_.messages != 0 ? previous_.received : runs_[0].received;
  const auto at = [&](Ticks ticks) { return between(origin, ticks); };
  const Free free{at(one_thread_ ? previous_.written : previous_.parsed), at(previous_.dispatched),
                  at(previous_.written)};
  Ticks read_before = previous_.messages != 0 ? previous_.received : runs_[0].received;
  const double group = group_size();
  const Run* before = &previous_;
  for (std::size_t k = 0; k < count_; ++k) {
    const Run& run = runs_[k];
    Part& part = parts_[k];
    // Reading begins when the wait is over, or when the parser is done with what it had. What was
    // written in two parts was read once.
    const bool same_read = run.received == before->received;
    const bool waited = run.waited.input != 0;
    Ticks begin = run.waited.over();
    if (begin == 0) begin = one_thread_ ? before->written : before->parsed;
    if (begin == 0 || begin > run.received) begin = run.received;
    if (same_read) begin = read_before;
    part.arrival = at(begin);
    part.first_arrival =
        waited || same_read ? part.arrival : std::min(at(read_before), part.arrival);
    read_before = begin;
    part.messages = run.messages;
    part.groups = waited ? 1 : std::max(1.0, whole(part.messages / group + 0.5));
    part.read = same_read ? 0 : between(begin, run.received);
    part.parse = between(std::max(run.received, before->parsed), run.parsed);
    part.dispatch_lag = between(std::max(run.parsed, before->dispatched), run.dispatching);
    part.dispatch = between(run.dispatching, run.dispatched);
    part.serialize_lag = between(std::max(run.dispatched, before->written), run.serializing);
    part.serialize = between(run.serializing, run.serialized);
    part.blocked = static_cast<double>(run.blocked);
    part.write = std::max(0.0, between(run.serialized, run.written) - part.blocked);
    before = &run;
  }
  for (std::size_t i = 0; i < batches_; ++i) home_[i] = at(encoded_[(encoded_at_ + i) % batches_]);
  for (std::size_t k = 0; k < count_; ++k) {
    encoded_[encoded_at_] = runs_[k].serialized;
    encoded_at_ = (encoded_at_ + 1) % batches_;
  }
  return free;
}

/// How many messages come together: of those that a wait ended with.
double Counterfactual::group_size() const {
  double groups = 0;
  double messages = 0;
  for (std::size_t k = 0; k < count_; ++k) {
    if (runs_[k].waited.input == 0) continue;
    groups += 1;
    messages += runs_[k].messages;
  }
  return groups > 0 ? messages / groups : 1;
}

double Counterfactual::arrival(const Part& part, double index) {
  const double group = whole((index + 0.5) / part.messages * part.groups);
  return part.first_arrival + (group + 0.5) / part.groups * (part.arrival - part.first_arrival);
}

/// How many of a run's messages have come.
double Counterfactual::arrived(const Part& part, double now) {
  if (part.arrival <= now) return part.messages;
  const double width = part.arrival - part.first_arrival;
  if (width <= 0) return 0;
  const double groups = whole((now - part.first_arrival) / width * part.groups + 0.5);
  return whole(groups / part.groups * part.messages + 0.5);
}

double Counterfactual::play(const std::array<double, kStages>& scale, Free& free, Homecomings& home,
                            Latencies& middle) const {
  double total = 0;
  std::size_t k = 0;
  double taken = 0;  // of run k's messages
  std::size_t oldest = 0;
  while (k < count_) {
    const Part& first = parts_[k];
    double start = std::max(free.parse, arrival(first, taken));
    if (!one_thread_) start = std::max(start, home[oldest]);
    const std::size_t first_run = k;
    const double first_taken = taken;
    double messages = 0;
    std::array<double, kStages> work{};
    const Part* last = &first;
    // What has come when the read begins is one batch.
    while (k < count_ && messages < most_messages_) {
      const Part& part = parts_[k];
      double upto = arrived(part, start);
      if (messages == 0) upto = std::max(upto, taken + 1);
      upto = std::min({upto, part.messages, taken + most_messages_ - messages});
      if (upto <= taken) break;
      const double share = (upto - taken) / part.messages;
      work[0] += share * part.parse;
      work[1] += share * part.dispatch;
      work[2] += share * part.serialize;
      messages += upto - taken;
      last = &part;
      taken = upto;
      if (taken < part.messages) break;
      ++k;
      taken = 0;
    }
    const double parsed = start + (first.read + work[0]) * scale[0];
    free.dispatch = std::max(parsed, free.dispatch) + last->dispatch_lag + work[1] * scale[1];
    const double encoded =
        std::max(free.dispatch, free.serialize) + last->serialize_lag + work[2] * scale[2];
    free.serialize = encoded + last->write * scale[2] + last->blocked;
    home[oldest] = encoded;
    oldest = (oldest + 1) % batches_;
    free.parse = one_thread_ ? free.serialize : parsed;
    total += messages * free.serialize;
    for (std::size_t run = first_run; run < count_; ++run) {
      const double mid = whole(parts_[run].messages / 2);
      if (run > k || (run == k && mid >= taken)) break;
      if (run == first_run && mid < first_taken) continue;
      middle[run] = free.serialize - arrival(parts_[run], mid);
    }
  }
  // However they were cut into batches, they came when they came.
  for (k = 0; k < count_; ++k) {
    total -= parts_[k].messages * (parts_[k].first_arrival + parts_[k].arrival) / 2;
  }
  return total;
}

void Counterfactual::play_part() {
  if (count_ == 0) return;
  const Free as_it_was = cut_up();
  Latencies usual{};
  Free end = as_it_was;
  Homecomings home = home_;
  const double latency = play({1, 1, 1}, end, home, usual);
  gains_.latency += latency;
  std::array<std::size_t, kPartRuns> row{};
  for (std::size_t k = 0; k < count_; ++k) {
    row[k] = latency_row(static_cast<Ticks>(std::clamp(usual[k], 0.0, kMostTicks)));
    gains_.rows[row[k]].messages += static_cast<float>(parts_[k].messages);
    gains_.messages += parts_[k].messages;
  }
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    std::array<double, kStages> scale{1, 1, 1};
    scale[stage] = kFaster;
    Free& lead = lead_[stage];
    Free free{as_it_was.parse - lead.parse, as_it_was.dispatch - lead.dispatch,
              as_it_was.serialize - lead.serialize};
    for (std::size_t i = 0; i < batches_; ++i) home[i] = home_[i] - lead.serialize;
    Latencies faster{};
    gains_.saved[stage] += latency - play(scale, free, home, faster);
    lead = {end.parse - free.parse, end.dispatch - free.dispatch, end.serialize - free.serialize};
    for (std::size_t k = 0; k < count_; ++k) {
      gains_.rows[row[k]].saved[stage] +=
          static_cast<float>(parts_[k].messages * (usual[k] - faster[k]));
    }
  }
  previous_ = runs_[count_ - 1];
  count_ = 0;
  ++played_;
}

Gains Counterfactual::play() {
  play_part();
  if (skipped_.messages != 0) {  // what comes next does not follow on what was played
    previous_ = std::exchange(skipped_, {});
    lead_ = {};
  }
  played_ = 0;
  return std::exchange(gains_, {});
}

}  // namespace narrows::profile
