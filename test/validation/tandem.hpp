// SPDX-License-Identifier: MIT
// Random tandems of three stages that move batches as the node does, in virtual time.
//
//   arrivals ─▶ read ▶ parse ──batch──▶ dispatch ──batch──▶ serialize ▶ write
//
// A read takes all that has arrived when it begins; a batch is handed on whole; a read, a hand-over
// and a write cost a time of their own; so many batches exist, and the parser waits for one.
// The same seed gives the same tandem and the same random numbers, on any machine.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "profile/component.hpp"

namespace narrows::validation {

using profile::kStages;

/// Uniform, exponential and normal numbers from a generator whose sequence the standard fixes.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] double uniform();      // 0 to 1, neither included
  [[nodiscard]] double exponential();  // of mean 1
  [[nodiscard]] double normal();
  /// Between two bounds, its logarithm uniform.
  [[nodiscard]] double log_uniform(double from, double to);
  [[nodiscard]] std::size_t below(std::size_t count);

 private:
  std::mt19937_64 engine_;
};

enum class Law : std::uint8_t { constant, exponential, lognormal, hiccups };

/// How long a stage works on a message, in nanoseconds.
struct Service {
  Law law = Law::constant;
  double mean_ns = 0;
  double hiccup_share = 0;  // of the messages, …
  double hiccup_times = 1;  // … that take so many times as long
  double sigma = 1;         // of a lognormal one

  [[nodiscard]] double sample(Random& random) const;
};

enum class Kind : std::uint8_t { constant, exponential, lognormal, hiccups, mixed };
inline constexpr std::array<const char*, 5> kKindNames{"constant", "exponential", "lognormal",
                                                       "hiccups", "mixed"};

struct Tandem {
  Kind kind = Kind::constant;
  std::array<Service, kStages> services;
  double read_ns = 0;
  double hand_over_ns = 0;
  double write_ns = 0;
  double load = 0;   // of what the slowest stage can do in full batches
  double burst = 1;  // mean size of the groups in which messages arrive
  double rate_per_ns = 0;
};

inline constexpr std::size_t kMostMessages = 512;  // in a batch
inline constexpr std::size_t kBatches = 64;        // in all

[[nodiscard]] Tandem random_tandem(Random& random, std::size_t index);

/// What happens whatever the stages' speed: arrivals and services, in nanoseconds.
struct Path {
  std::vector<double> arrivals;
  std::array<std::vector<double>, kStages> services;
};
[[nodiscard]] Path random_path(const Tandem& tandem, std::size_t messages, Random& random);

struct Batch {
  std::size_t first = 0;  // message
  std::size_t count = 0;
  double ready = 0;   // the parser was done with what was before
  double free = 0;    // … and had a batch
  double begun = 0;   // the read began
  double t0 = 0;      // … and returned
  double parsed = 0;  // t2 of the last
  double handed = 0;  // over to dispatch
  double t3 = 0;      // of the first
  double dispatched = 0;
  double passed = 0;  // over to serialize
  double t5 = 0;      // of the first
  double serialized = 0;
  double t7 = 0;
};

struct Passage {
  std::vector<Batch> batches;
  double end = 0;
  double mean_ns = 0;  // latency, from arrival to written
  double p99_ns = 0;
};

/// `scale`: of each stage's work. `saturated`: all has arrived at the beginning.
[[nodiscard]] Passage pass(const Tandem& tandem, const Path& path,
                           const std::array<double, kStages>& scale, bool saturated);

}  // namespace narrows::validation
