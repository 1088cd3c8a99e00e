// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <algorithm>
#include <span>

#include "command_line.hpp"
#include "workloads/workloads.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds kLongest = std::chrono::hours(24);
constexpr nanoseconds kShortest = 1ms;  // of what happens again and again
/// As of more the request that names all links, n² of them, is longer than a node has to take.
constexpr std::size_t kMostNodesOfTotal = 250;

/// "a, b or c".
template <typename Names>
std::string one_of(const Names& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " or " : ", ";
    text += names[i];
  }
  return text;
}

template <typename T>
std::vector<std::string_view> names_of(std::span<const T> values) {
  std::vector<std::string_view> names;
  names.reserve(values.size());
  for (const T value : values) names.push_back(testing::name_of(value));
  return names;
}

std::vector<std::string_view> own_workloads() {
  std::vector<std::string_view> names;
  names.reserve(workloads::all().size());
  for (const auto& workload : workloads::all()) names.push_back(workload.name);
  return names;
}

class ClusterCommand : public CommandLine {
 public:
  ClusterCommand()
      : CommandLine(
            {"Runs several nodes with a network between them that can be cut, plays the clients of "
             "one of Maelstrom's workloads, and checks what they saw.",
             "Usage: narrows cluster --workload NAME [OPTION]... [-- NODE [ARGS]...]",
             R"(NODE is started once for each node, in real time. Without one, the workload that
narrows-node has is simulated in this process: virtual time, and one seed that
decides every delay, loss, partition and request, so that it gives the same run
again. The services lin-kv, seq-kv and lww-kv are built in. Faults come one
after the other; then the network heals, has time to recover, and every node is
asked once more.

Exit status:
  0  what the clients saw is what the workload promises
  1  it is not, or a threshold does not hold
  2  the command line makes no sense
  3  a node could not be run, ended, or wrote what is no message

Examples:
  $ narrows cluster --workload broadcast --nodes 25 --latency 100ms
  $ narrows cluster --workload lin-kv --partition any --seeds 200
  $ narrows cluster --workload broadcast --latency 100ms --partition halves \
      -- python3 my_node.py)"}) {
    add_load();
    add_network();
    add_faults();
    app_.add_option("--save", options_.save, "write the run to a file, for report")
        ->type_name("FILE");
    app_.add_option("--history", options_.history,
                    "write what clients asked and saw, as lines of JSON")
        ->type_name("FILE");
    app_.add_option("--events", options_.events,
                    "write what became of every message, an event a line")
        ->type_name("FILE");
    add_json(options_.json);
    add_repeated(
        "--threshold", "CONDITION",
        [this](const std::string& text) {
          const auto threshold = Threshold::parse(text);
          if (!threshold) {
            refuse("--threshold", "PATH<NUMBER such as messages.per_operation<20", text);
          }
          options_.thresholds.push_back(*threshold);
        },
        "a figure of the JSON and its limit");
  }

  ClusterOptions parse(int argc, char** argv, char* const* command) {
    app_.parse(argc, argv);
    options_.command = command;
    if (command != nullptr) options_.command = node(command);
    testing::TrialOptions& trial = options_.trial;
    if (max_) trial.rate = 0;
    if (max_ && app_.count("--rate") > 0) {
      throw CLI::ValidationError("cluster takes one of --rate and --max");
    }
    if (options_.network.nodes > kMostNodesOfTotal && trial.topology == testing::Shape::total) {
      throw CLI::ValidationError("--topology total is of 250 nodes at most");
    }
    set_workload();
    if (command != nullptr && options_.seeds > 1) {
      throw CLI::ValidationError("--seeds is of simulations: real nodes do not follow a seed");
    }
    if (command == nullptr && max_) {
      throw CLI::ValidationError("--max is of real nodes: a simulation has no speed");
    }
    return options_;
  }

 private:
  template <typename Set>
  void add_time(const std::string& name, const std::string& group, Set set, nanoseconds least,
                const std::string& what) {
    app_.add_option_function<std::string>(
            name,
            [name, set, least](const std::string& text) {
              const auto time = parse_duration(text);
              if (!time || *time > kLongest || *time < least) {
                refuse(name,
                       least.count() == 0 ? "a time such as 100ms, at most 24h"
                                          : "a time such as 100ms, 1ms to 24h",
                       text);
              }
              set(*time);
            },
            what)
        ->type_name("TIME")
        ->group(group);
  }

