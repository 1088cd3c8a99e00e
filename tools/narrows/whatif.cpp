// SPDX-License-Identifier: MIT
#include "whatif.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include "base/cpus.hpp"
#include "bench.hpp"
#include "interruption.hpp"
#include "text.hpp"
#include "whatif_conclude.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

/// So many in flight that the slowest stage always has work, for about so long.
constexpr double kInFlightSeconds = 0.05;
constexpr double kLeastInFlight = 16;
constexpr double kMostInFlight = 16384;
/// But the slowest of the delayed ones gets done with them in such a part of a run.
constexpr double kLongestPart = 0.25;
constexpr auto kGuess = 300ms;
/// A run for the node's verdict: as long as that, and until it has messages enough.
constexpr nanoseconds kLook = 2s;
constexpr nanoseconds kLongestLook = 10s;
constexpr double kLookMessages = 1500;
/// A delay to see whether the node takes delays: so long, and so many times the stage's own time.
constexpr double kProbeUs = 20;
constexpr double kProbeTimes = 2;
constexpr double kProbeSeconds = 0.2;
/// The default rate, of what the node can do, and at most of what it can do with a delay.
constexpr double kRateShare = 0.5;
constexpr double kMostRateShare = 0.8;
/// How often the default rate is halved because the generator cannot keep to it: it is late, and
/// took so much of a CPU.
constexpr int kHalvings = 4;
constexpr double kFastGenerator = 0.5;

/// A command line that can get one more argument.
class Command {
 public:
  explicit Command(char* const* words) {
    for (; *words != nullptr; ++words) words_.emplace_back(*words);
  }

  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }
  Result run(const Load& load, std::string more) {
    std::vector<char*> pointers;
    for (std::string& word : words_) pointers.push_back(word.data());
    if (!more.empty()) pointers.push_back(more.data());
    pointers.push_back(nullptr);
    return run_bench(load, pointers.data());
  }
  /// --threads=inline, as nodes made with libnarrows have it.
  [[nodiscard]] bool is_one_thread() const {
    bool one = false;
    for (std::size_t i = 1; i < words_.size(); ++i) {
      const std::string_view word = words_[i];
      const bool apart = word == "--threads" && i + 1 < words_.size();
      if (apart) one = words_[i + 1] == "inline";
      if (word.starts_with("--threads=")) one = word == "--threads=inline";
    }
    return one;
  }

 private:
  std::vector<std::string> words_;
};

std::string slow(std::size_t stage, double us) {
  const auto ns = static_cast<std::uint64_t>(std::llround(us * 1000));
  const bool whole = ns % 1000 == 0;
  return joined({"--slow=", kStageNames[stage], "=", std::to_string(whole ? ns / 1000 : ns),
                 whole ? "us" : "ns"});
}

/// A variant's further argument; of the one without a delay, none.
std::string delay(const Series& series, std::size_t variant) {
  return variant == 0 ? "" : slow(variant - 1, series.delay_us[variant - 1]);
}

std::string_view name_of(const Series& series) {
  return series.load.pace == Pace::rate ? "at the rate" : "at saturation";
}

/// To two digits.
double rounded(double rate) {
  const double unit = std::pow(10, std::floor(std::log10(rate)) - 1);
  return std::round(rate / unit) * unit;
}

/// One line on a terminal that is overwritten; nothing anywhere else.
class Note {
 public:
  ~Note() { show(""); }
  void show(const std::string& text) const {
    if (visible_) std::fprintf(stderr, "\r%-78.78s\r%.78s", "", text.c_str());
  }

 private:
  const bool visible_ = isatty(STDERR_FILENO) == 1;
};

class Experiment {
 public:
  explicit Experiment(const WhatIfOptions& options) : options_(options), command_(options.command) {
    what_.command = command_.words();
    what_.pairs = static_cast<std::size_t>(options.pairs);
    what_.one_thread = command_.is_one_thread();
    for (std::size_t i = 0; i < kStages; ++i) {
      if (!options.stage || options.stage == i) variants_.push_back(1 + i);
    }
    saturation_.load = at_rate_.load = options.load;
    saturation_.load.quiet = at_rate_.load.quiet = true;
    saturation_.load.pace = Pace::concurrency;
    saturation_.load.concurrency = options.concurrency;
    at_rate_.load.pace = Pace::rate;
  }

  WhatIf run() {
    if (find_saturation() && try_delays() && find_rate()) measure();
    conclude(saturation_, at_rate_, usable_cpus(), what_);
    return std::move(what_);
  }

