// SPDX-License-Identifier: MIT
// Log-linear histograms of durations: every power of two is cut into 2^kBits equal buckets.
//
// Error: a percentile is off by at most half a bucket, 2^-(kBits + 1) of the value, or by one tick
//   below 2^kBits: 9 bits give three significant digits, 6 bits two.
// Bound: 48 * 2^kBits counters a histogram, of which only the touched pages take memory. Larger
//   values than 2^48 - 2 ticks count as that.
// Threads: one thread at a time.
// Source: HdrHistogram's layout (http://hdrhistogram.org); the bucket is read off the exponent and
//   the leading mantissa bits of the value as an IEEE 754 double.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

namespace narrows::profile {

/// kCount histograms side by side: one base address for all, as one message is recorded in each.
template <unsigned kBits, std::size_t kCount = 1>
class Histograms {
 public:
  static constexpr std::uint64_t kLargest = (std::uint64_t{1} << 48) - 2;

  Histograms() : counts_(allocate()) {}

  void record(std::uint64_t value, std::size_t which = 0, std::uint64_t times = 1) {
    const std::size_t index = which * kBuckets + index_of(std::min(value, kLargest));
    counts_[index] += times;
    touched_[index / kGroup] = true;
  }

  [[nodiscard]] std::uint64_t count(std::size_t which = 0) const {
    std::uint64_t total = 0;
    for_each_group(which, [&](std::size_t, std::uint64_t count) { total += count; });
    return total;
  }

  /// The value that `rank` of the recorded values do not exceed (1: the smallest); 0 when empty.
  /// With `more`: of the values recorded in either.
  [[nodiscard]] double at_rank(std::uint64_t rank, std::size_t which = 0,
                               const Histograms* more = nullptr) const {
    const auto count_at = [&](std::size_t index) {
      return counts_[index] + (more == nullptr ? 0 : more->counts_[index]);
    };
    for (std::size_t group = which * kGroups; group < (which + 1) * kGroups; ++group) {
      const bool others = more != nullptr && more->touched_[group];
      if (!touched_[group] && !others) continue;
      std::uint64_t count = touched_[group] ? count_of(group) : 0;
      if (others) count += more->count_of(group);
      if (rank > count) {
        rank -= count;
        continue;
      }
      std::size_t index = group * kGroup;
      while (rank > count_at(index)) rank -= count_at(index++);
      return middle_of(index - which * kBuckets);
    }
    return 0;
  }

  /// Calls visit(value, count) for each bucket that has any, in order.
  template <typename Visit>
  void for_each(Visit visit, std::size_t which = 0) const {
    for_each_group(which, [&](std::size_t group, std::uint64_t /*count*/) {
      for (std::size_t index = group * kGroup; index < (group + 1) * kGroup; ++index) {
        if (counts_[index] != 0) visit(middle_of(index - which * kBuckets), counts_[index]);
      }
    });
  }

  /// Adds, or takes away, what another has recorded. Precondition of subtract: it is part of this.
  void merge(const Histograms& other) {
    combine(other, [](auto a, auto b) { return a + b; });
  }
  void subtract(const Histograms& other) {
    combine(other, [](auto a, auto b) { return a - b; });
  }

  void clear() {
    for (std::size_t group = 0; group < kCount * kGroups; ++group) {
      if (!touched_[group]) continue;
      std::fill_n(&counts_[group * kGroup], kGroup, 0);
      touched_[group] = false;
    }
  }

 private:
  static constexpr std::size_t kBuckets = std::size_t{48} << kBits;
  static constexpr std::size_t kGroup = 64;  // buckets that are skipped together when untouched
  static constexpr std::size_t kGroups = kBuckets / kGroup;

  struct Free {
    void operator()(std::uint64_t* counts) const { std::free(counts); }
  };

  /// Zeroed by the kernel, page by page, when first touched.
  static std::uint64_t* allocate() {
    void* memory = std::calloc(kCount * kBuckets, sizeof(std::uint64_t));
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<std::uint64_t*>(memory);
  }

  static std::size_t index_of(std::uint64_t value) {
    // value + 1, so that 0 has a bucket; exact as a double, being below 2^53.
    const auto as_double = static_cast<double>(static_cast<std::int64_t>(value + 1));
    const auto bits = std::bit_cast<std::uint64_t>(as_double);
    return (bits >> (52U - kBits)) - (std::uint64_t{1023} << kBits);
  }

  /// The middle of the whole numbers that fall into a bucket.
  static double middle_of(std::size_t index) {
    const auto edge = [](std::size_t at) {
      return std::bit_cast<double>((at + (std::uint64_t{1023} << kBits)) << (52U - kBits));
    };
    const auto ceiling = [](double value) {
      const auto whole = static_cast<std::uint64_t>(value);
      return static_cast<double>(static_cast<double>(whole) < value ? whole + 1 : whole);
    };
    const double first = ceiling(edge(index));
    const double last = std::max(first, ceiling(edge(index + 1)) - 1);
    return (first + last) / 2 - 1;
  }

  template <typename Visit>
  void for_each_group(std::size_t which, Visit visit) const {
    for (std::size_t group = which * kGroups; group < (which + 1) * kGroups; ++group) {
      if (touched_[group]) visit(group, count_of(group));
    }
  }

  [[nodiscard]] std::uint64_t count_of(std::size_t group) const {
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < kGroup; ++i) count += counts_[group * kGroup + i];
    return count;
  }

  template <typename Combine>
  void combine(const Histograms& other, Combine operation) {
    for (std::size_t group = 0; group < kCount * kGroups; ++group) {
      if (!other.touched_[group]) continue;
      touched_[group] = true;
      for (std::size_t i = group * kGroup; i < (group + 1) * kGroup; ++i) {
        counts_[i] = operation(counts_[i], other.counts_[i]);
      }
    }
  }

  std::unique_ptr<std::uint64_t[], Free> counts_;
  std::array<bool, kCount * kGroups> touched_{};
};

template <unsigned kBits>
using Histogram = Histograms<kBits>;

}  // namespace narrows::profile
