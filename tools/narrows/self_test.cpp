// SPDX-License-Identifier: MIT
#include "self_test.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include "bench.hpp"
#include "text.hpp"

namespace narrows::tools {

std::string self_test(const Style& style) {
  using namespace std::chrono_literals;
  constexpr std::array<double, 5> kRates{1'000, 10'000, 100'000, 200'000, 1'000'000};
  std::string program = "/proc/self/exe";
  std::string command = "ideal-node";
  const std::array<char*, 3> arguments{program.data(), command.data(), nullptr};

  const auto right = [](const std::string& text) {
    return std::string(12 - std::min<std::size_t>(12, columns(text)), ' ') + text;
  };
  std::string text = joined(
      {"The generator against an ideal echo node, times in ", style.utf8 ? "µs" : "us", ":\n\n"});
  for (const char* const name :
       {"offered/s", "reached/s", "latency p50", "p99", "max", "late by p50", "p99", "max"}) {
    text += right(name);
  }
  text += "\n";
  for (const double rate : kRates) {
    Load load;
    load.pace = Pace::rate;
    load.rate = rate;
    load.warmup = 500ms;
    load.duration = 2s;
    const Result result = run_bench(load, arguments.data());
    const Summary latency = result.figures.latency().summary();
    const Summary lag = result.figures.send_lag().summary();
    for (const double value : {result.offered_per_second(), result.throughput_per_second()}) {
      text += right(grouped_whole(value));
    }
    for (const double value : {latency.p50, latency.p99, latency.max, lag.p50, lag.p99, lag.max}) {
      text += right(fixed(value, 1));
    }
    if (!result.problem.empty()) text += joined({"  ", result.problem});
    text += result.generator_problem.empty() ? "\n" : "  the generator was the limit\n";
  }
  return text;
}

}  // namespace narrows::tools
