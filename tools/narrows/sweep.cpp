// SPDX-License-Identifier: MIT
#include "sweep.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <utility>

#include "bench.hpp"
#include "json/value.hpp"
#include "report_json.hpp"
#include "text.hpp"
#include "verdict_text.hpp"

namespace narrows::tools {
namespace {

/// A rate is kept up with when so much of it is answered in time, …
constexpr double kReached = 0.95;
/// … and p99 is below so many times the lowest rate's, or this.
constexpr double kSlower = 20;
constexpr double kFastUs = 1000;
/// The ladder ends when so many steps in a row are not.
constexpr int kEnough = 2;
constexpr double kHighestRate = 5e6;
/// A run that the generator spoiled is made so often.
constexpr int kTries = 3;
/// The search ends when the highest rate that holds and the lowest that does not are so close.
constexpr double kClose = 1.05;

class Sweeper {
 public:
  explicit Sweeper(const SweepOptions& options) : options_(options) {
    sweep_.slo = options.slo ? options.slo->text() : "";
  }

  Sweep run() {
    if (options_.slo) {
      search();
    } else {
      climb();
    }
    std::sort(sweep_.runs.begin(), sweep_.runs.end(),
              [](const Result& a, const Result& b) { return a.load.rate < b.load.rate; });
    for (const Result& run : sweep_.runs) {
      if (keeps_up(run)) sweep_.knee = run.load.rate;
    }
    return std::move(sweep_);
  }

 private:
  /// A ladder of rates.
  void climb() {
    const double to = options_.to > 0 ? options_.to : kHighestRate;
    const bool open_end = options_.to <= 0;
    const int steps = open_end ? 1000 : options_.steps;
    const double ratio = open_end ? 2 : std::pow(to / options_.from, 1.0 / (steps - 1));
    int missed = 0;
    double rate = options_.from;
    for (int i = 0; i < steps && rate <= to * 1.000001 && missed < kEnough; ++i, rate *= ratio) {
      if (!step(rate)) return;
      missed = keeps_up(sweep_.runs.back()) || !open_end ? 0 : missed + 1;
    }
  }

  /// Doubles until the threshold does not hold, then halves the gap.
  void search() {
    const double highest = options_.to > 0 ? options_.to : kHighestRate;
    double holds = 0;
    double fails = 0;
    for (double rate = options_.from;;) {
      if (!step(rate)) return;
      (keeps_slo(sweep_.runs.back()) ? holds : fails) = rate;
      if (fails == 0) {
        if (rate >= highest) return;
        rate = std::min(2 * rate, highest);
      } else if (holds == 0) {
        if (rate < 2) return;
        rate /= 2;
      } else if (fails / holds <= kClose) {
        return;
      } else {
        rate = std::sqrt(holds * fails);
      }
    }
  }

  /// False when the sweep is over.
  bool step(double rate) {
    Load load = options_.load;
    load.pace = Pace::rate;
    load.rate = rate;
    if (options_.keep && !kept_) {
      Load largest = load;
      largest.rate = options_.to > 0 ? options_.to : kHighestRate;
      kept_ = std::make_unique<KeptNode>(largest, options_.command);
    }
    Result run = run_at(load);
    for (int i = 1; i < kTries && !run.generator_problem.empty() && is_ok(run) && !keeps_up(run);
         ++i) {
      run = run_at(load);
    }
    sweep_.stop_signal = run.stop_signal;
    sweep_.problem = run.problem;
    if (run.sent > 0) sweep_.runs.push_back(std::move(run));
    return sweep_.stop_signal == 0 && sweep_.problem.empty();
  }

  Result run_at(const Load& load) {
    return kept_ ? kept_->run(load) : run_bench(load, options_.command);
  }

  static bool is_ok(const Result& run) { return run.problem.empty() && run.stop_signal == 0; }

  /// How late the generator was is part of the latency: what holds although it was, holds.
  [[nodiscard]] bool keeps_slo(const Result& run) const {
    const auto figures = json::Value::parse(json_report(run));
    if (!is_ok(run) || !figures || run.figures.latency().count() == 0) return false;
    if (!options_.slo->names_a_figure(*figures)) {
      throw std::invalid_argument(options_.slo->fault(*figures));
    }
    return options_.slo->fault(*figures).empty();
  }

