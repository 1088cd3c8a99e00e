// SPDX-License-Identifier: MIT
// Which stage is the narrows: what limits throughput, what the mean latency depends on most, what
// the slowest messages depend on, and how near the node is to its limit.
//
// Throughput: the stage that can do the fewest messages a second. What a read, a write and a
//   hand-over cost is shared by the messages of a batch, and batches grow with the load: a stage
//   is judged by what a message would cost it in full batches; and in CPU time, as far as that is
//   known: a stage that has to share its CPU is slow, but not by itself.
// Latency and tail: the stage that saves the most if it is a tenth faster; see Counterfactual. Near
//   the limit it is the throughput's answer.
// Waiting of handlers for others is no stage's work, and no answer; the explanation says where it
// is
//   the largest part.
// Threads: pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "profile/answer.hpp"
#include "profile/books.hpp"
#include "profile/checks.hpp"
#include "profile/component.hpp"
#include "profile/slice.hpp"

namespace narrows::profile {

/// Shares of the period's wall time.
struct StageShares {
  double busy = 0;
  double blocked = 0;
  double idle = 0;
  double unaccounted = 0;
};

enum class State : std::uint8_t {
  saturated,
  headroom,
  input_limited,
  output_blocked,
  cpu_limited,
  insufficient_data
};
[[nodiscard]] std::string_view name_of(State state);

struct Verdict {
  Answer throughput;
  Answer latency;
  Answer tail;
  State state = State::insufficient_data;
  double headroom = 0;                  // 0 to 1, when there is an answer
  std::array<char, 640> explanation{};  // one sentence, NUL-terminated
};

/// Fewer messages, or less time, say too little.
inline constexpr std::uint64_t kEnoughMessages = 1000;
inline constexpr std::size_t kEnoughSlices = 20;

inline constexpr double kSaturated = 0.95;
inline constexpr double kNearLimit = 0.95;    // of what the node can do
inline constexpr double kInputLimited = 0.3;  // likewise, …
inline constexpr double kParserIdle = 0.5;    // … while the parser has nothing to read
inline constexpr double kOutputBlocked = 0.5;
/// The stages use so much of the CPUs that the process may use, and none is busy for so much of the
/// time: they wait for each other's CPUs, and more of them would let the node do a third more.
inline constexpr double kAllCpus = 0.9;
inline constexpr double kHeldUp = 0.75;

struct Evidence {
  std::array<StageShares, kStages> stages;
  std::array<double, kStages> waits{};  // shares of the mean latency spent waiting for each stage
  std::span<const Slice> slices;
  NodeShape shape;
  Checks checks;
  std::uint64_t messages = 0;
  double elapsed_ns = 0;
  double ns_per_tick = 1;
  double cpus = 0;   // that the process may use; 0: not known
  double await = 0;  // the share of the mean latency that handlers waited, where it is the largest
};

[[nodiscard]] Verdict judge(const Evidence& evidence);

/// What a message costs each stage, in ticks. `worked`: the share of the services that was work.
struct Costs {
  std::array<double, kStages> now{};
  std::array<double, kStages> full{};  // in full batches
};
[[nodiscard]] Costs costs_of(const SliceCounts& sums, const NodeShape& shape,
                             const std::array<double, kStages>& worked = {1, 1, 1});

/// Why: one sentence that a person can act on. `load`: the share of its limit that the node is at.
/// `saved`: of the mean latency, by a tenth less work in the answer's stage.
struct Reasons {
  double load = 0;
  double limit_per_second = 0;
  double saved = 0;
};
void explain(const Evidence& evidence, const Reasons& reasons, Verdict& verdict);

}  // namespace narrows::profile
