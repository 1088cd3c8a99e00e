// SPDX-License-Identifier: MIT
#include "narrows/options.hpp"

#include <getopt.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "base/text.hpp"
#include "json/decode.hpp"
#include "narrows/version.hpp"

namespace narrows {
namespace {

constexpr std::size_t kLeastLineBytes = 64;
constexpr std::size_t kMostLineBytes = std::size_t{1} << 30;
constexpr std::size_t kMostPatternBytes = 200;

/// A whole number; false when it is none, or out of range.
bool parse_number(std::string_view text, std::uint64_t least, std::uint64_t most,
                  std::uint64_t& value) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && at == end && value >= least && value <= most;
}

bool parse_threads(std::string_view text, Options& options) {
  if (text != "pipeline" && text != "inline") return false;
  options.threads = text == "pipeline" ? Threads::pipeline : Threads::single_thread;
  return true;
}

/// From `least` seconds to a day.
bool parse_seconds(std::string_view text, double least, std::chrono::duration<double>& duration) {
  double seconds = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, seconds);
  if (error != std::errc() || at != end || !(seconds >= least && seconds <= 86400)) return false;
  duration = std::chrono::duration<double>(seconds);
  return true;
}

bool parse_log_level(std::string_view text, Options& options) {
  constexpr std::array<std::string_view, 4> kNames{"error", "warning", "info", "debug"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (text != kNames[i]) continue;
    options.log_level = static_cast<LogLevel>(i);
    return true;
  }
  return false;
}

bool parse_log_pattern(std::string_view text, Options& options) {
  if (text.size() > kMostPatternBytes || text.find("%v") == std::string_view::npos) return false;
  options.log_pattern = text;
  return true;
}

/// Like 500ns, 2us, 1.5ms or 1s.
bool parse_duration(std::string_view text, std::chrono::nanoseconds& duration) {
  struct Unit {
    std::string_view name;
    double ns;
  };
  constexpr std::array<Unit, 4> kUnits{{{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}}};
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc()) return false;
  for (const Unit& unit : kUnits) {
    if (std::string_view(at, static_cast<std::size_t>(end - at)) != unit.name) continue;
    const double ns = value * unit.ns;
    if (!(ns >= 1 && ns <= 60e9)) return false;
    duration = std::chrono::nanoseconds(std::llround(ns));
    return true;
  }
  return false;
}

/// STAGE=DURATION[@1/N]
bool parse_slow(std::string_view text, Options& options) {
  constexpr std::array<std::string_view, 3> kStages{"parse", "dispatch", "serialize"};
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  Slow slow{};
  std::size_t stage = 0;
  while (stage < kStages.size() && kStages[stage] != text.substr(0, equals)) ++stage;
  if (stage == kStages.size()) return false;
  slow.stage = static_cast<Stage>(stage);
  std::string_view duration = text.substr(equals + 1);
  if (const std::size_t at = duration.find("@1/"); at != std::string_view::npos) {
    if (!parse_number(duration.substr(at + 3), 1, std::uint64_t{1} << 62, slow.every)) return false;
    duration = duration.substr(0, at);
  }
  if (!parse_duration(duration, slow.duration)) return false;
  options.slow.push_back(slow);
  return true;
}

bool parse_size(std::string_view text, std::size_t least, std::size_t most, std::size_t& size) {
  std::uint64_t value = 0;
  if (!parse_number(text, least, most, value)) return false;
  size = value;
  return true;
}

bool parse_depth(std::string_view text, Options& options) {
  std::uint64_t value = 0;
  if (!parse_number(text, 1, json::Decoder::kLargestMaxDepth, value)) return false;
  options.max_depth = static_cast<std::uint32_t>(value);
  return true;
}

