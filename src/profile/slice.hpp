// SPDX-License-Identifier: MIT
// Slices of time: what happened in each twentieth of a second, for what must be known of the
// scatter in time: confidence, the last second, the last minute.
//
// Bound: a fixed number of slices, whatever the time: see Timeline.
// Threads: the books' holder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/clock.hpp"
#include "profile/component.hpp"
#include "profile/counterfactual.hpp"
#include "profile/stage_clock.hpp"

namespace narrows::profile {

/// How long each stage's thread worked on messages, in ticks, its CPU time in that, and in what it
/// did beside, in nanoseconds; since the start; of one thread for all, only the first. See
/// WorkMeter.
struct CpuTimes {
  std::array<std::uint64_t, kStages> cpu_ns{};
  std::array<std::uint64_t, kStages> pauses_ns{};
  std::array<Ticks, kStages> worked{};
};

/// What some time saw; all are sums, in ticks.
struct SliceCounts {
  Ticks length = 0;
  std::array<StageTimes, kStages> times{};
  CpuTimes cpu;  // of the windows that ended in it
  std::uint64_t messages = 0;
  std::uint64_t answered = 0;
  std::uint64_t runs = 0;
  std::uint64_t bytes = 0;  // of input
  std::array<double, kComponents> components{};
  double awaited = 0;                       // what handlers waited
  std::array<double, kStages> overheads{};  // what reads, hand-overs and writes cost the stages
  std::array<double, kStages> others{};     // work on what is no answered message
  std::uint64_t sent_unprompted = 0;

  void add(const SliceCounts& other);
  /// Precondition: it was added.
  void subtract(const SliceCounts& other);
};

/// The share of its work that each stage's thread had a CPU for, 0 to 1; none where it worked for
/// less than a twentieth of the time, or did so little beside its pauses that these hide it.
/// `one_thread`: the first is all stages'.
[[nodiscard]] std::array<std::optional<double>, kStages> cpu_shares(const SliceCounts& sum,
                                                                    bool one_thread,
                                                                    double ns_per_tick);

struct Slice : SliceCounts {
  Gains gains;

  void merge(const Slice& later) {
    add(later);
    if (later.gains.messages > 0) gains.merge(later.gains);
  }
};

/// A quarter of a second, without the scatter.
struct Window {
  Ticks end = 0;
  Ticks length = 0;
  std::array<StageTimes, kStages> times{};
  std::uint64_t messages = 0;
  std::uint64_t answered = 0;
  std::array<double, kComponents> components{};
  double awaited = 0;
  std::uint64_t sent_unprompted = 0;
};

/// The slices since the start, in at most kMostSlices of equal length: when there are more, each
/// two neighbours become one. Those of this second and of the last one; the last minute's windows.
class Timeline {
 public:
  static constexpr double kSliceNs = 50e6;
  static constexpr std::size_t kSlicesPerSecond = 20;
  static constexpr std::size_t kSlicesPerWindow = 5;
  static constexpr std::size_t kMostSlices = 40;
  static constexpr std::size_t kWindows = 240;
  static constexpr std::size_t kMostGaps = 2 * kSlicesPerSecond;

  Timeline();

  /// Starts anew; the first slice begins now.
  void reset(Ticks now, Ticks slice_ticks, const std::array<StageTimes, kStages>& times,
             const CpuTimes& cpu);

  [[nodiscard]] bool is_due(Ticks now) const { return now >= due_; }

  /// The slice that is being filled.
  [[nodiscard]] Slice& open() { return open_; }

  /// Ends the open slice at `now`, when the stages' clocks read so. How many seconds have ended
  /// with it, or since it should have ended: at most kMostGaps slices' worth. The next slice is to
  /// be `slice_ticks` long.
  std::size_t close(Ticks now, const std::array<StageTimes, kStages>& times, const CpuTimes& cpu,
                    Ticks slice_ticks);

  [[nodiscard]] std::span<const Slice> all() const { return all_; }
  [[nodiscard]] std::span<const Slice> last_second() const { return last_second_; }

  [[nodiscard]] std::size_t windows() const { return window_count_; }
  /// 0 is the oldest.
  [[nodiscard]] const Window& window(std::size_t index) const {
    return windows_[(window_at_ + kWindows - window_count_ + index) % kWindows];
  }

 private:
  void push(const Slice& slice, Ticks end);
  void push_all(const Slice& slice);
  void push_window(const Slice& slice, Ticks end);

  Ticks slice_ticks_ = 1;
  Ticks start_ = 0;                          // of the open slice
  Ticks due_ = 0;                            // its end
  std::array<StageTimes, kStages> times_{};  // at its start
  CpuTimes cpu_;                             // likewise
  Slice open_;

  std::vector<Slice> all_;
  Slice pending_;              // of all_: not full yet
  std::size_t per_slice_ = 1;  // slices of 50 ms in each of all_
  std::size_t in_pending_ = 0;

  std::vector<Slice> second_;
  std::vector<Slice> last_second_;

  std::vector<Window> windows_;  // a ring
  std::size_t window_at_ = 0;
  std::size_t window_count_ = 0;
  Window window_;  // being filled
  std::size_t in_window_ = 0;
};

}  // namespace narrows::profile
