// SPDX-License-Identifier: MIT
#include "outstanding.hpp"

namespace narrows::tools {

void Outstanding::sent(std::uint64_t requests) {
  next_ += requests;
  waiting_ += requests;
  while (next_ - oldest_ > kWindow) {
    left_behind_.insert(oldest_);
    pass_oldest();
    pass_answered();
  }
}

Outstanding::Answer Outstanding::answer_late(std::uint64_t index) {
  if (left_behind_.erase(index) == 0) return Answer::again;
  --waiting_;
  return Answer::first;
}

}  // namespace narrows::tools
