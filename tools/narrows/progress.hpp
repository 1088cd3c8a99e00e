// SPDX-License-Identifier: MIT
// One line on a terminal that is overwritten while a run goes on; nothing anywhere else.
#pragma once

#include <cstdint>

#include "figures.hpp"
#include "load.hpp"
#include "replies.hpp"

namespace narrows::tools {

class Progress {
 public:
  explicit Progress(const Load& load);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Shows how far it is, `now` nanoseconds after the start, a few times a second. Cost: next to
  /// nothing when it does not.
  void show(std::int64_t now, const Figures& figures, const Tally& tally);

 private:
  const bool visible_;
  const Load load_;
  std::int64_t last_ = 0;
  std::uint64_t closed_before_ = 0;
};

}  // namespace narrows::tools
