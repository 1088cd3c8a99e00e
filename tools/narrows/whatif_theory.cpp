// SPDX-License-Identifier: MIT
#include "whatif_theory.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "json/scalar.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr double kMostShare = 100;
/// More than that of the CPUs in use: threads wait for them.
constexpr double kFull = 0.9;
/// Below that the busiest stage is not what limits throughput.
constexpr double kBusy = 0.9;
constexpr double kBusyGenerator = 0.95;

}  // namespace

std::optional<Delta> Delta::parse(std::string_view text) {
  Delta delta;
  if (text.ends_with('%')) {
    const auto percent = json::as_number(text.substr(0, text.size() - 1));
    if (!percent || !(*percent > 0) || *percent > 100 * kMostShare) return std::nullopt;
    delta.share = *percent / 100;
    return delta;
  }
  delta.time = parse_duration(text);
  if (!delta.time || *delta.time < kLeast || *delta.time > kMost) return std::nullopt;
  return delta;
}

std::chrono::nanoseconds Delta::of(double busy_us) const {
  if (time) return *time;
  const double ns = std::clamp(share * busy_us * 1000, 0.0, static_cast<double>(kMost.count()));
  return std::max(kLeast, std::chrono::nanoseconds(std::llround(ns)));
}

double theory_percent(const PerStage<double>& busy_us, std::size_t stage, double delay_us,
                      bool one_thread) {
  PerStage<double> delayed = busy_us;
  delayed[stage] += delay_us;
  const auto slowest = [one_thread](const PerStage<double>& times) {
    return one_thread ? std::accumulate(times.begin(), times.end(), 0.0)
                      : *std::max_element(times.begin(), times.end());
  };
  return 100 * (slowest(busy_us) / slowest(delayed) - 1);
}

std::string Room::lack() const {
  if (generator > kBusyGenerator) {
    return "The load generator was busy all the time: it may be the limit, so the theory says "
           "nothing here.";
  }
  if (stages + generator > kFull * cpus || stages > kFull * node_cpus) {
    const bool ours = stages + generator > kFull * cpus;
    return joined({"There is no core for each busy stage (the stages took ", fixed(stages, 1),
                   " and the load generator ", fixed(generator, 1), " of ",
                   fixed(ours ? cpus : node_cpus, 1),
                   " CPUs), so a delay costs CPU time wherever it is, and the theory does not "
                   "apply."});
  }
  if (short_share) {
    return joined({"The stages had a CPU for only ", fixed(100 * *short_share, 0),
                   " % of their busy time (other programs take it?), so their figures are too "
                   "long, and the theory does not apply."});
  }
  if (busiest < kBusy) {
    return joined({"Even at saturation no stage was busy for more than ", fixed(100 * busiest, 0),
                   " % of the time: the limit lies outside of the stages, so the theory does not "
                   "apply."});
  }
  if (busiest_delayed < kBusy) {
    return joined(
        {"With a delay no stage was busy for more than ", fixed(100 * busiest_delayed, 0),
         " % of the time: too few messages were in flight to keep one busy, so the theory "
         "does not apply."});
  }
  return {};
}

}  // namespace narrows::tools
