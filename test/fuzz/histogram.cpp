// SPDX-License-Identifier: MIT
// Operations on histograms, against the values themselves. The first byte of each operation says
// which it is.
#include "profile/histogram.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "fuzz/target.hpp"

namespace narrows::fuzz {
namespace {

constexpr std::size_t kCount = 3;          // side by side
constexpr std::size_t kMostValues = 5000;  // that the model keeps

/// Three histograms side by side, and what was recorded in them.
template <unsigned kBits>
struct Modelled {
  using Histograms = profile::Histograms<kBits, kCount>;

  void record(std::uint64_t value, std::size_t which, std::uint64_t times) {
    std::vector<std::uint64_t>& model = values[which];
    if (model.size() + times > kMostValues) return;
    histograms.record(value, which, times);
    model.insert(model.end(), times, std::min(value, Histograms::kLargest));
  }
  /// Afterwards this has both.
  void merge(const Modelled& other) {
    for (std::size_t i = 0; i < kCount; ++i) {
      if (values[i].size() + other.values[i].size() > kMostValues) return;
    }
    histograms.merge(other.histograms);
    for (std::size_t i = 0; i < kCount; ++i) {
      values[i].insert(values[i].end(), other.values[i].begin(), other.values[i].end());
    }
  }
  /// Takes away what is part of it: what was recorded before `kept` values of each.
  void forget_first(std::array<std::size_t, kCount> kept) {
    Histograms part;
    for (std::size_t i = 0; i < kCount; ++i) {
      const auto end = values[i].begin() + static_cast<std::ptrdiff_t>(values[i].size() - kept[i]);
      for (auto at = values[i].begin(); at != end; ++at) part.record(*at, i);
      values[i].erase(values[i].begin(), end);
    }
    histograms.subtract(part);
  }
  void clear() {
    histograms.clear();
    for (auto& model : values) model.clear();
  }

  Histograms histograms;
  std::array<std::vector<std::uint64_t>, kCount> values;
};

/// Half a bucket, or one tick.
template <unsigned kBits>
double most_error(double value) {
  return std::max(1.0, value / static_cast<double>(std::uint64_t{2} << kBits));
}

template <unsigned kBits>
void check_rank(const Modelled<kBits>& one, const Modelled<kBits>* more, std::size_t which,
                std::uint64_t at) {
  std::vector<std::uint64_t> all = one.values[which];
  if (more != nullptr) {
    all.insert(all.end(), more->values[which].begin(), more->values[which].end());
  }
  const auto* const second = more == nullptr ? nullptr : &more->histograms;
  if (all.empty()) {
    require(one.histograms.at_rank(1, which, second) == 0, "of nothing every percentile is 0");
    return;
  }
  std::sort(all.begin(), all.end());
  const std::size_t rank = at % all.size() + 1;
  const auto exact = static_cast<double>(all[rank - 1]);
  const double found = one.histograms.at_rank(rank, which, second);
  require(std::fabs(found - exact) <= most_error<kBits>(exact), "a percentile is as exact as said",
          std::to_string(found) + " for " + std::to_string(exact));
}

template <unsigned kBits>
void check_all(const Modelled<kBits>& one) {
  for (std::size_t which = 0; which < kCount; ++which) {
    require(one.histograms.count(which) == one.values[which].size(), "all are counted");
    std::uint64_t count = 0;
    double before = -1;
    const auto visit = [&](double value, std::uint64_t many) {
      require(value > before && many > 0, "buckets are visited in order, if they have any");
      before = value;
      count += many;
    };
    one.histograms.for_each(visit, which);
    require(count == one.values[which].size(), "all are visited");
  }
}

template <unsigned kBits>
void try_operations(Bytes bytes) {
  Modelled<kBits> one;
  Modelled<kBits> other;
  while (!bytes.empty()) {
    const std::uint8_t operation = bytes.byte();
    const std::size_t which = operation / 8U % kCount;
    Modelled<kBits>& target = operation >= 128 ? other : one;
    switch (operation % 8) {
      case 0: target.record(bytes.byte(), which, 1); break;
      case 1: target.record(bytes.number(4), which, 1); break;
      case 2: target.record(bytes.number(8), which, 1); break;
      case 3: {
        const std::uint64_t value = bytes.number(3);
        target.record(value, which, bytes.byte());
        break;
      }
      case 4: target.merge(&target == &one ? other : one); break;
      case 5: {
        std::array<std::size_t, kCount> kept{};
        for (std::size_t i = 0; i < kCount; ++i) {
          kept[i] = std::min<std::size_t>(bytes.byte(), target.values[i].size());
        }
        target.forget_first(kept);
        break;
      }
      case 6:
        check_rank<kBits>(one, operation >= 128 ? &other : nullptr, which, bytes.number(2));
        break;
      default: target.clear();
    }
  }
  check_all(one);
  check_all(other);
  for (std::size_t which = 0; which < kCount; ++which) check_rank<kBits>(one, &other, which, 0);
}

}  // namespace

void histogram(std::string_view input) {
  try_operations<6>(Bytes(input));
  try_operations<9>(Bytes(input));
}

}  // namespace narrows::fuzz
