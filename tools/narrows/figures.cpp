// SPDX-License-Identifier: MIT
#include "figures.hpp"

#include <algorithm>
#include <cmath>

namespace narrows::tools {
namespace {

/// Adds the time after it to a point. The percentiles are then the worst part's.
void merge(Point& point, const Point& next) {
  point.end_s = next.end_s;
  point.seconds += next.seconds;
  point.sent += next.sent;
  point.answered += next.answered;
  point.p50_us = std::max(point.p50_us, next.p50_us);
  point.p99_us = std::max(point.p99_us, next.p99_us);
  point.max_us = std::max(point.max_us, next.max_us);
  point.usage.user_s += next.usage.user_s;
  point.usage.system_s += next.usage.system_s;
  point.usage.context_switches += next.usage.context_switches;
  point.usage.rss_bytes = std::max(point.usage.rss_bytes, next.usage.rss_bytes);
  point.usage.peak_rss_bytes = std::max(point.usage.peak_rss_bytes, next.usage.peak_rss_bytes);
  point.bytes_in += next.bytes_in;
  point.bytes_out += next.bytes_out;
  point.write_blocked_s += next.write_blocked_s;
}

}  // namespace

void Distribution::clear() {
  histogram_.clear();
  sum_ = 0;
  max_ = 0;
  count_ = 0;
}

Summary Distribution::summary() const {
  if (count_ == 0) return {};
  const auto at = [&](double share) {
    const auto rank = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    const double ns = histogram_.at_rank(std::max<std::uint64_t>(rank, 1));
    return std::min(ns, static_cast<double>(max_)) / 1000;
  };
  return {count_,    sum_ / static_cast<double>(count_) / 1000, at(0.5), at(0.9), at(0.99),
          at(0.999), static_cast<double>(max_) / 1000};
}

double Distribution::p99_ns() const { return summary().p99 * 1000; }

void Figures::close_second(Point point) {
  const Summary second = second_.summary();
  last_second_ = second;
  point.sent = second_sent_;
  point.answered = second.count;
  point.p50_us = second.p50;
  point.p99_us = second.p99;
  point.max_us = second.max;
  second_.clear();
  second_sent_ = 0;
  if (merged_ == 0) {
    series_.push_back(point);
  } else {
    merge(series_.back(), point);
  }
  merged_ = (merged_ + 1) % seconds_a_point_;
  if (merged_ == 0 && series_.size() == kMostPoints) halve_series();
}

void Figures::halve_series() {
  for (std::size_t i = 0; i < series_.size() / 2; ++i) {
    Point point = series_[2 * i];
    merge(point, series_[2 * i + 1]);
    series_[i] = point;
  }
  series_.resize(series_.size() / 2);
  seconds_a_point_ *= 2;
}

}  // namespace narrows::tools
