// SPDX-License-Identifier: MIT
#include "profile/work_meter.hpp"

#include <algorithm>
#include <utility>

namespace narrows::profile {
namespace {

constexpr std::uint64_t kSamplePeriodNs = 2'000'000;
constexpr std::uint32_t kMostPausesPerSample = 1'024;

}  // namespace

/// The next is so many pauses away, more or less: in step with what a batch does, it would always
/// be the same kind of pause; and the first after some time would be a long one too often.
void WorkMeter::begin_sample() {
  const std::uint64_t now = monotonic_ns();
  const std::uint64_t since = now - std::exchange(last_sample_ns_, now);
  if (since < kSamplePeriodNs / 2) {
    pauses_per_sample_ = std::min(2 * pauses_per_sample_, kMostPausesPerSample);
  } else if (since > 2 * kSamplePeriodNs) {
    pauses_per_sample_ = std::max(pauses_per_sample_ / 2, 1U);
  }
  random_ = random_ * 1'664'525U + 1'013'904'223U;  // D. Knuth and H. Lewis's generator
  pauses_left_ = pauses_per_sample_ / 2 + 1 + (random_ >> 16U) % pauses_per_sample_;
  const std::uint64_t first = thread_cpu_ns();
  cpu_before_ns_ = thread_cpu_ns();
  look_ns_ = cpu_before_ns_ - first;
}

void WorkMeter::end_sample() {
  const std::uint64_t ns = thread_cpu_ns() - std::exchange(cpu_before_ns_, 0);
  const std::uint64_t own = ns - std::min(ns, look_ns_);
  // The mean of the last samples, about eight; the pause itself, where each is measured.
  usual_pause_ns_ = pauses_per_sample_ == 1 ? own : usual_pause_ns_ - usual_pause_ns_ / 8 + own / 8;
}

}  // namespace narrows::profile
