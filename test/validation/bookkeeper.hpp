// SPDX-License-Identifier: MIT
// Gives a tandem's stamps to the node's own books, and asks them for the verdict.
#pragma once

#include "profile/verdict.hpp"
#include "validation/tandem.hpp"

namespace narrows::validation {

struct Judgement {
  profile::Verdict verdict;
  int naive = 0;      // the stage with the largest share of the messages' time, its queue's too
  double little = 0;  // off Little's law: messages inside, against rate times latency
  double uneven = 0;  // share of messages whose components do not add up
};

/// `slices`: into how many the time is cut.
[[nodiscard]] Judgement judge(const Tandem& tandem, const Path& path, const Passage& passage,
                              std::size_t slices);

}  // namespace narrows::validation
