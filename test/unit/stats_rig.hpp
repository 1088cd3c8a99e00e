// SPDX-License-Identifier: MIT
// All that figures are drawn from, by a manual clock in nanoseconds.
#pragma once

#include "profile/stats.hpp"
#include "unit/manual_clock.hpp"

namespace narrows::test {

constexpr std::uint16_t kEcho = 1;
constexpr auto kSlice = static_cast<Ticks>(profile::Timeline::kSliceNs);
constexpr Ticks kSecond = 20 * kSlice;

struct StatsRig {
  explicit StatsRig(const profile::NodeShape& shape = {}) : books({"other", "echo"}, shape) {
    books.reset(0, {});
  }

  [[nodiscard]] profile::Stats summarize(profile::Period period = profile::Period::all) const {
    profile::Stats stats;
    profile::summarize(sources, period, stats);
    return stats;
  }

  /// A message that takes so long in one component, received at `t0`.
  void record(std::size_t component, Ticks ticks, Ticks t0 = 0, std::uint16_t type = kEcho) {
    std::array<Ticks, 8> at{};
    for (std::size_t i = 0; i < at.size(); ++i) at[i] = t0 + (i > component ? ticks : 0);
    books.record({at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7]}, type);
    books.end_run({});
  }

  /// The slices up to `now` end, each at its time; it is `now` then.
  void turn_pages(Ticks now) {
    for (; page_ + kSlice <= now; page_ += kSlice) {
      const Ticks at = page_ + kSlice;
      books.turn_page(at, profile::read_clocks(sources, at), cpu, kSlice);
    }
    manual.set(now);
  }

  /// So many messages in each slice up to `now`, each of which dispatch works on for `work`; all
  /// that time counts as this state of its clock.
  void work_until(Ticks now, int messages, Ticks work,
                  profile::StageClock::State as = profile::StageClock::State::busy) {
    using State = profile::StageClock::State;
    while (page_ + kSlice <= now) {
      const Ticks begin = page_;
      clocks[0].enter(State::idle, begin);
      clocks[1].enter(as, begin);
      clocks[2].enter(State::idle, begin);
      for (int i = 0; i < messages; ++i) {
        record(3, work, begin + static_cast<Ticks>(i) * work);
      }
      clocks[1].enter(State::idle, begin + static_cast<Ticks>(messages) * work);
      turn_pages(begin + kSlice);
    }
  }

  ManualClock manual;
  Clock clock = manual.clock();
  profile::Books books;
  std::array<profile::StageClock, profile::kStages> clocks;
  profile::CpuTimes cpu;  // as the pages see it
  profile::Sources sources{books, clocks, clock, 12.5, 1.5};

 private:
  Ticks page_ = 0;  // its beginning
};

}  // namespace narrows::test
