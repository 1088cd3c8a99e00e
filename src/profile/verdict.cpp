// SPDX-License-Identifier: MIT
#include "profile/verdict.hpp"

#include <algorithm>

namespace narrows::profile {
namespace {

using Values = std::array<double, kStages>;

/// Room for the slices' values; a verdict is drawn without allocating.
using SliceValues = std::array<Values, Timeline::kMostSlices>;

std::size_t index_of(int stage) { return static_cast<std::size_t>(stage); }

SliceCounts sum_of(std::span<const Slice> slices) {
  SliceCounts sum;
  for (const Slice& slice : slices) sum.add(slice);
  return sum;
}

double largest(const Values& values) { return *std::max_element(values.begin(), values.end()); }
double total(const Values& values) { return values[0] + values[1] + values[2]; }

/// The share of each stage's services for which its thread had a CPU.
Values worked(const Evidence& evidence) {
  const auto shares =
      cpu_shares(sum_of(evidence.slices), evidence.shape.one_thread, evidence.ns_per_tick);
  return {shares[0].value_or(1), shares[1].value_or(1), shares[2].value_or(1)};
}

/// The stage that costs a message most. A slice's say is what leaving it out would change (the
/// jackknife's pseudo-values).
Answer throughput(const Evidence& evidence, const Values& worked, SliceValues& values) {
  const auto& slices = evidence.slices;
  const auto count = static_cast<double>(slices.size());
  const SliceCounts sum = sum_of(slices);
  const Values all = costs_of(sum, evidence.shape, worked).full;
  for (std::size_t s = 0; s < slices.size(); ++s) {
    SliceCounts others = sum;
    others.subtract(slices[s]);
    const Values without = costs_of(others, evidence.shape, worked).full;
    for (std::size_t i = 0; i < kStages; ++i) {
      values[s][i] = count * all[i] - (count - 1) * without[i];
    }
  }
  Answer answer = largest_of({values.data(), slices.size()});
  // Where few messages cost most of the time leaving them out changes everything, and the slices'
  // say contradicts the sum, or names none: then nothing is sure.
  const auto most = std::max_element(all.begin(), all.end()) - all.begin();
  if (answer.stage == static_cast<int>(most)) return answer;
  const auto costs_less = [&](int a, int b) { return all[index_of(a)] < all[index_of(b)]; };
  answer.stage = static_cast<int>(most);
  answer.tie = std::max((answer.stage + 1) % 3, (answer.stage + 2) % 3, costs_less);
  answer.confidence = 0;
  return answer;
}

Answer latency(const Evidence& evidence, SliceValues& values) {
  for (std::size_t s = 0; s < evidence.slices.size(); ++s) {
    values[s] = evidence.slices[s].gains.saved;
  }
  return largest_of({values.data(), evidence.slices.size()});
}

/// What a tenth would save at the 99th percentile: of the messages about there.
Answer tail(const Evidence& evidence, SliceValues& values) {
  constexpr double kFrom = 0.982;
  constexpr double kTo = 0.998;
  std::array<double, kLatencyRows> messages{};
  double all = 0;
  for (const Slice& slice : evidence.slices) {
    for (std::size_t row = 0; row < kLatencyRows; ++row) {
      messages[row] += static_cast<double>(slice.gains.rows[row].messages);
      all += static_cast<double>(slice.gains.rows[row].messages);
    }
  }
  double below = 0;
  values.fill({});
  for (std::size_t row = 0; row < kLatencyRows; ++row) {
    if (messages[row] <= 0) continue;
    const double from = std::max(below / all, kFrom);
    below += messages[row];
    const double share = std::max(0.0, std::min(below / all, kTo) - from) * all / messages[row];
    if (share <= 0) continue;
    for (std::size_t s = 0; s < evidence.slices.size(); ++s) {
      for (std::size_t i = 0; i < kStages; ++i) {
        values[s][i] += share * static_cast<double>(evidence.slices[s].gains.rows[row].saved[i]);
      }
    }
  }
  return largest_of({values.data(), evidence.slices.size()});
}

/// The share of what the node can do that it does: of its busy time that which full batches would
/// take, too. (Messages a second times their cost would be the same, but for long batches that
/// began or ended just outside of the time.)
double load_of(const Evidence& evidence, const Costs& costs) {
  const auto& stages = evidence.stages;
  const bool together = evidence.shape.one_thread;
  const auto most = static_cast<std::size_t>(
      std::max_element(costs.full.begin(), costs.full.end()) - costs.full.begin());
  const double busy =
      together ? stages[0].busy + stages[1].busy + stages[2].busy : stages[most].busy;
  const double now = together ? total(costs.now) : costs.now[most];
  const double full = together ? total(costs.full) : costs.full[most];
  return now > 0 ? std::min(1.0, busy * full / now) : 0;
}

bool is_output_blocked(const Evidence& evidence) {
  return evidence.stages[kStages - 1].blocked > kOutputBlocked;
}

/// No stage is the limit, as they wait for CPUs.
bool lacks_cpus(const Evidence& evidence) {
  const auto& stages = evidence.stages;
  if (evidence.shape.one_thread || evidence.cpus <= 0) return false;
  const double all = stages[0].busy + stages[1].busy + stages[2].busy;
  return all >= kAllCpus * evidence.cpus &&
         std::max({stages[0].busy, stages[1].busy, stages[2].busy}) < kHeldUp;
}

State state_of(const Evidence& evidence, double load) {
  const auto& stages = evidence.stages;
  const double all = stages[0].busy + stages[1].busy + stages[2].busy;
  const double busiest = std::max({stages[0].busy, stages[1].busy, stages[2].busy});
  const double busy = evidence.shape.one_thread ? all : busiest;
  if (is_output_blocked(evidence)) return State::output_blocked;
  if (load < kInputLimited && stages[0].idle > kParserIdle) return State::input_limited;
  if (!evidence.checks.cpu.held || lacks_cpus(evidence)) return State::cpu_limited;
  if (busy >= kSaturated && load >= kNearLimit) return State::saturated;
  return State::headroom;
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::saturated: return "saturated";
    case State::headroom: return "headroom";
    case State::input_limited: return "input_limited";
    case State::output_blocked: return "output_blocked";
    case State::cpu_limited: return "cpu_limited";
    case State::insufficient_data: break;
  }
  return "insufficient_data";
}

Costs costs_of(const SliceCounts& sums, const NodeShape& shape, const Values& worked) {
  Costs costs;
  if (sums.messages == 0) return costs;
  const auto messages = static_cast<double>(sums.messages);
  if (sums.answered == 0) {  // no stamps: what the clocks say
    for (std::size_t i = 0; i < kStages; ++i) {
      costs.now[i] = static_cast<double>(sums.times[i].busy) / messages;
    }
    costs.full = costs.now;
    return costs;
  }
  double amortized = 1;
  if (sums.runs > 0) {  // a run's messages are about a batch's
    const double batch = messages / static_cast<double>(sums.runs);
    const double bytes = static_cast<double>(sums.bytes) / messages;
    const double full =
        bytes > 0 ? std::min(shape.most_messages, shape.most_bytes / bytes) : shape.most_messages;
    amortized = std::min(1.0, batch / std::max(full, 1.0));
  }
  for (std::size_t i = 0; i < kStages; ++i) {
    // Stamps have the time in it that a stage was blocked, its clock does not.
    const double beside = static_cast<double>(sums.times[i].busy) - sums.components[2 * i + 1];
    const double others = std::clamp(beside, 0.0, std::max(sums.others[i], 0.0));
    const double service = worked[i] * (sums.components[2 * i + 1] + others) / messages;
    const double overhead = std::clamp(beside - others, 0.0, sums.overheads[i]) / messages;
    costs.now[i] = service + overhead;
    costs.full[i] = service + overhead * amortized;
  }
  return costs;
}

Verdict judge(const Evidence& evidence) {
  Verdict verdict;
  Reasons reasons;
  const Values at_work = worked(evidence);
  const Costs costs = costs_of(sum_of(evidence.slices), evidence.shape, at_work);
  const bool is_enough =
      evidence.messages >= kEnoughMessages && evidence.slices.size() >= kEnoughSlices;
  if (!is_enough || !(largest(costs.full) > 0)) {
    // What was written when a blocked write returned is in no slice yet: no stage can be named.
    if (is_enough && is_output_blocked(evidence)) verdict.state = State::output_blocked;
    explain(evidence, reasons, verdict);
    return verdict;
  }
  const double cost_ns =
      (evidence.shape.one_thread ? total(costs.full) : largest(costs.full)) * evidence.ns_per_tick;
  reasons.limit_per_second = cost_ns > 0 ? 1e9 / cost_ns : 0;
  reasons.load = load_of(evidence, costs);
  verdict.headroom = 1 - reasons.load;
  verdict.state = state_of(evidence, reasons.load);
  SliceValues values;
  verdict.throughput = throughput(evidence, at_work, values);
  if (reasons.load >= kNearLimit && verdict.state != State::output_blocked) {
    verdict.latency = verdict.tail = verdict.throughput;
  } else {
    verdict.latency = latency(evidence, values);
    verdict.tail = tail(evidence, values);
  }
  if (verdict.latency.stage != Answer::kNoStage) {
    double saved = 0;
    double all = 0;
    for (const Slice& slice : evidence.slices) {
      saved += slice.gains.saved[index_of(verdict.latency.stage)];
      all += slice.gains.latency + slice.awaited;
    }
    reasons.saved = all > 0 ? saved / all : 0;
  }
  explain(evidence, reasons, verdict);
  return verdict;
}

}  // namespace narrows::profile
