// SPDX-License-Identifier: MIT
// narrows: drives any Maelstrom node under load and reports. This file knows the commands.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bench.hpp"
#include "cluster/cluster.hpp"
#include "compare.hpp"
#include "files.hpp"
#include "html_report.hpp"
#include "ideal_node.hpp"
#include "narrows/version.hpp"
#include "new/new_project.hpp"
#include "options.hpp"
#include "replay.hpp"
#include "report.hpp"
#include "report_json.hpp"
#include "self_test.hpp"
#include "sweep.hpp"
#include "tap.hpp"
#include "text.hpp"
#include "top/top.hpp"
#include "whatif.hpp"

namespace narrows::tools {
namespace {

constexpr int kNodeFailed = 3;

constexpr char kUsage[] =
    R"(Usage: narrows COMMAND [OPTION]... -- NODE [ARGS]...
Drives a Maelstrom node in any language over its stdin and stdout, and reports.

  bench      drive it with a load, check every reply, and show where the time goes
  sweep      find the rate at which it stops keeping up
  whatif     say what a microsecond of each of its stages is worth
  compare    say whether one node, or one run, is faster than another
  tap        record what passes between a node and whoever drives it
  replay     send recorded requests again, and compare the replies
  report     show runs as a page for a browser
  cluster    run several with a network between them, and check what clients see
  top        watch a node live: its stages, its latency, what limits it
  new        write a project for a node of your own

  --help     print this and exit (narrows COMMAND --help: about a command)
  --version  print the version and exit

Examples:
  $ narrows bench --max -- ./narrows-node
  $ narrows bench --rate 1000 -- python3 my_node.py
)";

/// Descriptors 0 to 2 are taken, if only by /dev/null, so that no pipe lands there.
void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    if (open("/dev/null", O_RDWR) != fd) std::_Exit(kNodeFailed);
  }
}

/// The last look at what may have come from outside: an escape made elsewhere stays as it is.
void say(std::string_view sentence) {
  std::fprintf(stderr, "narrows: %s\n", printable(sentence, sentence.size()).c_str());
}

void print(const std::string& text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) {
    throw std::runtime_error(joined({"cannot write to stdout: ", std::strerror(errno)}));
  }
}

/// What there is to say before a command begins, and the status that it ends with.
int ended(const EarlyEnd& end) {
  if (end.status() == 0) {
    return std::fputs(end.what(), stdout) >= 0 && std::fflush(stdout) == 0 ? 0 : 1;
  }
  say(end.what());
  return end.status();
}

/// A node's problem first, then a signal, then what was not as it must be.
int status_of(const std::string& problem, int stop_signal, std::uint64_t faults) {
  if (!problem.empty()) {
    say(problem);
    return kNodeFailed;
  }
  if (stop_signal != 0) return 128 + stop_signal;
  return faults > 0 ? 1 : 0;
}

/// Says which thresholds do not hold: how many.
std::uint64_t count_faults(const std::vector<std::string>& unmet) {
  for (const std::string& fault : unmet) say(joined({"threshold ", printable(fault)}));
  return unmet.size();
}

/// What must be so before a run begins, as nobody wants to lose one.
void check_save(const std::string& path) {
  if (!path.empty()) check_can_save(path);
}

int bench(int argc, char** argv) {
  const BenchOptions options = bench_options(argc, argv);
  if (options.self_test) {
    print(self_test(Style::of_stdout()));
    return 0;
  }
  check_save(options.save);
  const Result result = run_bench(options.load, options.command);
  if (!options.save.empty()) save_file(options.save, run_file(result));
  const std::string report = json_report(result);
  if (options.json) {
    print(report);
  } else if (result.sent > 0 || result.stop_signal != 0) {
    print(table(result, Style::of_stdout()));
  }
  std::uint64_t faults = count_faults(unmet(options.thresholds, report));
  if (!result.generator_problem.empty() && result.problem.empty()) {
    ++faults;
    say(result.generator_problem);
  }
  return status_of(result.problem, result.stop_signal, faults);
}

