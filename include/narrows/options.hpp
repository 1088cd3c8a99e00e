// SPDX-License-Identifier: MIT
// How a node runs, and the command line that says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace narrows {

enum class Threads : std::uint8_t {
  pipeline,      // parser, dispatcher and serializer on threads of their own
  single_thread  // the same stages, one after the other, on the caller's thread
};

enum class LogLevel : std::uint8_t { error, warning, info, debug };

enum class Stage : std::uint8_t { parse, dispatch, serialize };

/// A known delay added to a stage, to check the verdict with: it keeps the stage busy.
struct Slow {
  Stage stage;
  std::chrono::nanoseconds duration;
  std::uint64_t every = 1;  // one message in so many
};

struct Options {
  Threads threads = Threads::pipeline;
  std::chrono::duration<double> stats_every{0};  // 0: no summaries on stderr
  std::string profile_out;                       // empty: no file
  std::string trace;                             // likewise
  std::uint64_t trace_every = 1000;              // traced is one message in so many, and slow ones
  std::size_t max_line_bytes = std::size_t{4} << 20;
  std::uint32_t max_depth = 512;
  std::size_t pool_bytes = std::size_t{12} << 20;
  std::vector<Slow> slow;
  LogLevel log_level = LogLevel::info;
  /// Of a line on stderr, in spdlog's terms: %l its level, %v its text, and, as in strftime, when
  /// it was written (%H:%M:%S.%e).
  std::string log_pattern = "narrows: %l: %v";
  /// A request whose handler waits is dropped so long after it came: Maelstrom's clients give up
  /// after 5 s, and a reply after that ends the node's stdout.
  std::chrono::duration<double> deadline{4.5};
  std::size_t max_pending = 10'000;          // requests that wait; beyond, error 11
  std::size_t max_pending_rpcs = 1'000'000;  // RPCs without an answer; beyond, Error 11 is thrown
  std::uint64_t seed = 0;                    // of jitter; 0: from the machine
};

/// The least that `pool_bytes` may be for a longest line of so many bytes.
[[nodiscard]] std::size_t least_pool_bytes(std::size_t max_line_bytes);

/// An option of the program's own.
struct ProgramOption {
  std::string_view name;      // without the dashes
  std::string_view argument;  // what it takes, for --help
  std::string_view help;
  std::function<bool(std::string_view value)> set;  // false: the value makes no sense
  std::string_view takes;                           // said then: "--name takes …"
};

/// Reads the command line that every node understands, and the program's own options.
/// --help and --version print to stdout and exit with 0; anything that makes no sense prints one
/// line on stderr, naming the option and what it takes, and exits with 2.
[[nodiscard]] Options options_from(int argc, char** argv, std::span<const ProgramOption> more = {});

}  // namespace narrows
