// SPDX-License-Identifier: MIT
// What a verdict is drawn from, made by hand: slices of a twentieth of a second, in nanoseconds.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "profile/verdict.hpp"

namespace narrows::test {

using Values = std::array<double, profile::kStages>;

constexpr int kParse = 0;
constexpr int kDispatch = 1;
constexpr int kSerialize = 2;

/// Evidence that owns its slices.
struct Case {
  profile::Evidence evidence;
  std::vector<profile::Slice> slices;

  [[nodiscard]] profile::Verdict judge() {
    evidence.slices = slices;
    return profile::judge(evidence);
  }
};

/// Slices in which the stages are busy for these shares, all of it with messages, 100,000 a second;
/// a tenth less work in a stage saves a hundredth of `saved` of the latency. From slice to slice
/// everything is off by up to 1 %, each stage by itself.
inline Case steady(const Values& busy, const Values& saved = {1, 1, 1}, std::size_t slices = 28) {
  constexpr double kLength = 50e6;
  constexpr std::uint64_t kMessages = 5'000;
  Case made;
  for (std::size_t s = 0; s < slices; ++s) {
    profile::Slice slice;
    slice.length = static_cast<Ticks>(kLength);
    slice.messages = slice.answered = slice.runs = kMessages;
    slice.gains.messages = static_cast<double>(kMessages);
    slice.gains.latency = 1e8;
    auto& row = slice.gains.rows[40];
    row.messages = static_cast<float>(kMessages);
    for (std::size_t i = 0; i < profile::kStages; ++i) {
      const double off = 1 + 0.01 * (static_cast<double>((s * (3 + i)) % 7) - 3) / 3;
      slice.times[i].busy = static_cast<Ticks>(busy[i] * off * kLength);
      slice.times[i].idle = static_cast<Ticks>(std::max(0.0, 1 - busy[i] * off) * kLength);
      slice.components[2 * i + 1] = static_cast<double>(slice.times[i].busy);
      slice.gains.saved[i] = saved[i] * 1e6 * off;
      row.saved[i] = static_cast<float>(saved[i] * 1e6 * off);
    }
    made.slices.push_back(slice);
  }
  for (std::size_t i = 0; i < profile::kStages; ++i) {
    made.evidence.stages[i].busy = busy[i];
    made.evidence.stages[i].idle = 1 - busy[i];
  }
  made.evidence.messages = slices * kMessages;
  made.evidence.elapsed_ns = static_cast<double>(slices) * kLength;
  return made;
}

/// The same, but with so many messages a run of so many bytes each, and of the busy time only this
/// share with messages: the rest is what reads, writes and hand-overs cost.
inline Case in_batches(const Values& busy, std::uint64_t messages, std::uint64_t bytes,
                       double share) {
  Case made = steady(busy);
  for (profile::Slice& slice : made.slices) {
    slice.runs = slice.answered / messages;
    slice.bytes = slice.answered * bytes;
    for (std::size_t i = 0; i < profile::kStages; ++i) {
      slice.components[2 * i + 1] *= share;
      slice.overheads[i] = static_cast<double>(slice.times[i].busy) - slice.components[2 * i + 1];
    }
  }
  return made;
}

inline std::string text_of(const profile::Verdict& verdict) { return verdict.explanation.data(); }
inline bool says(const profile::Verdict& verdict, std::string_view words) {
  return text_of(verdict).find(words) != std::string::npos;
}

}  // namespace narrows::test
