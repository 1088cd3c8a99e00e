// SPDX-License-Identifier: MIT
#include "whatif_effects.hpp"

#include <algorithm>
#include <utility>

#include "statistics.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr double kConfidence = 0.95;
constexpr std::size_t kLeastSamples = 2;

/// Of the rounds in which both runs have the figure: a generator that got no CPU for long measures
/// nothing.
Difference change_of(const std::vector<Sample>& without, const std::vector<Sample>& with,
                     std::size_t figure) {
  std::vector<double> from;
  std::vector<double> to;
  for (std::size_t i = 0; i < std::min(without.size(), with.size()); ++i) {
    const double a = without[i].figures[figure];
    const double b = with[i].figures[figure];
    if (a <= 0 || b <= 0) continue;
    from.push_back(a);
    to.push_back(b);
  }
  return difference(from, to, Pairing::paired, kConfidence, kLeastSamples);
}

/// By the node's own figures, a message.
std::vector<double> busy_us(const std::vector<Sample>& samples, std::size_t stage) {
  std::vector<double> values;
  for (const Sample& sample : samples) {
    if (sample.stages) values.push_back(sample.stages->busy_us[stage]);
  }
  return values;
}

bool lacks_half_of(double delay_us, const std::vector<double>& without,
                   const std::vector<double>& with) {
  if (without.size() < kLeastSamples || with.size() < kLeastSamples) return false;
  return difference_interval(without, with, kConfidence).high < delay_us / 2;
}

/// A change r of the ratio's as a share: what the delay added to the time a message, or to latency.
Worth added_share(const Difference& change, Figure figure) {
  const auto share = [figure](double percent) {
    const double ratio = 1 + percent / 100;
    return figure == Figure::throughput ? 1 / ratio - 1 : ratio - 1;
  };
  Worth worth{share(change.percent), share(change.low), share(change.high), change.known};
  if (worth.low > worth.high) std::swap(worth.low, worth.high);
  return worth;
}

Worth scaled(Worth worth, double factor) {
  return {worth.value * factor, worth.low * factor, worth.high * factor, worth.known};
}

std::string list(const std::vector<std::size_t>& stages) {
  std::string text;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    text += joined({i == 0 ? "" : i + 1 == stages.size() ? " and " : ", ", kStageNames[stages[i]]});
  }
  return text;
}

/// What each stage is worth, against the others.
class Measured {
 public:
  Measured(const PerStage<StageEffect>& effects, Figure figure) {
    for (std::size_t i = 0; i < kStages; ++i) {
      worths_[i] = worth_of_tenth(effects[i], figure);
      if (!effects[i].measured) continue;
      slowed_.push_back(i);
      known_ = known_ && worths_[i].known;
    }
  }

  /// Why nothing can be said; empty if something can.
  [[nodiscard]] std::string lack() const {
    if (slowed_.size() < kStages) {
      return slowed_.empty() ? "nothing was measured"
                             : joined({"only ", list(slowed_), " was slowed"});
    }
    return known_ ? "" : "there were too few runs";
  }

  /// The stage whose interval is above zero and above all others.
  [[nodiscard]] std::optional<std::size_t> winner() const {
    if (!lack().empty()) return std::nullopt;
    for (std::size_t i = 0; i < kStages; ++i) {
      bool clear = worths_[i].low > 0;
      for (std::size_t j = 0; j < kStages; ++j) clear = clear && (i == j || beats(i, j));
      if (clear) return i;
    }
    return std::nullopt;
  }

  /// A stage that was not said is clearly worth more than all that were.
  [[nodiscard]] bool refutes(const NodeVerdict& said) const {
    if (!lack().empty()) return false;
    for (std::size_t i = 0; i < kStages; ++i) {
      if (i == said.stage || i == said.tie || worths_[i].low <= 0) continue;
      if (beats(i, *said.stage) && (!said.tie || beats(i, *said.tie))) return true;
    }
    return false;
  }

  /// Why there is no winner.
  [[nodiscard]] std::string unclear() const {
    std::size_t best = 0;
    for (std::size_t i = 1; i < kStages; ++i) {
      if (worths_[i].value > worths_[best].value) best = i;
    }
    if (worths_[best].low <= 0) return "no stage's delay had an effect that is clear of zero";
    std::vector<std::size_t> near;
    for (std::size_t i = 0; i < kStages; ++i) {
      if (!beats(best, i)) near.push_back(i);
    }
    return joined({"the intervals of ", list(near), " overlap"});
  }

 private:
  [[nodiscard]] bool beats(std::size_t one, std::size_t other) const {
    return worths_[one].low > worths_[other].high;
  }

  PerStage<Worth> worths_;
  std::vector<std::size_t> slowed_;
  bool known_ = true;
};

}  // namespace

PerStage<StageEffect> effects_of(const std::array<std::vector<Sample>, 4>& samples,
                                 const PerStage<double>& delay_us) {
  PerStage<StageEffect> effects;
  for (std::size_t i = 0; i < kStages; ++i) {
    StageEffect& effect = effects[i];
    const std::vector<Sample>& slowed = samples[1 + i];
    effect.measured = !slowed.empty();
    const std::vector<double> without = busy_us(samples[0], i);
    effect.busy_us = median(without);
    if (!effect.measured) continue;
    const std::vector<double> with = busy_us(slowed, i);
    effect.delay_us = delay_us[i];
    effect.added_us = median(with) - effect.busy_us;
    effect.unseen = lacks_half_of(effect.delay_us, without, with);
    for (std::size_t f = 0; f < kFigures; ++f) {
      effect.changes[f] = change_of(samples[0], slowed, f);
    }
  }
  return effects;
}

Worth worth_of_microsecond(const StageEffect& effect, Figure figure) {
  const Difference& change = effect.changes[static_cast<std::size_t>(figure)];
  if (!change.known || effect.delay_us <= 0) return {};
  const double unit = figure == Figure::throughput ? 100 : change.a;
  return scaled(added_share(change, figure), unit / effect.delay_us);
}

Worth worth_of_tenth(const StageEffect& effect, Figure figure) {
  return scaled(worth_of_microsecond(effect, figure), effect.busy_us / 10);
}

std::string_view name_of(Finding finding) {
  switch (finding) {
    case Finding::agrees: return "agrees";
    case Finding::disagrees: return "disagrees";
    case Finding::cannot_be_told: return "cannot be told";
    case Finding::no_verdict: break;
  }
  return "no verdict";
}

Agreement agreement(const PerStage<StageEffect>& effects, Figure figure, NodeVerdict verdict) {
  Agreement result;
  result.verdict = std::move(verdict);
  const NodeVerdict& said = result.verdict;
  const Measured measured(effects, figure);
  result.measured = measured.winner();
  if (!said.given) {
    result.because = "the node gives no verdict on it";
  } else if (!said.stage) {
    result.because =
        joined({"the node's verdict names no stage", said.state.empty() ? "" : ": ", said.state});
  } else if (measured.refutes(said)) {
    result.finding = Finding::disagrees;
  } else if (result.measured && !said.tie) {
    result.finding = Finding::agrees;
  } else {
    result.finding = Finding::cannot_be_told;
    const std::string lack = measured.lack();
    result.because = !lack.empty() ? lack
                     : said.tie
                         ? joined({"the node calls it a tie of ", list({*said.stage, *said.tie})})
                         : measured.unclear();
  }
  return result;
}

}  // namespace narrows::tools
