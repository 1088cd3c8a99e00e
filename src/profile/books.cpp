// SPDX-License-Identifier: MIT
#include "profile/books.hpp"

#include <utility>

namespace narrows::profile {

Books::Books(std::vector<std::string> types) {
  types_.reserve(types.size());
  for (std::string& name : types) {
    types_.emplace_back();
    types_.back().name = std::move(name);
  }
}

void Books::end_run() {
  for (std::size_t i = 0; i < kSeries; ++i) sums_[i] += std::exchange(run_sums_[i], 0);
}

void Books::reset(Ticks now, const std::array<StageTimes, kStages>& times) {
  histograms_.clear();
  sums_.fill(0);
  largest_.fill(0);
  for (TypeBook& type : types_) {
    type.count = 0;
    type.answered = 0;
    type.sum = 0;
    if (type.histogram != nullptr) type.histogram->clear();
  }
  troubles_.fill(0);
  messages_ = 0;
  answered_ = 0;
  first_received_ = 0;
  period_start_ = now;
  at_start_ = times;
}

}  // namespace narrows::profile
