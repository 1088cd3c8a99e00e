// SPDX-License-Identifier: MIT
#include "whatif_conclude.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr double kEnoughCpu = 0.9;

LoadEffects effects(const Series& series) {
  LoadEffects effects;
  effects.load = series.load;
  effects.samples = series.samples[0].size();
  for (std::size_t f = 0; f < kFigures; ++f) {
    std::vector<double> values;
    for (const Sample& sample : series.samples[0]) values.push_back(sample.figures[f]);
    effects.base[f] = median(std::move(values));
  }
  effects.stages = effects_of(series.samples, series.delay_us);
  return effects;
}

/// Stages that are short of CPU time: their process has used less than they were busy. What else it
/// uses hides a little of that.
std::optional<double> short_share(const std::vector<Sample>& samples) {
  std::vector<double> shares;
  for (const Sample& sample : samples) {
    if (!sample.stages) continue;
    const double busy = sum(sample.stages->utilization);
    if (busy > 0) shares.push_back(sample.node / busy);
  }
  if (shares.empty()) return std::nullopt;
  const double share = median(std::move(shares));
  return share < kEnoughCpu ? std::optional(share) : std::nullopt;
}

/// What was in use, medians of each stage's runs; the most of them counts.
Room room_of(const Series& series, double cpus, bool one_thread) {
  Room room;
  room.cpus = room.node_cpus = cpus;
  for (const std::vector<Sample>& samples : series.samples) {
    std::vector<double> stages;
    std::vector<double> generator;
    std::vector<double> busiest;
    for (const Sample& sample : samples) {
      generator.push_back(sample.generator);
      if (!sample.stages) continue;
      const PerStage<double>& busy = sample.stages->utilization;
      stages.push_back(sum(busy));
      busiest.push_back(one_thread ? sum(busy) : *std::max_element(busy.begin(), busy.end()));
    }
    room.stages = std::max(room.stages, median(std::move(stages)));
    room.generator = std::max(room.generator, median(std::move(generator)));
    if (busiest.empty()) continue;
    const double share = median(std::move(busiest));
    if (&samples == &series.samples[0]) {
      room.busiest = share;
    } else {
      room.busiest_delayed = std::min(room.busiest_delayed, share);
    }
  }
  if (const auto looked = stage_figures(series.bench_stats)) {
    room.node_cpus = looked->cpus.value_or(cpus);
    room.short_share = looked->short_share;
  }
  if (!room.short_share) room.short_share = short_share(series.samples[0]);
  return room;
}

void add_theory(WhatIf& what) {
  PerStage<double> busy_us{};
  for (std::size_t i = 0; i < kStages; ++i) busy_us[i] = what.saturation.stages[i].busy_us;
  if (sum(busy_us) <= 0) return;
  for (std::size_t i = 0; i < kStages; ++i) {
    StageEffect& effect = what.saturation.stages[i];
    if (!effect.measured) continue;
    effect.theory_percent = theory_percent(busy_us, i, effect.delay_us, what.one_thread);
  }
}

/// What else is worth knowing.
void remark(WhatIf& what) {
  double slowest_us = 0;
  for (const StageEffect& effect : what.saturation.stages) {
    slowest_us = std::max(slowest_us, effect.busy_us);
  }
  for (std::size_t i = 0; i < kStages; ++i) {
    const StageEffect& effect = what.saturation.stages[i];
    if (!effect.measured) continue;
    const bool overtakes =
        effect.busy_us < slowest_us && effect.busy_us + effect.delay_us > slowest_us;
    if (overtakes && !what.one_thread) {
      what.remarks.push_back(joined({"With its delay ", kStageNames[i],
                                     " is itself the slowest stage: a smaller --delta tells more "
                                     "of the node as it is."}));
    }
    if (effect.unseen) {
      what.remarks.push_back(joined({"By the node's own figures ", kStageNames[i],
                                     " did not get the delay that was asked for."}));
    }
  }
}

/// They count all the same: runs with and without a delay meet it, and the intervals have it.
void remark_on_late_runs(const Series& series, WhatIf& what) {
  std::size_t runs = 0;
  std::size_t late = 0;
  for (const std::vector<Sample>& samples : series.samples) {
    runs += samples.size();
    late += static_cast<std::size_t>(
        std::count_if(samples.begin(), samples.end(), [](const Sample& run) { return run.late; }));
  }
  if (late == 0) return;
  const std::string sentence = joined({"he load generator was late in ", grouped(late), " of ",
                                       counted(runs, "run", "runs"), " at the rate"});
  if (2 * late > runs) {
    what.generator_problem = joined({"t", sentence, ": the latencies there have that in them"});
  } else {
    what.remarks.push_back(joined({"T", sentence, ": the intervals have that in them."}));
  }
}

}  // namespace

Figure figure_of(Question question) {
  switch (question) {
    case Question::throughput: break;
    case Question::latency: return Figure::mean;
    case Question::tail: return Figure::p99;
  }
  return Figure::throughput;
}

const LoadEffects& load_of(const WhatIf& what, Question question) {
  return question == Question::throughput ? what.saturation : what.at_rate;
}

void conclude(const Series& saturation, const Series& at_rate, double cpus, WhatIf& what) {
  what.saturation = effects(saturation);
  what.at_rate = effects(at_rate);
  what.room = room_of(saturation, cpus, what.one_thread);
  if (what.saturation.samples > 0) {
    what.no_theory = what.room.lack();
    if (what.no_theory.empty()) add_theory(what);
  }
  for (const Question question : {Question::throughput, Question::latency, Question::tail}) {
    const bool saturated = question == Question::throughput;
    const std::string& stats = saturated ? saturation.bench_stats : at_rate.bench_stats;
    what.agreements[static_cast<std::size_t>(question)] =
        agreement(load_of(what, question).stages, figure_of(question), verdict_in(stats, question));
  }
  remark(what);
  remark_on_late_runs(at_rate, what);
}

}  // namespace narrows::tools
