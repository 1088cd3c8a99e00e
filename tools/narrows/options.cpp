// SPDX-License-Identifier: MIT
#include "options.hpp"

#include "command_line.hpp"
#include "json/scalar.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;

class BenchCommand : public CommandLine {
 public:
  BenchCommand()
      : CommandLine(
            {"Drives a Maelstrom node with a load, checks every reply, and reports.",
             "Usage: narrows bench --rate R|--concurrency N|--max [OPTION]... -- NODE "
             "[ARGS]...",
             R"(An open loop (--rate) keeps to its schedule whatever the node does, and counts
latency from when a request was due. It, and --concurrency, run for 10s after a
warm-up of 2s unless told otherwise; --max runs for 1000000 messages.

Exit status:
  0  all is well
  1  a threshold does not hold, or the load generator was the limit
  2  the command line makes no sense
  3  the node could not be run, broke, or answered wrongly

Examples:
  $ narrows bench --rate 10000 --save run.json -- ./my-node
  $ narrows bench --concurrency 1 --threshold 'latency_us.p99<500' -- ./my-node)"}) {
    Load& load = options_.load;
    add_rate(load);
    add_arrivals(load);
    add_concurrency(load);
    app_.add_flag("--max", max_, "as fast as the node takes them")->group("Load");
    add_length(load);
    add_requests(load);
    add_json(options_.json);
    app_.add_option("--save", options_.save, "write the run to a file, for compare and report")
        ->type_name("FILE");
    add_repeated(
        "--threshold", "CONDITION",
        [this](const std::string& text) {
          const auto threshold = Threshold::parse(text);
          if (!threshold) refuse("--threshold", "PATH<NUMBER such as latency_us.p99<500", text);
          options_.thresholds.push_back(*threshold);
        },
        "a figure of the JSON and its limit");
    app_.add_flag("--self-test", options_.self_test,
                  "measure the generator itself, against an ideal node");
  }

  BenchOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    Load& load = options_.load;
    if (options_.self_test) {
      no_node(command);
      return options_;
    }
    if ((max_ ? 1 : 0) + (load.rate > 0 ? 1 : 0) + (load.concurrency > 0 ? 1 : 0) != 1) {
      throw CLI::ValidationError("bench takes one of --rate, --concurrency and --max");
    }
    load.pace = max_ ? Pace::max : load.rate > 0 ? Pace::rate : Pace::concurrency;
    options_.command = node(command);
    settle(load, max_ ? Defaults{} : Defaults{10s, 2s});
    return options_;
  }

 private:
  BenchOptions options_;
  bool max_ = false;
};

class SweepCommand : public CommandLine {
 public:
  SweepCommand()
      : CommandLine(
            {"Runs a node at one rate after the other, and finds where it stops keeping up.",
             "Usage: narrows sweep [--from R] [--to R --steps N | --slo CONDITION] "
             "[OPTION]...\n                     -- NODE [ARGS]...",
             R"(Without --to the rate doubles until the node no longer keeps up. With --slo the
highest rate at which a condition holds, --to at most, is searched for. Each rate has a node of
its own, for 3s after 500ms unless told otherwise. The knee is the highest rate of
which 95 % was reached, with a p99 below 1 ms or 20 times the lowest rate's.

Exit status:
  0  all is well
  2  the command line makes no sense
  3  the node could not be run, broke, or answered wrongly

Examples:
  $ narrows sweep --save sweep.json -- ./my-node
  $ narrows sweep --slo 'latency_us.p99<1000' -- ./my-node)"}) {
    Load& load = options_.load;
    const auto add_sweep_rate = [this](const char* name, double& rate, const char* what) {
      app_.add_option(name, rate, what)
          ->check(range(1.0, kMostRate))
          ->type_name("R")
          ->group("Load");
    };
    add_sweep_rate("--from", options_.from, "the lowest rate (1000)");
    add_sweep_rate("--to", options_.to, "the highest rate");
    app_.add_option("--steps", options_.steps,
                    "how many rates, from the lowest to the highest (10)")
        ->check(range(2, 1000))
        ->type_name("N")
        ->group("Load");
    app_.add_option_function<std::string>(
            "--slo",
            [this](const std::string& text) {
              options_.slo = Threshold::parse(text);
              if (!options_.slo) refuse("--slo", "PATH<NUMBER such as latency_us.p99<1000", text);
            },
            "a figure of bench's JSON and its limit")
        ->type_name("CONDITION")
        ->group("Load");
    app_.add_flag("--keep", options_.keep, "one node for all rates")->group("Load");
    add_arrivals(load);
    add_length(load);
    add_requests(load);
    add_json(options_.json);
    app_.add_option("--save", options_.save, "write the sweep to a file, for report")
        ->type_name("FILE");
  }

  SweepOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    options_.load.pace = Pace::rate;
    options_.load.rate = options_.from;
    if (options_.to > 0 && options_.to <= options_.from) {
      throw CLI::ValidationError("--to takes a rate above that of --from");
    }
    if (app_.count("--steps") > 0 && (options_.to <= 0 || options_.slo)) {
      throw CLI::ValidationError("--steps goes with --to, and without --slo");
    }
    options_.command = node(command);
    settle(options_.load, {3s, 500ms});
    return options_;
  }

 private:
  SweepOptions options_;
};

class CompareCommand : public CommandLine {
 public:
  CompareCommand()
      : CommandLine(
            {"Says whether one node, or one run, is faster than another.",
             "Usage: narrows compare A.json B.json\n"
             "  or:  narrows compare [OPTION]... --a 'NODE [ARGS]...' --b 'NODE [ARGS]...'",
             R"(Two nodes are run in alternation, at most speed for 1s after 200ms unless told
otherwise. Of two runs that bench --save wrote, the seconds are compared. The
intervals hold at 99 % for all figures together; a difference is seen when its
interval is clear of zero, and it is 2 % at least.

Exit status:
  0  all is well
  1  a --fail-if holds
  2  the command line makes no sense
  3  a node could not be run, broke, or answered wrongly

Examples:
  $ narrows compare old.json new.json
  $ narrows compare --a ./old-node --b ./new-node --fail-if 'latency_us.p99>+5%')"}) {
    Load& load = options_.load;
    app_.add_option("--a", options_.a, "a node's command line")->type_name("'NODE'");
    app_.add_option("--b", options_.b, "another's")->type_name("'NODE'");
    app_.add_option("files", files_, "or two runs that bench --save wrote")
        ->type_name("FILE")
        ->expected(0, 2);
    app_.add_option("--pairs", options_.pairs, "how often both are run (25)")
        ->check(range(5, 10'000))
        ->type_name("N")
        ->group("Load");
    add_rate(load);
    add_arrivals(load);
    add_concurrency(load);
    add_length(load);
    add_requests(load);
    add_json(options_.json);
    add_repeated(
        "--fail-if", "CONDITION",
        [this](const std::string& text) {
          const auto limit = FailIf::parse(text);
          if (!limit) {
            refuse("--fail-if", "a compared figure and its limit such as latency_us.p99>+5%", text);
          }
          options_.fail_if.push_back(*limit);
        },
        "exit status 1 where the interval lies beyond it");
  }

  CompareOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    no_node(command);
    Load& load = options_.load;
    const bool nodes = !options_.a.empty() && !options_.b.empty() && files_.empty();
    options_.files = files_.size() == 2 && options_.a.empty() && options_.b.empty();
    if (!nodes && !options_.files) {
      throw CLI::ValidationError("compare takes two files of runs, or --a and --b");
    }
    if (options_.files) {
      options_.a = files_[0];
      options_.b = files_[1];
      return options_;
    }
    if (load.rate > 0 && load.concurrency > 0) {
      throw CLI::ValidationError("compare takes --rate or --concurrency, not both");
    }
    load.pace = load.rate > 0 ? Pace::rate : load.concurrency > 0 ? Pace::concurrency : Pace::max;
    settle(load, {1s, 200ms});
    return options_;
  }

 private:
  CompareOptions options_;
  std::vector<std::string> files_;
};

class TapCommand : public CommandLine {
 public:
  TapCommand()
      : CommandLine(
            {"Passes a node's stdin and stdout through, and records each line with its time.",
             "Usage: narrows tap --out FILE -- NODE [ARGS]...",
             R"(Ends as the node ends: with its status, or by its signal. Signals to stop are
passed on to it. Maelstrom runs a script as --bin, in which the example stands.

Examples:
  exec narrows tap --out /tmp/echo.tap -- ./my-node)"}) {
    app_.add_option("--out", options_.out, "where to write the recording, as JSON lines")
        ->required()
        ->type_name("FILE");
  }

  TapOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    options_.command = node(command);
    return options_;
  }

 private:
  TapOptions options_;
};

class ReplayCommand : public CommandLine {
 public:
  ReplayCommand()
      : CommandLine({"Sends a node the recorded requests of clients, and compares its replies.",
                     "Usage: narrows replay FILE [OPTION]... -- NODE [ARGS]...",
                     R"(What clients (c0, c1, …) had asked is sent again, and each reply must be the
recorded one, whatever the order and spacing of its members; msg_id may differ.

Exit status:
  0  all replies are the same
  1  some differ, are missing, or too many
  2  the command line makes no sense
  3  the node could not be run, or broke

Examples:
  $ narrows replay /tmp/echo.tap --speed max -- ./my-node)"}) {
    app_.add_option("file", options_.file, "a recording of narrows tap")
        ->required()
        ->type_name("FILE");
    app_.add_option("--replies", options_.replies,
                    "then both are files of bare messages, one a line")
        ->type_name("FILE");
    app_.add_option_function<std::string>(
            "--speed",
            [this](const std::string& text) {
              const auto speed = json::as_number(text);
              if (text == "max") {
                options_.speed = 0;
              } else if (speed && *speed > 0 && *speed <= 1e6) {
                options_.speed = *speed;
              } else {
                refuse("--speed", "a factor above 0, or max", text);
              }
            },
            "a factor on the recorded pace (1), or max")
        ->type_name("N");
    add_repeated(
        "--ignore", "PATH", [this](const std::string& path) { options_.ignore.push_back(path); },
        "what may differ, such as body.latency_us");
    add_json(options_.json);
  }

  ReplayOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    options_.command = node(command);
    return options_;
  }

 private:
  ReplayOptions options_;
};

class ReportCommand : public CommandLine {
 public:
  ReportCommand()
      : CommandLine(
            {"Writes runs as one page for a browser, which needs nothing else.",
             "Usage: narrows report RUN.json... [-o report.html]",
             R"(Runs are what bench, sweep and cluster wrote (--save); two of bench are overlaid.

Examples:
  $ narrows bench --rate 10000 --save run.json -- ./my-node
  $ narrows report run.json)"}) {
    app_.add_option("files", options_.files, "runs")->required()->type_name("FILE");
    app_.add_option("-o,--out", options_.out, "where to write the page (report.html)")
        ->type_name("FILE");
  }

  ReportOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    no_node(command);
    return options_;
  }

 private:
  ReportOptions options_;
};

}  // namespace

BenchOptions bench_options(int argc, char** argv) { return parsed<BenchCommand>(argc, argv); }
SweepOptions sweep_options(int argc, char** argv) { return parsed<SweepCommand>(argc, argv); }
CompareOptions compare_options(int argc, char** argv) { return parsed<CompareCommand>(argc, argv); }
TapOptions tap_options(int argc, char** argv) { return parsed<TapCommand>(argc, argv); }
ReportOptions report_options(int argc, char** argv) { return parsed<ReportCommand>(argc, argv); }
ReplayOptions replay_options(int argc, char** argv) { return parsed<ReplayCommand>(argc, argv); }

}  // namespace narrows::tools