 private:
  bool find_saturation();
  bool try_delays();
  bool find_rate();
  void measure();
  bool measure_round(Series& series, std::size_t round);

  bool look(Series& series, double expected_rate, bool may_lower);
  void show_progress(const Series& series, std::size_t round, std::size_t variant) const;
  Result make(const Load& load, const std::string& more);
  void fail(const Result& result, const std::string& more);
  bool refuse(std::string why) {
    what_.refused = true;
    what_.problem = std::move(why);
    return false;
  }
  /// It came to its end, and the node was right.
  [[nodiscard]] bool is_whole(const Result& result) const {
    return result.problem.empty() && what_.stop_signal == 0;
  }
  [[nodiscard]] static bool is_too_fast(const Result& result) {
    return !result.generator_problem.empty() && result.problem.empty() && result.stop_signal == 0 &&
           result.generator_cpu_s > kFastGenerator * result.load_s;
  }
  [[nodiscard]] static double rate_of(const Result& result) {
    return result.load_s > 0 ? static_cast<double>(result.replies.answered) / result.load_s : 0;
  }

  const WhatIfOptions& options_;
  const Interruption interruption_;
  const Note note_;
  Command command_;
  WhatIf what_;
  std::vector<std::size_t> variants_{0};  // a round's runs
  Series saturation_;
  Series at_rate_;
  double most_ = 0;   // messages a second at saturation
  double least_ = 0;  // of the slowest stage with its delay
  std::chrono::steady_clock::time_point begin_;
};

/// A run; what must end it all is noted.
Result Experiment::make(const Load& load, const std::string& more) {
  Result result = command_.run(load, more);
  what_.stop_signal = result.stop_signal != 0 ? result.stop_signal : Interruption::signal();
  return result;
}

void Experiment::fail(const Result& result, const std::string& more) {
  if (what_.stop_signal != 0) return;
  what_.problem = more.empty() ? result.problem : joined({"with ", more, ": ", result.problem});
}

/// A longer run without a delay, for the node's figures and its verdict.
bool Experiment::look(Series& series, double expected_rate, bool may_lower) {
  Load load = series.load;
  const double ns = kLookMessages / std::max(expected_rate, 1.0) * 1e9;
  load.duration =
      std::max(*load.duration, std::clamp(nanoseconds(std::llround(ns)), kLook, kLongestLook));
  note_.show(joined({"looking at it ", name_of(series)}));
  Result result = make(load, "");
  for (int i = 0; i < kHalvings && may_lower && is_too_fast(result); ++i) {
    load.rate = series.load.rate = rounded(load.rate / 2);
    result = make(load, "");
  }
  if (!is_whole(result)) {
    fail(result, "");
    return false;
  }
  series.bench_stats = result.bench_stats;
  const auto figures = stage_figures(result.bench_stats);
  if (!figures) {
    return refuse(
        result.bench_stats.empty()
            ? "the node has no bench_stats: it does not say where its time goes, so there "
              "is no stage of it to be slowed down"
            : "the node's bench_stats do not say how busy parse, dispatch and serialize "
              "are, so there is no stage of it to be slowed down");
  }
  for (std::size_t i = 0; i < kStages; ++i) {
    series.delay_us[i] = static_cast<double>(options_.delta.of(figures->busy_us[i]).count()) / 1e3;
  }
  if (&series == &saturation_) {
    double slowest_us = 0;
    for (const std::size_t variant : variants_) {
      if (variant == 0) continue;
      const std::size_t i = variant - 1;
      slowest_us = std::max(slowest_us, figures->busy_us[i] + series.delay_us[i]);
    }
    most_ = rate_of(result);
    least_ = std::min(most_, 1e6 / slowest_us);
  }
  return true;
}

bool Experiment::find_saturation() {
  Load& load = saturation_.load;
  const bool chosen = load.concurrency > 0;
  Load guess = load;
  guess.duration = kGuess;
  guess.warmup = 0s;
  if (!chosen) guess.concurrency = 64;
  note_.show("looking how fast it is");
  const Result result = make(guess, "");
  if (!is_whole(result)) {
    fail(result, "");
    return false;
  }
  const double rate = rate_of(result);
  if (!chosen) {
    load.concurrency = static_cast<std::uint64_t>(
        std::clamp(kInFlightSeconds * rate, kLeastInFlight, kMostInFlight));
  }
  if (!look(saturation_, rate, false)) return false;
  if (!chosen) {
    const double run_s = std::chrono::duration<double>(*load.duration).count();
    load.concurrency = static_cast<std::uint64_t>(std::clamp(
        kLongestPart * run_s * least_, kLeastInFlight, static_cast<double>(load.concurrency)));
  }
  return true;
}

