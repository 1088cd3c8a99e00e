// SPDX-License-Identifier: MIT
// The command lines of `narrows`.
//
// Errors: what makes no sense throws an EarlyEnd whose line names the option and what it takes.
#pragma once

#include <string>
#include <vector>

#include "cluster/cluster.hpp"
#include "compare.hpp"
#include "early_end.hpp"
#include "html_report.hpp"
#include "load.hpp"
#include "new/new_project.hpp"
#include "replay.hpp"
#include "sweep.hpp"
#include "tap.hpp"
#include "threshold.hpp"
#include "top/top.hpp"
#include "whatif.hpp"

namespace narrows::tools {

struct BenchOptions {
  Load load;
  std::vector<Threshold> thresholds;
  std::string save;  // a file's name; empty: none
  bool json = false;
  bool self_test = false;
  char* const* command = nullptr;  // the node and its arguments, ended by a null
};

/// argv[0] is the command's name. --help throws an EarlyEnd, too.
[[nodiscard]] BenchOptions bench_options(int argc, char** argv);
[[nodiscard]] SweepOptions sweep_options(int argc, char** argv);
[[nodiscard]] CompareOptions compare_options(int argc, char** argv);
[[nodiscard]] TapOptions tap_options(int argc, char** argv);
[[nodiscard]] ReplayOptions replay_options(int argc, char** argv);
[[nodiscard]] ReportOptions report_options(int argc, char** argv);
[[nodiscard]] TopOptions top_options(int argc, char** argv);
[[nodiscard]] WhatIfOptions whatif_options(int argc, char** argv);
[[nodiscard]] ClusterOptions cluster_options(int argc, char** argv);
[[nodiscard]] NewOptions new_options(int argc, char** argv);

}  // namespace narrows::tools
