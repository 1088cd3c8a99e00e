// SPDX-License-Identifier: MIT
#include "profile/books.hpp"

#include <algorithm>
#include <utility>

namespace narrows::profile {

Books::Books(std::vector<std::string> types, const NodeShape& shape)
    : types_(std::move(types)),
      shape_(shape),
      before_(types_.size()),
      last_(types_.size()),
      current_(types_.size()),
      counterfactual_(shape.one_thread, shape.most_messages, shape.batches) {}

void Books::turn_type(std::uint16_t type) {
  enter_type();
  type_ = type;
}

/// Messages of one type and, being of one run, of one latency.
void Books::enter_type() {
  const std::uint64_t count = std::exchange(type_count_, 0);
  if (count == 0) return;
  Ledger::Type& entry = current_.types[type_];
  entry.answered += count;
  if constexpr (!kStamps) return;
  made_histogram(type_).histogram->record(run_latency_, 0, count);
  entry.sum += WideSum{run_latency_} * count;
}

/// This second's entry of a type, with a histogram.
Ledger::Type& Books::made_histogram(std::uint16_t type) {
  Ledger::Type& entry = current_.types[type];
  if (entry.histogram == nullptr) [[unlikely]] {
    for (Ledger* ledger : {&before_, &last_, &current_}) {
      ledger->types[type].histogram = std::make_unique<Histogram<6>>();
    }
  }
  return entry;
}

void Books::enter_latencies(Ticks latency, std::uint64_t count,
                            const std::array<std::uint64_t, kComponents>& sums, Ticks awaited,
                            Ticks bits) {
  const WideSum latencies = WideSum{latency} * count;
  Ledger::Row& row = current_.rows[latency_row(latency)];
  row.messages += count;
  Slice& slice = timeline_.open();
  WideSum total = awaited;
  for (std::size_t i = 0; i < kComponents; ++i) {
    row.components[i] += static_cast<double>(sums[i]);
    slice.components[i] += static_cast<double>(sums[i]);
    current_.sums[i] += sums[i];
    total += sums[i];
  }
  const bool is_negative = bits >> 63U != 0;
  if (is_negative || total != latencies) current_.uneven += count;
  current_.sums[kEndToEnd] += latencies;
  current_.histograms.record(latency, kEndToEnd, count);
  current_.largest[kEndToEnd] = std::max(current_.largest[kEndToEnd], latency);
  current_.answered += count;
  slice.answered += count;
}

void Books::record_waited(const Stamps& s, Ticks awaited, std::uint16_t type) {
  count_message(s.t0, type);
  ++current_.types[type].answered;
  if constexpr (!kStamps) {
    ++current_.answered;
    return;
  }
  const Ticks latency = s.t7 - s.t0;
  const std::array<std::uint64_t, kComponents> parts{
      s.t1 - s.t0, s.t2 - s.t1, s.t3 - s.t2, s.t4 - s.t3 - awaited,
      s.t5 - s.t4, s.t6 - s.t5, s.t7 - s.t6};
  Ticks bits = awaited;
  for (std::size_t i = 0; i < kComponents; ++i) {
    current_.histograms.record(parts[i], i);
    current_.largest[i] = std::max(current_.largest[i], parts[i]);
    bits |= parts[i];
  }
  for (std::size_t stage = 0; stage < kStages; ++stage) {
    const auto service = static_cast<double>(parts[2 * stage + 1]);
    current_.squares[stage] += service * service;
  }
  enter_latencies(latency, 1, parts, awaited, bits);
  Ledger::Type& entry = made_histogram(type);
  entry.histogram->record(latency);
  entry.sum += latency;
  if (awaited == 0) return;
  if (current_.awaits == nullptr) [[unlikely]] {
    for (Ledger* ledger : {&before_, &last_, &current_}) ledger->made_awaits();
  }
  current_.awaits->record(awaited, latency);
  timeline_.open().awaited += static_cast<double>(awaited);
}

void Books::end_run(const Run& run) {
  enter_type();
  const std::uint64_t count = std::exchange(run_count_, 0);
  if (count + run.messages == 0) return;
  if constexpr (!kStamps) {
    current_.answered += count;
    return;
  }
  if (count != 0) {
    enter_latencies(run_latency_, count, run_sums_, 0, std::exchange(run_bits_, 0));
    run_sums_ = {};
  }
  Slice& slice = timeline_.open();
  ++slice.runs;
  slice.bytes += run.bytes;
  const auto overheads = overheads_of(run, last_run_, shape_.one_thread);
  for (std::size_t i = 0; i < kStages; ++i) slice.overheads[i] += overheads[i];
  last_run_ = run;
  last_run_.messages += static_cast<std::uint32_t>(count);
  counterfactual_.add(last_run_);
}

void Books::turn_page(Ticks now, const std::array<StageTimes, kStages>& times, const CpuTimes& cpu,
                      Ticks slice_ticks) {
  Slice& slice = timeline_.open();
  slice.messages = all().messages() - counted_;
  counted_ += slice.messages;
  slice.gains = counterfactual_.play();
  for (std::size_t seconds = timeline_.close(now, times, cpu, slice_ticks); seconds > 0;
       --seconds) {
    before_.merge(current_);
    std::swap(last_, current_);
    current_.clear();
  }
}

void Books::reset(Ticks now, const std::array<StageTimes, kStages>& times, const CpuTimes& cpu,
                  Ticks slice_ticks) {
  for (Ledger* ledger : {&before_, &last_, &current_}) ledger->clear();
  timeline_.reset(now, slice_ticks, times, cpu);
  counterfactual_.reset();
  last_run_ = {};
  counted_ = 0;
  first_received_ = kNever;
  period_start_ = now;
  at_start_ = times;
}

}  // namespace narrows::profile
