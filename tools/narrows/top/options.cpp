// SPDX-License-Identifier: MIT
// The command line of `narrows top`.
#include "options.hpp"

#include <chrono>

#include "command_line.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;

class TopCommand : public CommandLine {
 public:
  TopCommand()
      : CommandLine(
            {"Shows live where a node's time goes, and which stage limits it.",
             "Usage: narrows top FILE [--duration TIME]\n"
             "  or:  narrows top [--rate R|--concurrency N|--max] [OPTION]... -- NODE [ARGS]...",
             R"(FILE is what a node that runs writes to --profile-out. A NODE is started, and gets
a load (--rate 2000 unless told otherwise) until you quit. Keys: q quits, w changes
between the last second and all since the start. Where stdout is no terminal, it
prints a line a second, until the node or the load ends.

Exit status:
  0        quit, or all is over
  2        the command line makes no sense
  3        the file is no profile; or the node could not be run, broke, or
           answered wrongly
  128 + N  signal N ended it

Examples:
  $ narrows top /tmp/n1.profile.json
  $ narrows top --rate 10000 -- ./my-node)"}) {
    Load& load = options_.load;
    app_.add_option("file", options_.file, "a profile that a node writes")->type_name("FILE");
    add_rate(load);
    add_arrivals(load);
    add_concurrency(load);
    app_.add_flag("--max", max_, "as fast as the node takes them")->group("Load");
    add_length(load);
    add_requests(load);
    app_.add_flag("--outside", outside_, "do not ask the node for its own figures");
  }

  TopOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    Load& load = options_.load;
    options_.has_duration = load.duration.has_value();
    if (app_.count("file") > 0) {
      no_node(command);
      no_load();
      return options_;
    }
    if (command == nullptr) {
      throw CLI::ValidationError("top takes a profile, or a node: -- NODE [ARGS]...");
    }
    if ((max_ ? 1 : 0) + (load.rate > 0 ? 1 : 0) + (load.concurrency > 0 ? 1 : 0) > 1) {
      throw CLI::ValidationError("top takes one of --rate, --concurrency and --max");
    }
    options_.command = node(command);
    options_.asks = !outside_;
    load.pace = max_ ? Pace::max : load.concurrency > 0 ? Pace::concurrency : Pace::rate;
    if (load.pace == Pace::rate && load.rate == 0) load.rate = kRate;
    load.messages = kEndless;
    settle(load, {kForever, 0s});
    return options_;
  }

 private:
  static constexpr double kRate = 2000;
  static constexpr std::uint64_t kEndless = 90'000'000'000;  // hours, at any speed
  static constexpr auto kForever = 8760h;

  /// A file is looked at, for a while if that is said.
  void no_load() const {
    for (const CLI::Option* const option : app_.get_options()) {
      const std::string name = option->get_name();
      if (option->count() > 0 && name != "file" && name != "--duration") {
        throw CLI::ValidationError(name + " goes with a node: -- NODE [ARGS]...");
      }
    }
  }

  TopOptions options_;
  bool max_ = false;
  bool outside_ = false;
};

}  // namespace

TopOptions top_options(int argc, char** argv) { return parsed<TopCommand>(argc, argv); }

}  // namespace narrows::tools
