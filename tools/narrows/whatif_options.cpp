// SPDX-License-Identifier: MIT
#include "command_line.hpp"
#include "options.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;

class WhatIfCommand : public CommandLine {
 public:
  WhatIfCommand()
      : CommandLine(
            {"Says what a microsecond of each stage of a node is worth, by making it slower.",
             "Usage: narrows whatif [OPTION]... -- NODE [ARGS]...",
             R"(In rounds of short runs the node is run without a delay and with one in each
stage in turn (--slow, which nodes made with libnarrows have), at saturation and
at a rate. What a delay costs is what as much less would gain: shown for
throughput, mean and p99 latency with 95 % intervals, beside what theory says,
and held against the node's own verdict.

A run takes 500ms after 100ms of warm-up unless told otherwise, all of it about
100 s. On a machine that is busy with other things the intervals grow: more
--pairs, or a larger --delta, make up for it.

Exit status:
  0  all is well, whether or not the verdict agrees
  1  the load generator was the limit
  2  the command line makes no sense
  3  the node could not be run, broke, answered wrongly, or takes no delays

Examples:
  $ narrows whatif -- ./narrows-node
  $ narrows whatif --delta 5us --rate 20000 --arrivals poisson -- ./my-node)"}) {
    Load& load = options_.load;
    app_.add_option_function<std::string>(
            "--stage", [this](const std::string& text) { set_stage(text); },
            "parse, dispatch, serialize or all (default)")
        ->type_name("STAGE")
        ->group("Delay");
    app_.add_option_function<std::string>(
            "--delta",
            [this](const std::string& text) {
              const auto delta = Delta::parse(text);
              if (!delta) {
                refuse("--delta",
                       "a share of the stage's own time such as 10%, or a time from 200ns to 1s "
                       "such as 2us",
                       text);
              }
              options_.delta = *delta;
            },
            "how long: a share of the stage's own busy time a message (10%), 200ns at least; or a "
            "time")
        ->type_name("DELTA")
        ->group("Delay");
    app_.add_option("--pairs", options_.pairs, "how many rounds (15)")
        ->check(range(5, 10'000))
        ->type_name("N")
        ->group("Load");
    app_.add_option("--rate", load.rate,
                    "the rate at which latencies are compared (about half of what it can do)")
        ->check(range(1e-3, kMostRate))
        ->type_name("R")
        ->group("Load");
    app_.add_option("--concurrency", options_.concurrency,
                    "requests in flight at saturation (50 ms of work)")
        ->check(range(std::uint64_t{1}, kMostConcurrency))
        ->type_name("N")
        ->group("Load");
    add_arrivals(load);
    add_times(load);
    add_requests(load);
    add_json(options_.json);
  }

  WhatIfOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    options_.command = node(command);
    options_.load.pace = Pace::rate;
    settle(options_.load, {500ms, 100ms});
    return options_;
  }

 private:
  static constexpr std::uint64_t kMostConcurrency = 1'000'000;

  void set_stage(const std::string& text) {
    options_.stage = stage_named(text);
    if (!options_.stage && text != "all") {
      refuse("--stage", "parse, dispatch, serialize or all", text);
    }
  }

  WhatIfOptions options_;
};

}  // namespace

WhatIfOptions whatif_options(int argc, char** argv) { return parsed<WhatIfCommand>(argc, argv); }

}  // namespace narrows::tools
