// SPDX-License-Identifier: MIT
#include "outstanding.hpp"

#include <algorithm>

namespace narrows::tools {

void Outstanding::leave_oldest_behind() {
  left_behind_.push_back({oldest_, times_[oldest_ % kWindow].due});
  ++oldest_;
  pass_answered();
}

/// Of those left behind only the due time is known: a reply that late was sent in time enough.
Outstanding::Answer Outstanding::answer_late(std::uint64_t index, SendTimes& times) {
  const auto found =
      std::lower_bound(left_behind_.begin(), left_behind_.end(), index,
                       [](const LeftBehind& entry, std::uint64_t at) { return entry.index < at; });
  if (found == left_behind_.end() || found->index != index || found->due == kAnswered) {
    return Answer::again;
  }
  times = {found->due, found->due};
  found->due = kAnswered;
  --waiting_;
  while (!left_behind_.empty() && left_behind_.front().due == kAnswered) left_behind_.pop_front();
  return Answer::first;
}

}  // namespace narrows::tools
