// SPDX-License-Identifier: MIT
#include "options.hpp"

#include <getopt.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "narrows/version.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::uint64_t kMostLineBytes = std::uint64_t{8} << 20;
constexpr std::size_t kMostTypeBytes = 256;

constexpr char kHelp[] =
    R"(Usage: narrows bench --max [OPTION]... -- NODE [ARGS]...
Feeds a Maelstrom node as fast as it takes messages, checks every reply, and reports.

  --max                 as fast as the node takes messages
  --messages=N          how many (default 1000000)
  --size=BYTES          length of a request's line, newline included (default 96)
  --type=TYPE           type of the requests (default echo); replies have TYPE_ok
  --json                one JSON object on stdout instead of a table
  --help                print this and exit
  --version             print the version and exit

Exit status: 0 all is well; 2 the command line makes no sense; 3 the node could not be run, broke,
or answered wrongly.

Example: narrows bench --max --messages=5000000 -- ./narrows-node --threads=inline
)";

enum Key : int { kMax = 1, kMessages, kSize, kType, kJson, kHelpKey, kVersion };

struct Known {
  option entry;
  const char* takes;
};
constexpr std::array<Known, 7> kOptions{{
    {{"max", no_argument, nullptr, kMax}, "no value"},
    {{"messages", required_argument, nullptr, kMessages}, "a number of messages, 1 to 1000000000"},
    {{"size", required_argument, nullptr, kSize}, "a number of bytes, up to 8388608"},
    {{"type", required_argument, nullptr, kType}, "a message type of 1 to 256 bytes"},
    {{"json", no_argument, nullptr, kJson}, "no value"},
    {{"help", no_argument, nullptr, kHelpKey}, "no value"},
    {{"version", no_argument, nullptr, kVersion}, "no value"},
}};

bool parse_number(std::string_view text, std::uint64_t most, std::uint64_t& value) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end && value >= 1 && value <= most;
}

/// False when the value makes no sense.
bool set(int key, BenchOptions& options, bool& max) {
  std::uint64_t number = 0;
  switch (key) {
    case kMax: return max = true;
    case kMessages: return parse_number(optarg, Load::kMostMessages, options.load.messages);
    case kSize:
      if (!parse_number(optarg, kMostLineBytes, number)) return false;
      options.load.line_bytes = number;
      return true;
    case kType:
      options.load.type = optarg;
      return !options.load.type.empty() && options.load.type.size() <= kMostTypeBytes;
    case kJson: return options.json = true;
    case kHelpKey: std::fputs(kHelp, stdout); std::exit(0);
    case kVersion: std::printf("narrows %s\n", NARROWS_VERSION); std::exit(0);
    default: return false;
  }
}

const Known* known_as(std::string_view argument) {
  for (const Known& known : kOptions) {
    if (argument == joined({"--", known.entry.name})) return &known;
  }
  return nullptr;
}

}  // namespace

void usage_error(const std::string& text) {
  std::fprintf(stderr, "narrows: %s\n", printable(text, 400).c_str());
  std::exit(2);
}

BenchOptions bench_options(int argc, char** argv) {
  BenchOptions options;
  bool max = false;
  std::array<option, kOptions.size() + 1> table{};  // ends with zeros
  for (std::size_t i = 0; i < kOptions.size(); ++i) table[i] = kOptions[i].entry;
  opterr = 0;
  optind = 1;
  for (;;) {
    const std::string argument = optind < argc ? argv[optind] : "";
    int index = 0;
    const int key = getopt_long(argc, argv, "+:", table.data(), &index);
    if (key == -1) break;
    const Known* const known = known_as(argument.substr(0, argument.find('=')));
    if (key == ':' || (key == '?' && known != nullptr)) {
      usage_error(joined({argument, " takes ", known != nullptr ? known->takes : "a value"}));
    }
    if (key == '?')
      usage_error(joined({"unknown option ", argument, " (see narrows bench --help)"}));
    if (!set(key, options, max)) {
      const Known& chosen = kOptions[static_cast<std::size_t>(index)];
      usage_error(
          joined({"--", chosen.entry.name, " takes ", chosen.takes, ", not \"", optarg, "\""}));
    }
  }
  if (!max) usage_error("bench takes --max (as fast as the node takes messages)");
  if (optind >= argc || std::string_view(argv[optind - 1]) != "--") {
    usage_error("bench takes the node to run after its options: -- NODE [ARGS]...");
  }
  const std::size_t least = options.load.least_line_bytes();
  if (options.load.line_bytes < least) {
    usage_error(
        joined({"--size takes a number of bytes, ", std::to_string(least), " to ",
                std::to_string(kMostLineBytes), " for this type and number of messages, not ",
                std::to_string(options.load.line_bytes)}));
  }
  options.command = argv + optind;
  return options;
}

}  // namespace narrows::tools
