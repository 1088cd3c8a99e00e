// SPDX-License-Identifier: MIT
#include "profile/slice.hpp"

#include <algorithm>
#include <utility>

namespace narrows::profile {
namespace {

void add_times(std::array<StageTimes, kStages>& to, const std::array<StageTimes, kStages>& times) {
  for (std::size_t i = 0; i < kStages; ++i) {
    to[i].busy += times[i].busy;
    to[i].blocked += times[i].blocked;
    to[i].idle += times[i].idle;
  }
}

Ticks since(Ticks from, Ticks to) { return to > from ? to - from : 0; }

/// The part of a stage's times that falls into the last `gap` of `length` ticks, in which nothing
/// came: idle, as far as it was idle at all.
StageTimes in_gap(const StageTimes& times, Ticks gap, Ticks length) {
  if (times.idle >= gap) return {0, 0, gap};
  const double share = static_cast<double>(gap) / static_cast<double>(length);
  const auto part = [&](Ticks ticks) {
    return static_cast<Ticks>(share * static_cast<double>(ticks));
  };
  return {part(times.busy), part(times.blocked), part(times.idle)};
}

void subtract_times(std::array<StageTimes, kStages>& from,
                    const std::array<StageTimes, kStages>& times) {
  for (std::size_t i = 0; i < kStages; ++i) {
    from[i].busy -= times[i].busy;
    from[i].blocked -= times[i].blocked;
    from[i].idle -= times[i].idle;
  }
}

}  // namespace

void SliceCounts::add(const SliceCounts& other) {
  length += other.length;
  add_times(times, other.times);
  for (std::size_t i = 0; i < kStages; ++i) {
    cpu.cpu_ns[i] += other.cpu.cpu_ns[i];
    cpu.pauses_ns[i] += other.cpu.pauses_ns[i];
    cpu.worked[i] += other.cpu.worked[i];
  }
  messages += other.messages;
  answered += other.answered;
  runs += other.runs;
  bytes += other.bytes;
  for (std::size_t i = 0; i < kComponents; ++i) components[i] += other.components[i];
  for (std::size_t i = 0; i < kStages; ++i) {
    overheads[i] += other.overheads[i];
    others[i] += other.others[i];
  }
  awaited += other.awaited;
  sent_unprompted += other.sent_unprompted;
}

void SliceCounts::subtract(const SliceCounts& other) {
  length -= other.length;
  subtract_times(times, other.times);
  for (std::size_t i = 0; i < kStages; ++i) {
    cpu.cpu_ns[i] -= other.cpu.cpu_ns[i];
    cpu.pauses_ns[i] -= other.cpu.pauses_ns[i];
    cpu.worked[i] -= other.cpu.worked[i];
  }
  messages -= other.messages;
  answered -= other.answered;
  runs -= other.runs;
  bytes -= other.bytes;
  for (std::size_t i = 0; i < kComponents; ++i) components[i] -= other.components[i];
  for (std::size_t i = 0; i < kStages; ++i) {
    overheads[i] -= other.overheads[i];
    others[i] -= other.others[i];
  }
  awaited -= other.awaited;
  sent_unprompted -= other.sent_unprompted;
}

std::array<std::optional<double>, kStages> cpu_shares(const SliceCounts& sum, bool one_thread,
                                                      double ns_per_tick) {
  constexpr double kEnough = 0.05;
  constexpr double kPauses = 2;  // what is measured of them may be off by some per cent
  std::array<std::optional<double>, kStages> shares;
  for (std::size_t i = 0; i < (one_thread ? 1 : kStages); ++i) {
    const auto worked = static_cast<double>(sum.cpu.worked[i]);
    const double worked_ns = worked * ns_per_tick;
    if (worked <= 0 || worked < kEnough * static_cast<double>(sum.length)) continue;
    if (worked_ns < kPauses * static_cast<double>(sum.cpu.pauses_ns[i])) continue;
    shares[i] = std::min(1.0, static_cast<double>(sum.cpu.cpu_ns[i]) / worked_ns);
  }
  if (one_thread) shares[1] = shares[2] = shares[0];
  return shares;
}

Timeline::Timeline() : windows_(kWindows) {
  all_.reserve(kMostSlices);
  second_.reserve(kSlicesPerSecond + 1);
  last_second_.reserve(kSlicesPerSecond + 1);
}

void Timeline::reset(Ticks now, Ticks slice_ticks, const std::array<StageTimes, kStages>& times,
                     const CpuTimes& cpu) {
  slice_ticks_ = std::max<Ticks>(slice_ticks, 1);
  start_ = now;
  due_ = now + slice_ticks_;
  times_ = times;
  cpu_ = cpu;
  open_ = pending_ = {};
  all_.clear();
  second_.clear();
  last_second_.clear();
  per_slice_ = 1;
  in_pending_ = in_window_ = window_at_ = window_count_ = 0;
  window_ = {};
}

std::size_t Timeline::close(Ticks now, const std::array<StageTimes, kStages>& times,
                            const CpuTimes& cpu, Ticks slice_ticks) {
  const Ticks length = since(start_, now);
  for (std::size_t i = 0; i < kStages; ++i) {
    open_.times[i] = {since(times_[i].busy, times[i].busy),
                      since(times_[i].blocked, times[i].blocked),
                      since(times_[i].idle, times[i].idle)};
    open_.cpu.cpu_ns[i] = since(cpu_.cpu_ns[i], cpu.cpu_ns[i]);
    open_.cpu.pauses_ns[i] = since(cpu_.pauses_ns[i], cpu.pauses_ns[i]);
    open_.cpu.worked[i] = since(cpu_.worked[i], cpu.worked[i]);
  }
  // Nothing came after the slice's end: the time from there on is slices of their own, up to two
  // seconds of them; what is left stays with the open one.
  const Ticks over = since(due_, now);
  const auto gaps = static_cast<std::size_t>(std::min<Ticks>(over / slice_ticks_, kMostGaps));
  Slice rest;
  if (gaps > 0) {
    const Ticks gap = slice_ticks_ * gaps;
    for (std::size_t i = 0; i < kStages; ++i) {
      rest.times[i] = in_gap(open_.times[i], gap, length);
    }
    subtract_times(open_.times, rest.times);
    rest.length = slice_ticks_;
    for (StageTimes& each : rest.times) {
      each = {each.busy / gaps, each.blocked / gaps, each.idle / gaps};
    }
  }
  open_.length = length - gaps * slice_ticks_;
  std::size_t seconds = 0;
  const auto next = [&](const Slice& slice, Ticks end) {
    push(slice, end);
    if (second_.size() < kSlicesPerSecond) return;
    std::swap(second_, last_second_);
    second_.clear();
    ++seconds;
  };
  next(open_, now - gaps * slice_ticks_);
  for (std::size_t i = 0; i < gaps; ++i) next(rest, now - (gaps - 1 - i) * slice_ticks_);
  open_ = {};
  times_ = times;
  cpu_ = cpu;
  start_ = now;
  due_ += over / slice_ticks_ * slice_ticks_;  // the grid stays
  slice_ticks_ = std::max<Ticks>(slice_ticks, 1);
  due_ += slice_ticks_;
  if (due_ <= now) due_ = now + slice_ticks_;  // slices have become shorter
  return seconds;
}

void Timeline::push(const Slice& slice, Ticks end) {
  second_.push_back(slice);
  push_all(slice);
  push_window(slice, end);
}

void Timeline::push_all(const Slice& slice) {
  pending_.merge(slice);
  if (++in_pending_ < per_slice_) return;
  in_pending_ = 0;
  all_.push_back(std::exchange(pending_, {}));
  if (all_.size() < kMostSlices) return;
  for (std::size_t i = 0; i < kMostSlices / 2; ++i) {
    Slice two = all_[2 * i];
    two.merge(all_[2 * i + 1]);
    all_[i] = two;
  }
  all_.resize(kMostSlices / 2);
  per_slice_ *= 2;
}

void Timeline::push_window(const Slice& slice, Ticks end) {
  window_.end = end;
  window_.length += slice.length;
  add_times(window_.times, slice.times);
  window_.messages += slice.messages;
  window_.answered += slice.answered;
  for (std::size_t i = 0; i < kComponents; ++i) window_.components[i] += slice.components[i];
  window_.awaited += slice.awaited;
  window_.sent_unprompted += slice.sent_unprompted;
  if (++in_window_ < kSlicesPerWindow) return;
  in_window_ = 0;
  windows_[window_at_] = std::exchange(window_, {});
  window_at_ = (window_at_ + 1) % kWindows;
  window_count_ = std::min(window_count_ + 1, kWindows);
}

}  // namespace narrows::profile
