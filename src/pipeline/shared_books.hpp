// SPDX-License-Identifier: MIT
// The books, the stages' clocks, and how the reporter gets figures without stopping the serializer.
//
// While the serializer is inside `write` or waits for work, the reporter borrows the books and sums
// them up itself, so its figures are current also while stdout is blocked. While the serializer
// runs, the reporter asks, and the serializer hands over a summary between two batches.
// Threads: each function says whose it is.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/parking.hpp"
#include "narrows/options.hpp"
#include "pipeline/cpu_clocks.hpp"
#include "profile/books.hpp"
#include "profile/books_latch.hpp"
#include "profile/stats.hpp"
#include "profile/work_meter.hpp"

namespace narrows::pipeline {

/// What --profile-out shows.
struct Snapshot {
  profile::Stats all;
  profile::Stats last;
  std::vector<profile::Window> windows;  // the last minute's, the oldest first
  Ticks started = 0;                     // what the windows' ends count from
  double ns_per_tick = 1;
};

struct SharedBooks {
  /// `reporter_sleeps`: where it is woken. `batches`: the incoming ones that there are.
  SharedBooks(std::vector<std::string> types, const Clock& clock, bool one_thread,
              Parking& reporter_sleeps, std::size_t batches);

  profile::StageClock& clock_of(Stage stage) { return clocks[static_cast<std::size_t>(stage)]; }
  /// Of the stage's thread: one thread has one.
  profile::WorkMeter& meter_of(Stage stage) {
    return meters[books.shape().one_thread ? 0 : static_cast<std::size_t>(stage)];
  }

  /// The books' holder: starts anew.
  void reset();

  /// The books' holder, before it records what ended at `now`, or draws figures.
  void turn_page_if_full(Ticks now) {
    if (books.is_page_full(now)) [[unlikely]]
      turn_page(now);
  }

  /// The books' holder: current figures.
  void summarize(profile::Period period, profile::Stats& to);
  void summarize(Snapshot& to);

  /// Serializer: does the reporter want figures? Then it gets them now.
  void hand_over_if_wanted() {
    if (wanted.load(std::memory_order_acquire)) [[unlikely]]
      hand_over();
  }

  /// Serializer, holding the books: there is news; a reporter that sleeps for lack of it wakes.
  void news() {
    if (!dormant.load(std::memory_order_relaxed)) [[likely]]
      return;  // ordered by the latch
    dormant.store(false, std::memory_order_relaxed);
    reporter.wake();
  }

  profile::BooksLatch latch;
  profile::Books books;
  std::array<profile::StageClock, profile::kStages> clocks;
  std::array<profile::WorkMeter, profile::kStages> meters;
  CpuClocks cpu;
  profile::Sources sources;
  profile::Stats stats;  // the serializer's, for bench_stats
  Snapshot handed_over;  // the reporter's while `wanted` is false, else the serializer's
  std::atomic<bool> wanted{false};
  std::atomic<bool> dormant{false};  // set by the reporter before it sleeps long
  Parking& reporter;

 private:
  void turn_page(Ticks now);
  void hand_over();
  [[nodiscard]] Ticks slice_ticks() const;

  const Ticks started_;
};

}  // namespace narrows::pipeline
