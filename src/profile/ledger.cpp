// SPDX-License-Identifier: MIT
#include "profile/ledger.hpp"

#include <algorithm>
#include <utility>

namespace narrows::profile {
namespace {

void merge_into(std::unique_ptr<Histogram<6>>& to, const Histogram<6>& from) {
  if (to == nullptr) to = std::make_unique<Histogram<6>>();
  to->merge(from);
}

}  // namespace

void Ledger::merge(const Ledger& other) {
  histograms.merge(other.histograms);
  for (std::size_t i = 0; i < kSeries; ++i) {
    sums[i] += other.sums[i];
    largest[i] = std::max(largest[i], other.largest[i]);
  }
  for (std::size_t i = 0; i < kStages; ++i) squares[i] += other.squares[i];
  for (std::size_t i = 0; i < kLatencyRows; ++i) {
    rows[i].messages += other.rows[i].messages;
    for (std::size_t k = 0; k < kComponents; ++k) {
      rows[i].components[k] += other.rows[i].components[k];
    }
  }
  for (std::size_t i = 0; i < kTroubles; ++i) troubles[i] += other.troubles[i];
  for (std::size_t i = 0; i < types.size(); ++i) {
    types[i].count += other.types[i].count;
    types[i].answered += other.types[i].answered;
    types[i].sum += other.types[i].sum;
    if (other.types[i].histogram == nullptr) continue;
    merge_into(types[i].histogram, *other.types[i].histogram);
  }
  messages += other.messages;
  answered += other.answered;
  uneven += other.uneven;
  sent_unprompted += other.sent_unprompted;
  if (other.awaits != nullptr) made_awaits().merge(*other.awaits);
}

Awaits& Ledger::made_awaits() {
  if (awaits == nullptr) awaits = std::make_unique<Awaits>();
  return *awaits;
}

void Ledger::clear() {
  histograms.clear();
  sums.fill(0);
  largest.fill(0);
  squares.fill(0);
  rows.fill({});
  troubles.fill(0);
  for (Type& type : types) {
    type.count = 0;
    type.answered = 0;
    type.sum = 0;
    if (type.histogram != nullptr) type.histogram->clear();
  }
  messages = answered = uneven = sent_unprompted = 0;
  if (awaits != nullptr) awaits->clear();
}

std::uint64_t LedgerView::total(std::uint64_t Ledger::*figure) const {
  std::uint64_t sum = 0;
  for (const Ledger* part : parts()) sum += part->*figure;
  return sum;
}

WideSum LedgerView::sum(std::size_t series) const {
  WideSum sum = 0;
  for (const Ledger* part : parts()) sum += part->sums[series];
  return sum;
}

Ticks LedgerView::largest(std::size_t series) const {
  Ticks largest = 0;
  for (const Ledger* part : parts()) largest = std::max(largest, part->largest[series]);
  return largest;
}

double LedgerView::squares(std::size_t stage) const {
  double sum = 0;
  for (const Ledger* part : parts()) sum += part->squares[stage];
  return sum;
}

std::uint64_t LedgerView::trouble(std::size_t index) const {
  std::uint64_t sum = 0;
  for (const Ledger* part : parts()) sum += part->troubles[index];
  return sum;
}

double LedgerView::at_rank(std::uint64_t rank, std::size_t series) const {
  const Histograms<9, kSeries>* const second =
      parts_[1] == nullptr ? nullptr : &parts_[1]->histograms;
  return parts_[0]->histograms.at_rank(rank, series, second);
}

Ledger::Row LedgerView::row(std::size_t index) const {
  Ledger::Row row;
  for (const Ledger* part : parts()) {
    row.messages += part->rows[index].messages;
    for (std::size_t i = 0; i < kComponents; ++i) {
      row.components[i] += part->rows[index].components[i];
    }
  }
  return row;
}

std::uint64_t LedgerView::awaited() const {
  std::uint64_t sum = 0;
  for (const Ledger* part : parts()) sum += part->awaits == nullptr ? 0 : part->awaits->messages;
  return sum;
}

WideSum LedgerView::sum_of_awaits() const {
  WideSum sum = 0;
  for (const Ledger* part : parts()) sum += part->awaits == nullptr ? 0 : part->awaits->sum;
  return sum;
}

Ticks LedgerView::largest_await() const {
  Ticks largest = 0;
  for (const Ledger* part : parts()) {
    if (part->awaits != nullptr) largest = std::max(largest, part->awaits->largest);
  }
  return largest;
}

double LedgerView::await_at_rank(std::uint64_t rank) const {
  const std::uint64_t zeros = answered() - awaited();
  if (rank <= zeros) return 0;
  const Histogram<9>* first = nullptr;
  const Histogram<9>* second = nullptr;
  for (const Ledger* part : parts()) {
    if (part->awaits != nullptr) second = std::exchange(first, &part->awaits->histogram);
  }
  return first == nullptr ? 0 : first->at_rank(rank - zeros, 0, second);
}

std::uint64_t LedgerView::count(std::size_t type) const {
  std::uint64_t sum = 0;
  for (const Ledger* part : parts()) sum += part->types[type].count;
  return sum;
}

std::uint64_t LedgerView::answered(std::size_t type) const {
  std::uint64_t sum = 0;
  for (const Ledger* part : parts()) sum += part->types[type].answered;
  return sum;
}

WideSum LedgerView::sum_of_type(std::size_t type) const {
  WideSum sum = 0;
  for (const Ledger* part : parts()) sum += part->types[type].sum;
  return sum;
}

double LedgerView::at_rank_of_type(std::uint64_t rank, std::size_t type) const {
  const auto& first = parts_[0]->types[type].histogram;
  if (first == nullptr) return 0;
  return first->at_rank(rank, 0,
                        parts_[1] == nullptr ? nullptr : parts_[1]->types[type].histogram.get());
}

template <typename Visit>
void LedgerView::for_slowest(double messages, Visit visit) const {
  double left = messages;
  for (std::size_t i = kLatencyRows; i-- > 0 && left > 0;) {
    std::uint64_t there = 0;
    for (const Ledger* part : parts()) there += part->rows[i].messages;
    if (there == 0) continue;
    const double taken = std::min(left, static_cast<double>(there));
    visit(i, taken / static_cast<double>(there));
    left -= taken;
  }
}

std::array<double, kComponents> LedgerView::slowest(double messages) const {
  std::array<double, kComponents> means{};
  for_slowest(messages, [&](std::size_t index, double share) {
    const Ledger::Row at = row(index);
    for (std::size_t k = 0; k < kComponents; ++k) {
      means[k] += share * at.components[k] / messages;
    }
  });
  return means;
}

double LedgerView::slowest_await(double messages) const {
  double mean = 0;
  for_slowest(messages, [&](std::size_t index, double share) {
    for (const Ledger* part : parts()) {
      if (part->awaits != nullptr) mean += share * part->awaits->rows[index] / messages;
    }
  });
  return mean;
}

}  // namespace narrows::profile