  [[nodiscard]] bool keeps_up(const Result& run) const {
    if (options_.slo) return keeps_slo(run);
    const double p99 = run.figures.latency().summary().p99;
    const double lowest =
        sweep_.runs.empty() ? p99 : sweep_.runs.front().figures.latency().summary().p99;
    return is_ok(run) && run.throughput_per_second() >= kReached * run.offered_per_second() &&
           p99 <= std::max(kFastUs, kSlower * lowest);
  }

  const SweepOptions& options_;
  Sweep sweep_;
  std::unique_ptr<KeptNode> kept_;
};

std::string micros(double us) {
  if (us >= 1000) return grouped_whole(us);
  return fixed(us, us < 10 ? 2 : 1);
}

}  // namespace

Sweep run_sweep(const SweepOptions& options) { return Sweeper(options).run(); }

std::string table(const Sweep& sweep, const Style& style) {
  const auto right = [](const std::string& text, std::size_t width) {
    return std::string(width - std::min(width, columns(text)), ' ') + text;
  };
  const std::string unit = style.utf8 ? "µs" : "us";
  std::string text = right("offered/s", 12) + right("reached/s", 12) + right("p50 " + unit, 12) +
                     right("p99 " + unit, 12) + right("CPU %", 9) + "  bottleneck\n";
  for (const Result& run : sweep.runs) {
    const Summary us = run.figures.latency().summary();
    const double cpu = run.load_s > 0 ? 100 * run.cpu_s() / run.load_s : 0;
    text += right(grouped_whole(run.offered_per_second()), 12) +
            right(grouped_whole(run.throughput_per_second()), 12) + right(micros(us.p50), 12) +
            right(micros(us.p99), 12) + right(fixed(cpu, 0), 9);
    const auto stats = json::Value::parse(run.bench_stats);
    if (stats) {
      text += joined({"  ", answer_to("throughput", *stats).value_or("-"), " (",
                      state_of(*stats).value_or("-"), ")"});
      for (const json::Value& stage : (*stats)["stages"].items()) {
        if (const auto busy = stage["utilization"].number()) {
          text += ", " + printable(stage["name"].string().value_or("-"), 20) + " " +
                  fixed(100 * *busy, 0) + " %";
        }
      }
      if (!failed_checks(*stats).empty()) text += ", checks failed";
    }
    if (!run.generator_problem.empty()) text += "  the generator was the limit";
    text += "\n";
  }
  if (sweep.knee) {
    const std::string rate = grouped_whole(*sweep.knee);
    const bool highest = *sweep.knee == sweep.runs.back().load.rate;
    text += joined({"\n", sweep.slo.empty() ? "knee: it keeps up to " : sweep.slo + " holds up to ",
                    rate, " messages/s", highest ? ", the highest rate tried\n" : "\n"});
  } else if (!sweep.runs.empty()) {
    text += sweep.slo.empty() ? "\nno knee: it did not keep up with any of these rates\n"
                              : joined({"\n", sweep.slo, " holds at none of these rates\n"});
  }
  if (sweep.stop_signal != 0) text += "PARTIAL: stopped by a signal\n";
  return text;
}

std::string sweep_file(const Sweep& sweep) {
  std::string text = joined(
      {R"({"version":1,"kind":"sweep","partial":)", sweep.stop_signal != 0 ? "true" : "false",
       ",\"problem\":", sweep.problem.empty() ? "null" : quoted(sweep.problem),
       ",\"slo\":", sweep.slo.empty() ? "null" : quoted(sweep.slo),
       ",\"knee_per_sec\":", sweep.knee ? fixed(*sweep.knee, 1) : "null", ",\"runs\":["});
  for (std::size_t i = 0; i < sweep.runs.size(); ++i) {
    std::string run = run_file(sweep.runs[i]);
    run.pop_back();  // the newline
    text.append(i > 0 ? "," : "").append(run);
  }
  return text.append("]}\n");
}

}  // namespace narrows::tools
