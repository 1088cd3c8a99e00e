// SPDX-License-Identifier: MIT
// Judges random tandems by the node's own verdict, and says for each what is true: a JSON line a
// tandem. Usage: simulate SEED COUNT [MESSAGES [SLICES [FIRST]]]; FIRST is the first one's index.
//
// The truth is found by making each stage a tenth faster with the same random numbers: what the
// time for all messages (arrived at once), the mean latency and its 99th percentile then save.
#include <array>
#include <cstdio>
#include <cstdlib>

#include "validation/bookkeeper.hpp"
#include "validation/tandem.hpp"

namespace {

using namespace narrows::validation;
using Values = std::array<double, kStages>;

void print(const char* name, const Values& saved) {
  std::printf(", \"%s\": [%.6g, %.6g, %.6g]", name, saved[0], saved[1], saved[2]);
}

void print(const char* name, const narrows::profile::Answer& answer) {
  std::printf(", \"%s\": {\"stage\": %d, \"tie\": %d, \"confidence\": %.5f}", name, answer.stage,
              answer.tie, answer.confidence);
}

void simulate(std::uint64_t seed, std::size_t index, std::size_t messages, std::size_t slices) {
  Random random(seed * 1'000'003 + index);
  const Tandem tandem = random_tandem(random, index);
  const Path path = random_path(tandem, messages, random);
  constexpr Values kAsIs{1, 1, 1};
  const Passage passage = pass(tandem, path, kAsIs, false);
  const double saturated = pass(tandem, path, kAsIs, true).end;
  Values throughput{};
  Values mean{};
  Values tail{};
  for (std::size_t i = 0; i < kStages; ++i) {
    Values scale = kAsIs;
    scale[i] = 0.9;
    const Passage faster = pass(tandem, path, scale, false);
    mean[i] = (passage.mean_ns - faster.mean_ns) / passage.mean_ns;
    tail[i] = (passage.p99_ns - faster.p99_ns) / passage.p99_ns;
    throughput[i] = (saturated - pass(tandem, path, scale, true).end) / saturated;
  }
  const Judgement judgement = judge(tandem, path, passage, slices);
  const narrows::profile::Verdict& verdict = judgement.verdict;
  std::printf("{\"index\": %zu, \"kind\": \"%s\", \"load\": %.4f, \"burst\": %.2f", index,
              kKindNames[static_cast<std::size_t>(tandem.kind)], tandem.load, tandem.burst);
  print("true_throughput", throughput);
  print("true_latency", mean);
  print("true_tail", tail);
  print("throughput", verdict.throughput);
  print("latency", verdict.latency);
  print("tail", verdict.tail);
  std::printf(
      ", \"state\": \"%s\", \"headroom\": %.4f, \"naive\": %d, \"little\": %.3g, \"uneven\": "
      "%.3g}\n",
      narrows::profile::name_of(verdict.state).data(), verdict.headroom, judgement.naive,
      judgement.little, judgement.uneven);
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int at, std::size_t otherwise) {
    return argc > at ? static_cast<std::size_t>(std::strtoull(argv[at], nullptr, 10)) : otherwise;
  };
  const std::size_t count = number(2, 0);
  if (count == 0) {
    std::fprintf(stderr, "usage: simulate SEED COUNT [MESSAGES [SLICES [FIRST]]]\n");
    return 2;
  }
  for (std::size_t i = 0; i < count; ++i) {
    simulate(number(1, 1), number(5, 0) + i, number(3, 20'000), number(4, 30));
  }
  return 0;
}
