// SPDX-License-Identifier: MIT
#include "profile/verdict.hpp"

#include <algorithm>
#include <cstdio>

namespace narrows::profile {
namespace {

/// "5.9 M", "12.3 k" or "870": to be followed by "/s".
std::array<char, 32> rate_text(double per_second) {
  std::array<char, 32> text{};
  if (per_second >= 999'950) {
    std::snprintf(text.data(), text.size(), "%.1f M", per_second / 1e6);
  } else if (per_second >= 9'995) {
    std::snprintf(text.data(), text.size(), "%.1f k", per_second / 1e3);
  } else {
    std::snprintf(text.data(), text.size(), "%.0f ", per_second);
  }
  return text;
}

template <typename... Parts>
void explain(Verdict& verdict, const char* format, Parts... parts) {
  std::snprintf(verdict.explanation.data(), verdict.explanation.size(), format, parts...);
}

}  // namespace

std::string_view name_of(State state) {
  switch (state) {
    case State::saturated: return "saturated";
    case State::headroom: return "headroom";
    case State::output_blocked: return "output_blocked";
    case State::insufficient_data: break;
  }
  return "insufficient_data";
}

Verdict judge(const Evidence& evidence) {
  Verdict verdict;
  if (evidence.messages < kEnoughMessages || evidence.elapsed_ns < kEnoughNs) {
    explain(verdict,
            "too little to judge by: %llu messages in %.3f seconds, where %llu and %.3f are needed",
            static_cast<unsigned long long>(evidence.messages), evidence.elapsed_ns / 1e9,
            static_cast<unsigned long long>(kEnoughMessages), kEnoughNs / 1e9);
    return verdict;
  }
  const auto& stages = evidence.stages;
  const auto busiest = std::max_element(
      stages.begin(), stages.end(), [](const auto& a, const auto& b) { return a.busy < b.busy; });
  verdict.stage = static_cast<int>(busiest - stages.begin());
  const char* name = kStageNames[static_cast<std::size_t>(verdict.stage)].data();
  const double total = stages[0].busy + stages[1].busy + stages[2].busy;
  const double load = evidence.one_thread ? total : busiest->busy;
  const double percent = 100 * busiest->busy;
  const auto limit = rate_text(load > 0 ? evidence.throughput_per_second / load : 0);

  if (stages[kStages - 1].blocked > kOutputBlocked) {
    verdict.state = State::output_blocked;
    explain(verdict,
            "stdout was blocked %.0f %% of the time: whoever reads it is the limit; of the stages "
            "%s is the busiest, %.0f %% of the time",
            100 * stages[kStages - 1].blocked, name, percent);
  } else if (load >= kSaturated) {
    verdict.state = State::saturated;
    if (evidence.one_thread) {
      explain(verdict,
              "the one thread is busy %.0f %% of the time, %.0f %% with %s: the node cannot go "
              "beyond %s/s unless that gets faster",
              100 * load, percent, name, limit.data());
    } else {
      explain(verdict,
              "%s is busy %.0f %% of the time: the pipeline cannot go beyond %s/s until %s is "
              "faster",
              name, percent, limit.data(), name);
    }
  } else {
    verdict.state = State::headroom;
    explain(verdict,
            "%s is the busiest stage, %.0f %% of the time: at this cost a message the node can "
            "reach %s/s",
            name, percent, limit.data());
  }
  return verdict;
}

}  // namespace narrows::profile