  void add_load() {
    const std::string group = "Clients";
    testing::TrialOptions& trial = options_.trial;
    app_.add_option("--workload", options_.workload, "what they ask, and what is checked")
        ->type_name("NAME")
        ->required()
        ->group(group);
    add_time(
        "--duration", group, [&](nanoseconds time) { trial.duration = time; }, kShortest,
        "they ask for so long (10s)");
    app_.add_option("--rate", trial.rate, "requests a second, all together (100)")
        ->check(range(1e-3, 1e6))
        ->type_name("R")
        ->group(group);
    app_.add_flag("--max", max_, "each asks again as soon as it was answered")->group(group);
    app_.add_option("--clients", trial.clients, "how many (one a node)")
        ->check(range(1, 10'000))
        ->type_name("N")
        ->group(group);
    add_time(
        "--timeout", group, [&](nanoseconds time) { trial.timeout = time; }, kShortest,
        "without an answer for so long they give a request up (5s)");
    app_.add_option_function<std::string>(
            "--consistency",
            [&trial](const std::string& text) {
              if (text == "read-committed") {
                trial.consistency = testing::Consistency::read_committed;
              } else if (text == "serializable") {
                trial.consistency = testing::Consistency::serializable;
              } else if (text == "strict-serializable") {
                trial.consistency = testing::Consistency::strict_serializable;
              } else {
                refuse("--consistency", "read-committed, serializable or strict-serializable",
                       text);
              }
            },
            "of txn-list-append: read-committed, serializable or strict-serializable (default)")
        ->type_name("MODEL")
        ->group(group);
  }

  void add_network() {
    const std::string group = "Network";
    testing::NetworkOptions& network = options_.network;
    network.nodes = 5;
    app_.add_option("--nodes", network.nodes, "how many nodes (5)")
        ->check(range(1, 1000))
        ->type_name("N")
        ->group(group);
    add_time(
        "--latency", group, [&](nanoseconds time) { network.latency.mean = time; }, 0ms,
        "of messages between nodes, and to services (0ms)");
    app_.add_option_function<std::string>(
            "--latency-shape",
            [&network](const std::string& text) {
              using Shape = testing::Latency::Shape;
              if (text == "constant") {
                network.latency.shape = Shape::constant;
              } else if (text == "uniform") {
                network.latency.shape = Shape::uniform;
              } else if (text == "exponential") {
                network.latency.shape = Shape::exponential;
              } else {
                refuse("--latency-shape", "constant, uniform or exponential", text);
              }
            },
            "constant (default), uniform (up to twice) or exponential")
        ->type_name("SHAPE")
        ->group(group);
    app_.add_option("--loss", network.loss, "chance that a message between nodes is lost (0)")
        ->check(range(0.0, 1.0))
        ->type_name("P")
        ->group(group);
    app_.add_option("--duplication", network.duplication, "chance that it comes twice (0)")
        ->check(range(0.0, 1.0))
        ->type_name("P")
        ->group(group);
    app_.add_option_function<std::string>(
            "--topology",
            [this](const std::string& text) {
              for (const testing::Shape shape : testing::all_shapes()) {
                if (testing::name_of(shape) != text) continue;
                options_.trial.topology = shape;
                return;
              }
              refuse("--topology", one_of(names_of(testing::all_shapes())), text);
            },
            "of broadcast: grid (default), line, total, tree2, tree3 or tree4")
        ->type_name("SHAPE")
        ->group(group);
    app_.add_option("--seed", network.seed, "of all that is random (1)")
        ->check(range(std::uint64_t{0}, UINT64_MAX))
        ->type_name("N")
        ->group(group);
    app_.add_option("--seeds", options_.seeds,
                    "run so many, one after the other, up to the first that is not valid (1)")
        ->check(range(std::uint64_t{1}, std::uint64_t{1'000'000'000}))
        ->type_name("N")
        ->group(group);
  }

  void add_faults() {
    const std::string group = "Faults";
    app_.add_option_function<std::string>(
            "--partition", [this](const std::string& text) { add_partitions(text); },
            "halves, one, ring, one-way, several of them (halves,one), or any")
        ->type_name("KINDS")
        ->group(group);
    app_.add_flag_callback(
            "--pause", [this] { options_.trial.faults.push_back(testing::Fault::pause); },
            "nodes stand still")
        ->group(group);
    testing::TrialOptions& trial = options_.trial;
    add_time(
        "--fault-interval", group, [&](nanoseconds time) { trial.fault_interval = time; },
        kShortest, "a fault lasts so long, and as long is none (2s)");
    add_time(
        "--recovery", group, [&](nanoseconds time) { trial.recovery = time; }, 0ms,
        "of peace, before every node is asked once more (10s)");
  }

  void add_partitions(const std::string& text) {
    auto& faults = options_.trial.faults;
    for (std::size_t at = 0; at <= text.size();) {
      const std::size_t end = std::min(text.find(',', at), text.size());
      const std::string_view name = std::string_view(text).substr(at, end - at);
      at = end + 1;
      bool is_known = false;
      for (const testing::Fault fault : testing::all_faults()) {
        if (fault == testing::Fault::pause) continue;
        if (name != "any" && name != testing::name_of(fault)) continue;
        faults.push_back(fault);
        is_known = true;
      }
      if (!is_known) refuse("--partition", "halves, one, ring, one-way or any, or a list", text);
    }
  }

  /// Simulated is what narrows-node has; of real nodes the clients' name alone is asked for.
  void set_workload() {
    const auto* const own = workloads::find(options_.workload);
    const auto known = testing::trial_workloads();
    const bool has_clients = std::ranges::find(known, options_.workload) != known.end();
    if (own != nullptr) {
      options_.trial.workload = own->maelstrom;
    } else if (options_.command != nullptr && has_clients) {
      options_.trial.workload = options_.workload;
    } else {
      refuse("--workload", one_of(options_.command != nullptr ? known : own_workloads()),
             options_.workload);
    }
  }

  ClusterOptions options_;
  bool max_ = false;
};

}  // namespace

ClusterOptions cluster_options(int argc, char** argv) { return parsed<ClusterCommand>(argc, argv); }

}  // namespace narrows::tools
