// SPDX-License-Identifier: MIT
// What one cache line costs that is bounced between two cores: prints the median round trip in ns.
//
//   thread A (first cpu) ──odd──▶ one atomic word ──even──▶ thread B (second cpu)
//
// Pipelines pay for it at each hand-over, and it moves between one run and the next; so the figure
// stands beside every benchmark. With fewer than two cpus it says so, and prints no figure.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

#include "cpus.hpp"

namespace {

constexpr std::uint64_t kTripsPerSample = 2000;
constexpr std::size_t kSamples = 51;

alignas(128) std::atomic<std::uint64_t> turn{0};  // even: A's; odd: B's. Written by both.

/// Takes `trips` turns, each from `first`, first + 2, ... on to the next number.
void take_turns(std::uint64_t first, std::uint64_t trips) {
  for (std::uint64_t mine = first; mine < first + 2 * trips; mine += 2) {
    // Nothing but the word itself travels, so relaxed is enough.
    while (turn.load(std::memory_order_relaxed) != mine) {
    }
    turn.store(mine + 1, std::memory_order_relaxed);
  }
}

}  // namespace

int main() {
  const std::vector<std::size_t> cpus = allowed_cpus();
  if (cpus.size() < 2) {
    std::printf("only one cpu: no cache line can be bounced\n");
    return 0;
  }
  std::thread other([&] {
    if (!pin_to(cpus[1])) std::fprintf(stderr, "bounce: cannot pin\n");
    take_turns(1, kTripsPerSample * kSamples);
  });
  if (!pin_to(cpus[0])) std::fprintf(stderr, "bounce: cannot pin\n");
  std::vector<double> trip_ns;
  for (std::uint64_t sample = 0; sample < kSamples; ++sample) {
    const auto start = std::chrono::steady_clock::now();
    take_turns(2 * sample * kTripsPerSample, kTripsPerSample);
    const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
    trip_ns.push_back(taken.count() / kTripsPerSample);
  }
  other.join();
  std::sort(trip_ns.begin(), trip_ns.end());
  std::printf("%.0f\n", trip_ns[kSamples / 2]);
  return 0;
}
