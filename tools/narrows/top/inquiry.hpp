// SPDX-License-Identifier: MIT
// What a node under load is asked for its own figures, and when.
//
// First `bench_stats` as any node may know it; of one that answers with a `window` then the last
// second, and now and then all since the start. One that refuses is not asked again.
// Threads: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "replies.hpp"

namespace narrows::tools {

class Inquiry {
 public:
  /// One that `asks` for nothing never will.
  explicit Inquiry(bool asks);

  /// The body to ask with at `now_ns`, without its braces; empty: nothing now. Counts as asked.
  [[nodiscard]] std::string_view question(std::int64_t now_ns);
  /// True if it has figures.
  bool answered(const Answer& answer, std::int64_t now_ns);

  /// The last question was for the last second.
  [[nodiscard]] bool asked_for_last() const { return asked_for_last_; }
  /// Why there are no figures, for a sentence; empty: there are, or will be.
  [[nodiscard]] std::string refusal(std::int64_t now_ns) const;
  /// It was asked, and has never answered.
  [[nodiscard]] bool is_open() const { return asked_ > 0 && !has_figures_ && refusal_.empty(); }

 private:
  static constexpr std::int64_t kEvery = 500'000'000;
  static constexpr std::int64_t kPatience = 3'000'000'000;
  static constexpr std::uint64_t kAllEvery = 4;  // of the questions

  std::string refusal_;
  std::uint64_t asked_ = 0;
  bool has_figures_ = false;
  bool knows_windows_ = false;
  bool asked_for_last_ = false;
  std::int64_t asked_ns_ = 0;
  std::int64_t next_ns_ = 0;
};

}  // namespace narrows::tools