int sweep(int argc, char** argv) {
  const SweepOptions options = sweep_options(argc, argv);
  check_save(options.save);
  const Sweep result = run_sweep(options);
  if (!options.save.empty()) save_file(options.save, sweep_file(result));
  print(options.json ? sweep_file(result) : table(result, Style::of_stdout()));
  return status_of(result.problem, result.stop_signal, 0);
}

int compare(int argc, char** argv) {
  const CompareOptions options = compare_options(argc, argv);
  const Comparison result = compare(options);
  print(options.json ? json_report(result) : table(result));
  std::uint64_t faults = 0;
  const auto count = [&](const std::string& fault) {
    if (fault.empty()) return;
    ++faults;
    say(fault);
  };
  for (const FailIf& limit : options.fail_if) count(limit.fault(result));
  if (result.problem.empty()) count(result.generator_problem);
  return status_of(result.problem, result.stop_signal, faults);
}

int replay(int argc, char** argv) {
  const ReplayOptions options = replay_options(argc, argv);
  const Replayed result = replay(options);
  print(options.json ? json_report(result) : table(result));
  return status_of(result.problem, result.stop_signal, result.faults());
}

int report(int argc, char** argv) {
  const ReportOptions options = report_options(argc, argv);
  save_file(options.out, html_report(options.files));
  return 0;
}

int top(int argc, char** argv) {
  const Watched watched = watch(top_options(argc, argv));
  return status_of(watched.problem, watched.stop_signal, 0);
}

int whatif(int argc, char** argv) {
  const WhatIfOptions options = whatif_options(argc, argv);
  const WhatIf result = run_whatif(options);
  print(options.json ? json_report(result) : table(result, Style::of_stdout()));
  const bool spoiled = result.problem.empty() && !result.generator_problem.empty();
  if (spoiled) say(result.generator_problem);
  const int status = status_of(result.problem, result.stop_signal, spoiled ? 1 : 0);
  if (result.refused) std::fputs(from_outside().c_str(), stderr);
  return status;
}

int cluster(int argc, char** argv) {
  const ClusterOptions options = cluster_options(argc, argv);
  for (const std::string& file : {options.save, options.history, options.events}) check_save(file);
  const ClusterRun run = run_cluster(options);
  const std::string report = cluster_file(run);
  if (!options.save.empty()) save_file(options.save, report);
  if (!options.history.empty()) save_file(options.history, run.result.history.to_json_lines());
  print(options.json ? report : table(run, Style::of_stdout()));
  std::uint64_t faults = count_faults(run.unmet);
  if (!run.result.check.is_valid()) ++faults;
  return status_of(run.problem, run.stop_signal, faults);
}

int run(int argc, char** argv) {
  if (argc < 2) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  const std::string_view command = *++argv;
  --argc;
  if (command == "bench") return bench(argc, argv);
  if (command == "sweep") return sweep(argc, argv);
  if (command == "compare") return compare(argc, argv);
  if (command == "tap") tap(tap_options(argc, argv));
  if (command == "replay") return replay(argc, argv);
  if (command == "report") return report(argc, argv);
  if (command == "top") return top(argc, argv);
  if (command == "whatif") return whatif(argc, argv);
  if (command == "cluster") return cluster(argc, argv);
  if (command == "new") return print(make_project(new_options(argc, argv))), 0;
  if (command == "ideal-node") return ideal_node();  // for the self-test
  if (command == "--help") return print(kUsage), 0;
  if (command == "--version") return print(joined({"narrows ", NARROWS_VERSION, "\n"})), 0;
  say(joined({"there is no command \"", printable(command), "\" (see narrows --help)"}));
  return 2;
}

}  // namespace
}  // namespace narrows::tools

int main(int argc, char** argv) {
  narrows::tools::open_standard_descriptors();
  try {
    return narrows::tools::run(argc, argv);
  } catch (const narrows::tools::EarlyEnd& end) {
    return narrows::tools::ended(end);
  } catch (const std::invalid_argument& error) {
    narrows::tools::say(error.what());
    return 2;
  } catch (const std::exception& error) {
    narrows::tools::say(error.what());
    return narrows::tools::kNodeFailed;
  }
}
