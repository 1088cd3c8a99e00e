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
  if (entry.histogram == nullptr) {
    for (Ledger* ledger : {&before_, &last_, &current_}) {
      ledger->types[type_].histogram = std::make_unique<Histogram<6>>();
    }
  }
  entry.histogram->record(run_latency_, 0, count);
  entry.sum += WideSum{run_latency_} * count;
}

void Books::end_run(const Run& run) {
  enter_type();
  const std::uint64_t count = std::exchange(run_count_, 0);
  if (count == 0) return;
  current_.answered += count;
  if constexpr (!kStamps) return;
  const WideSum latencies = WideSum{run_latency_} * count;
  Ledger::Row& row = current_.rows[latency_row(run_latency_)];
  row.messages += count;
  Slice& slice = timeline_.open();
  WideSum total = 0;
  for (std::size_t i = 0; i < kComponents; ++i) {
    const std::uint64_t sum = std::exchange(run_sums_[i], 0);
    row.components[i] += static_cast<double>(sum);
    slice.components[i] += static_cast<double>(sum);
    current_.sums[i] += sum;
    total += sum;
  }
  const bool is_negative = std::exchange(run_bits_, 0) >> 63U != 0;  // any part of any message
  if (is_negative || total != latencies) current_.uneven += count;
  current_.sums[kEndToEnd] += latencies;
  current_.histograms.record(run_latency_, kEndToEnd, count);
  current_.largest[kEndToEnd] = std::max(current_.largest[kEndToEnd], run_latency_);
  slice.answered += count;
  ++slice.runs;
  slice.bytes += run.bytes;
  const auto overheads = overheads_of(run, last_run_, shape_.one_thread);
  for (std::size_t i = 0; i < kStages; ++i) slice.overheads[i] += overheads[i];
  last_run_ = run;
  last_run_.messages = static_cast<std::uint32_t>(count);
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
  has_messages_ = false;
  first_received_ = 0;
  period_start_ = now;
  at_start_ = times;
}

}  // namespace narrows::profile
