// SPDX-License-Identifier: MIT
// How long the messages of one period waited in their handlers for others: the component `await`.
//
// Only those that waited are recorded; of all others it is 0. Bound: a histogram.
// Threads: the books' holder.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/clock.hpp"
#include "profile/histogram.hpp"
#include "profile/latency_rows.hpp"

namespace narrows::profile {

__extension__ using WideSum = unsigned __int128;

struct Awaits {
  std::uint64_t messages = 0;
  WideSum sum = 0;
  Ticks largest = 0;
  std::array<double, kLatencyRows> rows{};  // sums, by the latency from end to end
  Histogram<9> histogram;

  void record(Ticks awaited, Ticks latency) {
    ++messages;
    sum += awaited;
    largest = std::max(largest, awaited);
    rows[latency_row(latency)] += static_cast<double>(awaited);
    histogram.record(awaited);
  }
  void merge(const Awaits& other) {
    messages += other.messages;
    sum += other.sum;
    largest = std::max(largest, other.largest);
    for (std::size_t i = 0; i < kLatencyRows; ++i) rows[i] += other.rows[i];
    histogram.merge(other.histogram);
  }
  void clear() {
    messages = 0;
    sum = 0;
    largest = 0;
    rows.fill(0);
    histogram.clear();
  }
};

}  // namespace narrows::profile
