// SPDX-License-Identifier: MIT
#include "pipeline/shared_books.hpp"

#include <utility>

#include "base/cpus.hpp"
#include "pipeline/batch.hpp"

namespace narrows::pipeline {
namespace {

void reserve(Snapshot& snapshot, std::size_t types) {
  snapshot.all.types.reserve(types);
  snapshot.last.types.reserve(types);
}

}  // namespace

SharedBooks::SharedBooks(std::vector<std::string> types, const Clock& clock, bool one_thread,
                         Parking& reporter_sleeps, std::size_t batches)
    : books(std::move(types), {one_thread, static_cast<double>(kReadBytes), kRows, batches}),
      sources{books, clocks, clock, profile::timestamp_cost_ns(clock), usable_cpus()},
      reporter(reporter_sleeps),
      started_(clock.now()) {
  stats.types.reserve(books.types().size());
  reserve(handed_over, books.types().size());
  // Until their threads have started.
  for (profile::StageClock& each : clocks) each.enter(profile::StageClock::State::idle, started_);
  reset();
}

Ticks SharedBooks::slice_ticks() const {
  return static_cast<Ticks>(profile::Timeline::kSliceNs / sources.clock.ns_per_tick());
}

void SharedBooks::reset() {
  const Ticks now = sources.clock.now();
  books.reset(now, profile::read_clocks(sources, now), cpu.times(), slice_ticks());
}

void SharedBooks::turn_page(Ticks now) {
  books.turn_page(now, profile::read_clocks(sources, now), cpu.times(), slice_ticks());
}

void SharedBooks::summarize(profile::Period period, profile::Stats& to) {
  turn_page_if_full(sources.clock.now());
  profile::summarize(sources, period, to);
}

void SharedBooks::summarize(Snapshot& to) {
  summarize(profile::Period::all, to.all);
  profile::summarize(sources, profile::Period::last, to.last);
  const profile::Timeline& timeline = books.timeline();
  to.windows.reserve(profile::Timeline::kWindows);  // once
  to.windows.clear();
  for (std::size_t i = 0; i < timeline.windows(); ++i) to.windows.push_back(timeline.window(i));
  to.started = started_;
  to.ns_per_tick = sources.clock.ns_per_tick();
}

void SharedBooks::hand_over() {
  summarize(handed_over);
  wanted.store(false, std::memory_order_release);  // pairs with the reporter's acquire
  reporter.wake();
}

}  // namespace narrows::pipeline
