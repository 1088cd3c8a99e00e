// SPDX-License-Identifier: MIT
// What a stage's speed is worth: the runs are played again, on paper, with one stage a tenth faster
// at a time.
//
// The runs' stamps say how long each stage worked on each, what it did for a read and for a write,
// how late it woke, and when the parser had to wait for input. What a read finds after a wait came
// together: so large are the groups in which messages come, and those that came while the parser
// was at work are taken to have come in such groups, evenly. Played again, a faster stage changes
// when the others get their work, and how many messages the next read finds: what no formula on
// averages sees. They are played a part at a time; a part begins as things really stood, but for
// the lead that the faster stages had won by then.
//
// A message whose handler waited is played from when the batch was read that it left with: what
// others took to answer is not the stages', and stays as it was.
//
// Bound: kPartRuns runs. Cost: about 10 ns a run and variant, of at most kMostParts a call of
// play(). Threads: the books' holder. Source: trace-driven simulation with common random numbers
// (A. Law, Simulation Modeling and
//   Analysis, chapters 5 and 11).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "profile/component.hpp"
#include "profile/latency_rows.hpp"
#include "profile/run.hpp"

namespace narrows::profile {

/// What a tenth less work would have saved, in ticks; sums over messages.
struct Gains {
  struct Row {  // of messages of one latency
    float messages = 0;
    std::array<float, kStages> saved{};
  };

  double messages = 0;
  double latency = 0;  // as played, from arrival to written
  std::array<double, kStages> saved{};
  std::array<Row, kLatencyRows> rows{};

  void merge(const Gains& other);
};

class Counterfactual {
 public:
  static constexpr std::size_t kPartRuns = 256;
  static constexpr std::size_t kMostParts = 16;
  static constexpr std::size_t kMostBatches = 256;
  static constexpr double kFaster = 0.9;

  /// `one_thread`: the stages take turns. `most_messages`: that a read can bring. `batches`: that
  /// the parser can have handed on before it has to wait for one.
  Counterfactual(bool one_thread, double most_messages, std::size_t batches)
      : one_thread_(one_thread),
        most_messages_(most_messages),
        batches_(std::clamp<std::size_t>(batches, 1, kMostBatches)) {}

  /// The next run. Those beyond kMostParts are left out.
  void add(const Run& run) {
    if (run.messages == 0) return;
    if (played_ == kMostParts) [[unlikely]] {
      skipped_ = run;
      return;
    }
    runs_[count_++] = run;
    if (count_ == kPartRuns) [[unlikely]]
      play_part();
  }

  /// What would have been saved since the last call.
  [[nodiscard]] Gains play();

  void reset();

 private:
  /// A run as durations, and when its messages came.
  struct Part {
    double first_arrival;  // they came from here …
    double arrival;        // … to here, …
    double groups;         // … in so many groups, evenly
    double messages;
    double read;
    double parse;
    double dispatch_lag;
    double dispatch;
    double serialize_lag;
    double serialize;
    double write;
    double blocked;
  };
  struct Free {  // since when each stage is
    double parse;
    double dispatch;
    double serialize;
  };
  using Latencies = std::array<double, kPartRuns>;
  /// When the last batches came home, the oldest first; a ring.
  using Homecomings = std::array<double, kMostBatches>;

  void play_part();
  [[nodiscard]] Free cut_up();
  [[nodiscard]] double group_size() const;
  [[nodiscard]] static double arrival(const Part& part, double index);
  [[nodiscard]] static double arrived(const Part& part, double now);
  /// The sum of all messages' latencies; each run's middle one's by itself. `free`: at the
  /// beginning, then at the end. `home`: by the beginning.
  double play(const std::array<double, kStages>& scale, Free& free, Homecomings& home,
              Latencies& middle) const;

  const bool one_thread_;
  const double most_messages_;
  const std::size_t batches_;
  std::array<Run, kPartRuns> runs_;
  std::size_t count_ = 0;
  Run previous_{};  // before runs_[0]; none: messages is 0
  Run skipped_{};   // the last that was left out; none: messages is 0
  std::array<Part, kPartRuns> parts_;
  std::array<Ticks, kMostBatches> encoded_{};  // the last runs' ends of serializing; a ring, …
  std::size_t encoded_at_ = 0;                 // … whose oldest is here
  Homecomings home_;                           // the same, as the part that is played has them
  std::array<Free, kStages> lead_{};  // by which the stages are free earlier, were each faster
  Gains gains_;
  std::size_t played_ = 0;  // parts, since the last call of play()
};

}  // namespace narrows::profile