/// A large delay in each stage: does the node take it, and does it take it seriously?
bool Experiment::try_delays() {
  const StageFigures before = *stage_figures(saturation_.bench_stats);
  for (const std::size_t variant : variants_) {
    if (variant == 0) continue;
    const std::size_t stage = variant - 1;
    const double us = std::ceil(std::max(kProbeUs, kProbeTimes * before.busy_us[stage]));
    Load load = saturation_.load;
    load.duration.reset();
    load.warmup = 0s;
    load.messages = static_cast<std::uint64_t>(
        std::clamp(kProbeSeconds * 1e6 / (us + sum(before.busy_us)), 20.0, 5000.0));
    load.concurrency = std::min<std::uint64_t>(load.concurrency, load.messages);
    const std::string more = slow(stage, us);
    note_.show(joined({"looking whether it takes ", more}));
    const Result result = make(load, more);
    if (what_.stop_signal != 0) return false;
    if (!result.problem.empty()) {
      return refuse(joined({"the node does not take ", more, ": ", result.problem}));
    }
    const auto after = stage_figures(result.bench_stats);
    if (!after) return refuse(joined({"with ", more, " the node no longer answers bench_stats"}));
    if (after->busy_us[stage] - before.busy_us[stage] < us / 2) {
      return refuse(
          joined({"the node ignores ", more, ": by its own figures ", kStageNames[stage],
                  " is busy ", fixed(after->busy_us[stage], 3), " us a message with it and ",
                  fixed(before.busy_us[stage], 3), " us without"}));
    }
  }
  return true;
}

bool Experiment::find_rate() {
  Load& load = at_rate_.load;
  const bool chosen = load.rate > 0;
  if (!chosen) {
    load.rate = rounded(std::max(std::min(kRateShare * most_, kMostRateShare * least_), 1.0));
  }
  if (chosen && load.rate > most_) {
    what_.remarks.push_back(
        joined({"The rate is above what the node can do: ", grouped_whole(most_),
                " messages/s. Latencies there grow with time."}));
  }
  return look(at_rate_, load.rate, !chosen);
}

void Experiment::measure() {
  begin_ = std::chrono::steady_clock::now();
  for (std::size_t round = 0; round < what_.pairs; ++round) {
    if (!measure_round(saturation_, round) || !measure_round(at_rate_, round)) return;
  }
}

void Experiment::show_progress(const Series& series, std::size_t round, std::size_t variant) const {
  const std::chrono::duration<double> so_far = std::chrono::steady_clock::now() - begin_;
  const auto done = static_cast<double>(round);
  const double left_s =
      so_far.count() / std::max(done, 1.0) * (static_cast<double>(what_.pairs) - done);
  note_.show(joined({"round ", std::to_string(round + 1), " of ", std::to_string(what_.pairs), " ",
                     name_of(series), " ", delay(series, variant),
                     round == 0 ? "" : joined({", ", fixed(left_s, 0), " s left"})}));
}

/// A run of each variant, in another order each time. False when it is all over: then none counts.
bool Experiment::measure_round(Series& series, std::size_t round) {
  std::array<Sample, 1 + kStages> samples;
  std::vector<std::size_t> order = variants_;
  std::rotate(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(round % order.size()),
              order.end());
  if (round / order.size() % 2 == 1) std::reverse(order.begin(), order.end());
  for (const std::size_t variant : order) {
    show_progress(series, round, variant);
    const std::string more = delay(series, variant);
    const Result result = make(series.load, more);
    if (!is_whole(result)) {
      fail(result, more);
      return false;
    }
    const Summary latency = result.figures.latency().summary();
    const double seconds = std::max(result.load_s, 1e-9);
    samples[variant] = {{rate_of(result), latency.avg, latency.p99},
                        stage_figures(result.bench_stats),
                        result.cpu_s() / seconds,
                        result.generator_cpu_s / seconds,
                        !result.generator_problem.empty()};
    if (what_.stop_signal != 0) return false;
  }
  for (const std::size_t variant : variants_) series.samples[variant].push_back(samples[variant]);
  return true;
}

}  // namespace

WhatIf run_whatif(const WhatIfOptions& options) { return Experiment(options).run(); }

}  // namespace narrows::tools
