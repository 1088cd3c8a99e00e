// SPDX-License-Identifier: MIT
// `narrows compare`: is one node, or one run, faster than another?
//
// Figures are compared as ratios: the mean of their logarithms' differences, with t intervals that
// hold at 99 % for all five figures together (Bonferroni). A difference is seen when the interval
// is clear of zero and the mean at least 2 %.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "difference.hpp"
#include "load.hpp"

namespace narrows::tools {

struct ComparedFigure {
  std::string_view path;  // in a report
  std::string_view name;
  bool more_is_better;
  std::string_view better;
  std::string_view worse;
};
inline constexpr std::array<ComparedFigure, 5> kComparedFigures{{
    {"throughput_per_sec", "throughput", true, "faster", "slower"},
    {"latency_us.p50", "latency p50", false, "faster", "slower"},
    {"latency_us.p99", "latency p99", false, "faster", "slower"},
    {"node.cpu_us_per_message", "CPU a message", false, "faster", "slower"},
    {"node.peak_rss_bytes", "memory", false, "smaller", "larger"},
}};

struct Comparison;

/// A limit such as latency_us.p99>+5%.
struct FailIf {
  std::string text;
  std::size_t figure = 0;  // of kComparedFigures
  bool above = true;
  double percent = 0;

  /// Nothing if the text is none.
  [[nodiscard]] static std::optional<FailIf> parse(std::string_view text);
  /// Says so if the interval lies beyond it, or cannot be told; else empty.
  [[nodiscard]] std::string fault(const Comparison& comparison) const;
};

struct CompareOptions {
  Load load;
  int pairs = 25;
  std::string a;  // command lines of nodes, split as a shell would; or files of runs
  std::string b;
  bool files = false;
  std::vector<FailIf> fail_if;
  bool json = false;
};

struct Comparison {
  std::string a;
  std::string b;
  std::size_t samples = 0;
  std::array<Difference, kComparedFigures.size()> differences;
  std::string problem;            // why it ended early, one sentence; empty if it did not
  std::string generator_problem;  // the generator was the limit, again and again: the same
  int stop_signal = 0;

  /// "faster", "no difference seen", …
  [[nodiscard]] std::string_view verdict(std::size_t figure) const;
};

/// Throws std::system_error if a node cannot be started, std::runtime_error with one sentence if a
/// file is no run.
[[nodiscard]] Comparison compare(const CompareOptions& options);

[[nodiscard]] std::string table(const Comparison& comparison);
/// Format: docs/FORMATS.md.
[[nodiscard]] std::string json_report(const Comparison& comparison);

}  // namespace narrows::tools
