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
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/parking.hpp"
#include "narrows/options.hpp"
#include "profile/books.hpp"
#include "profile/books_latch.hpp"
#include "profile/stats.hpp"

namespace narrows::pipeline {

struct SharedBooks {
  /// `reporter_sleeps`: where it is woken.
  SharedBooks(std::vector<std::string> types, const Clock& clock, bool one_thread,
              Parking& reporter_sleeps)
      : books(std::move(types)),
        sources{books, clocks, clock, profile::timestamp_cost_ns(clock), one_thread},
        reporter(reporter_sleeps) {
    stats.types.reserve(books.types().size());
    handed_over.types.reserve(books.types().size());
    books.reset(clock.now(), {});
  }

  profile::StageClock& clock_of(Stage stage) { return clocks[static_cast<std::size_t>(stage)]; }

  /// Serializer: does the reporter want figures? Then it gets them now.
  void hand_over_if_wanted() {
    if (!wanted.load(std::memory_order_acquire)) [[likely]]
      return;
    profile::summarize(sources, handed_over);
    wanted.store(false, std::memory_order_release);  // pairs with the reporter's acquire
    reporter.wake();
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
  profile::Sources sources;
  profile::Stats stats;        // the serializer's, for bench_stats
  profile::Stats handed_over;  // the reporter's while `wanted` is false, else the serializer's
  std::atomic<bool> wanted{false};
  std::atomic<bool> dormant{false};  // set by a reporter that writes files, before it sleeps long
  Parking& reporter;
};

}  // namespace narrows::pipeline
