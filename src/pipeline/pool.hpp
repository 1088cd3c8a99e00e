// SPDX-License-Identifier: MIT
// A fixed set of batches, recycled: the bound of the node's memory, and its back-pressure.
//
// Who takes a batch is one thread, who gives it back another (or the same, in single-thread mode).
// The last one back is the first one out, so a pipeline that keeps up touches few of them.
// Threads: take functions are the taker's; give_back() is the giver's.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/link.hpp"
#include "profile/stage_clock.hpp"
#include "profile/work_meter.hpp"

namespace narrows::pipeline {

template <typename Batch>
class Pool {
 public:
  /// `long_one`: the one batch for what is larger than the others hold.
  Pool(std::vector<std::unique_ptr<Batch>> batches, std::unique_ptr<Batch> long_one)
      : owned_(std::move(batches)),
        returned_(owned_.size() + 1),
        long_owned_(std::move(long_one)),
        long_(long_owned_.get()) {
    long_->is_long = true;
    for (const auto& batch : owned_) free_.push_back(batch.get());
  }

  /// Waits, as long as it takes; the stage is then blocked, and pauses.
  Batch& take(bool long_one, profile::StageClock& stage, profile::WorkMeter& meter,
              const Clock& clock) {
    Batch* batch = nullptr;
    while (returned_.try_pop(batch)) put_back(*batch);
    if (!has(long_one)) {
      const profile::Pausing pausing(meter, clock);
      stage.enter(profile::StageClock::State::blocked, clock.now());
      while (!has(long_one)) put_back(*returned_.pop());
      stage.enter(profile::StageClock::State::busy, clock.now());
    }
    if (long_one) return *std::exchange(long_, nullptr);
    batch = free_.back();
    free_.pop_back();
    return *batch;
  }

  /// The taker has no use for it after all.
  void put_back(Batch& batch) {
    if (batch.is_long) {
      long_ = &batch;
    } else {
      free_.push_back(&batch);
    }
  }

  void give_back(Batch& batch) { returned_.try_push(&batch); }  // there is room for all

 private:
  [[nodiscard]] bool has(bool long_one) const {
    return long_one ? long_ != nullptr : !free_.empty();
  }

  std::vector<std::unique_ptr<Batch>> owned_;
  Link<Batch*> returned_;
  std::unique_ptr<Batch> long_owned_;
  std::vector<Batch*> free_;  // the taker's; its capacity is reserved by the first fill
  Batch* long_;               // null while it is out
};

}  // namespace narrows::pipeline
