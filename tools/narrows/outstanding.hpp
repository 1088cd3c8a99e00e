// SPDX-License-Identifier: MIT
// Which of the numbered requests still wait for their first reply.
//
// Bound: kWindow bits, and one entry for each request that stays unanswered while kWindow later
//   ones are sent; whoever sends bounds those.
// Cost: a few nanoseconds a request.
#pragma once

#include <cstdint>
#include <unordered_set>
#include <vector>

namespace narrows::tools {

class Outstanding {
 public:
  enum class Answer { first, again, unknown };

  Outstanding() : answered_(kWindow / kWordBits) {}

  /// So many more requests, numbered on, are on their way.
  void sent(std::uint64_t requests);
  /// A reply to request `index` has come.
  Answer answer(std::uint64_t index) {
    if (index >= next_) return Answer::unknown;
    if (index < oldest_) return answer_late(index);
    std::uint64_t& word = answered_[index % kWindow / kWordBits];
    const std::uint64_t bit = std::uint64_t{1} << (index % kWordBits);
    if ((word & bit) != 0) return Answer::again;
    word |= bit;
    --waiting_;
    if (index == oldest_) pass_answered();
    return Answer::first;
  }

  [[nodiscard]] std::uint64_t waiting() const { return waiting_; }

 private:
  static constexpr std::uint64_t kWindow = std::uint64_t{1} << 22;
  static constexpr std::uint64_t kWordBits = 64;

  [[nodiscard]] bool is_answered(std::uint64_t index) const {
    return (answered_[index % kWindow / kWordBits] >> (index % kWordBits) & 1) != 0;
  }
  void pass_oldest() {
    answered_[oldest_ % kWindow / kWordBits] &= ~(std::uint64_t{1} << (oldest_ % kWordBits));
    ++oldest_;
  }
  void pass_answered() {
    while (oldest_ < next_ && is_answered(oldest_)) pass_oldest();
  }
  Answer answer_late(std::uint64_t index);

  std::vector<std::uint64_t> answered_;  // a ring of bits; those outside [oldest_, next_) are 0
  std::unordered_set<std::uint64_t> left_behind_;  // unanswered ones before oldest_
  std::uint64_t oldest_ = 0;                       // all before it are answered or left behind
  std::uint64_t next_ = 0;                         // the next to be sent
  std::uint64_t waiting_ = 0;
};

}  // namespace narrows::tools