/// The options of every node. Each refers to `options`.
std::vector<ProgramOption> standard_options(Options& options) {
  return {
      {"threads", "pipeline|inline", "three threads, or the same stages on one",
       [&](auto text) { return parse_threads(text, options); }, "pipeline or inline"},
      {"stats-every", "SECONDS", "log a one-line summary to stderr while messages flow",
       [&](auto text) { return parse_seconds(text, 0.01, options.stats_every); },
       "a number of seconds, 0.01 to 86400"},
      {"profile-out", "FILE", "keep the figures of bench_stats in a file while it runs",
       [&](auto text) {
         options.profile_out = text;
         return !text.empty();
       },
       "the name of a file"},
      {"trace", "FILE", "write how single messages went, for Perfetto or chrome://tracing",
       [&](auto text) {
         options.trace = text;
         return !text.empty();
       },
       "the name of a file"},
      {"trace-every", "N", "trace one message in N, beside the slow ones (default 1000)",
       [&](auto text) {
         return parse_number(text, 1, std::uint64_t{1} << 62, options.trace_every);
       },
       "a number, 1 or more"},
      {"max-line", "BYTES", "longest line taken (default 4194304)",
       [&](auto text) {
         return parse_size(text, kLeastLineBytes, kMostLineBytes, options.max_line_bytes);
       },
       "a number of bytes, 64 to 1073741824"},
      {"max-depth", "N", "deepest nesting taken (default 512)",
       [&](auto text) { return parse_depth(text, options); }, "a number, 1 to 4096"},
      {"pool-bytes", "BYTES", "memory for messages on their way (default 12582912)",
       [&](auto text) { return parse_size(text, 1, std::size_t{1} << 40, options.pool_bytes); },
       "a number of bytes"},
      {"deadline", "SECONDS", "drop a request whose handler waits so long (default 4.5)",
       [&](auto text) { return parse_seconds(text, 0.001, options.deadline); },
       "a number of seconds, 0.001 to 86400"},
      {"max-pending", "N", "requests that may wait for their replies (default 10000)",
       [&](auto text) { return parse_size(text, 1, 1'000'000'000, options.max_pending); },
       "a number, 1 to 1000000000"},
      {"slow", "STAGE=DURATION[@1/N]",
       "keep parse, dispatch or serialize busy for so long on every (N-th) message",
       [&](auto text) { return parse_slow(text, options); },
       "STAGE=DURATION[@1/N], like parse=2us or dispatch=1ms@1/100"},
      {"log-level", "LEVEL", "error, warning, info (default) or debug",
       [&](auto text) { return parse_log_level(text, options); }, "error, warning, info or debug"},
      {"log-pattern", "PATTERN", "of log lines, as in spdlog (default \"narrows: %l: %v\")",
       [&](auto text) { return parse_log_pattern(text, options); },
       "a pattern of at most 200 bytes with %v, which is the text"},
  };
}

void print_help(const char* program, const std::vector<ProgramOption>& known) {
  std::printf("Usage: %s [OPTION]...\nA Maelstrom node on stdin and stdout.\n\n", program);
  const auto line = [](const std::string& option, std::string_view help) {
    std::printf("  %-30s %.*s\n", option.c_str(), static_cast<int>(help.size()), help.data());
  };
  for (const ProgramOption& option : known) {
    line("--" + std::string(option.name) + "=" + std::string(option.argument), option.help);
  }
  line("--help", "print this and exit");
  line("--version", "print the version and exit");
  std::printf(
      "\nExamples:\n"
      "  $ maelstrom test -w echo --bin ./%s --node-count 1 --time-limit 10\n"
      "  $ narrows bench --rate 10000 -- ./%s\n",
      program, program);
}

[[noreturn]] void usage_error(const char* program, const std::string& text) {
  std::array<char, 512> line{};
  char* const end =
      append_printable(line.data(), line.data() + line.size(), std::string(program) + ": " + text);
  std::fprintf(stderr, "%.*s\n", static_cast<int>(end - line.data()), line.data());
  std::exit(2);
}

const char* base_name(const char* path) {
  const char* const slash = std::strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

}  // namespace

Options options_from(int argc, char** argv, std::span<const ProgramOption> more) {
  const char* const program = argc > 0 ? base_name(argv[0]) : "node";
  Options options;
  std::vector<ProgramOption> known(more.begin(), more.end());
  for (ProgramOption& option : standard_options(options)) known.push_back(std::move(option));

  std::vector<option> table;
  std::vector<std::string> names;  // that end with a NUL
  names.reserve(known.size());
  for (const ProgramOption& each : known) {
    names.emplace_back(each.name);
    table.push_back({names.back().c_str(), required_argument, nullptr, 0});
  }
  table.push_back({"help", no_argument, nullptr, 'h'});
  table.push_back({"version", no_argument, nullptr, 'v'});
  table.push_back({nullptr, 0, nullptr, 0});

  bool has_trace_every = false;
  opterr = 0;
  optind = 0;  // from the beginning, also the second time
  for (;;) {
    int index = -1;
    const int at = optind == 0 ? 1 : optind;
    const int found = getopt_long(argc, argv, "+:", table.data(), &index);
    if (found == -1) break;
    const auto chosen = static_cast<std::size_t>(index);
    switch (found) {
      case 'h': print_help(program, known); std::exit(0);
      case 'v': std::printf("%s (narrows) %s\n", program, NARROWS_VERSION); std::exit(0);
      case 0:
        if (known[chosen].name == "trace-every") has_trace_every = true;
        if (known[chosen].set(optarg)) break;
        usage_error(program, "--" + names[chosen] + " takes " + std::string(known[chosen].takes) +
                                 ", not \"" + optarg + "\"");
      case ':': {
        std::string text = std::string(argv[at]) + " takes ";
        for (std::size_t i = 0; i < known.size(); ++i) {
          if ("--" + names[i] == argv[at]) text += known[i].takes;
        }
        usage_error(program, text + (text.ends_with("takes ") ? "a value" : ""));
      }
      default: usage_error(program, "unknown option " + std::string(argv[at]) + " (see --help)");
    }
  }
  if (optind < argc) {
    usage_error(program, "takes options only, not \"" + std::string(argv[optind]) + "\"");
  }
  if (has_trace_every && options.trace.empty()) {
    usage_error(program, "--trace-every takes effect with --trace FILE only");
  }
  if (!options.trace.empty() && options.trace == options.profile_out) {
    usage_error(program, "--trace takes another file than --profile-out");
  }
  const std::size_t least = least_pool_bytes(options.max_line_bytes);
  if (options.pool_bytes < least) {
    usage_error(program, "--pool-bytes takes at least " + std::to_string(least) +
                             " for --max-line " + std::to_string(options.max_line_bytes));
  }
  return options;
}

}  // namespace narrows
