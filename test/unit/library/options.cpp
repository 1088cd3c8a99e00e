// SPDX-License-Identifier: MIT
// How a command line becomes options. What is said of bad ones is tested with the programs.
#include "narrows/options.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <iostream>
#include <string>
#include <vector>

#include "narrows/version.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using Arguments = std::vector<std::string>;

Options parsed(Arguments arguments, std::span<const ProgramOption> more = {}) {
  arguments.insert(arguments.begin(), "/path/to/program");
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  return options_from(static_cast<int>(arguments.size()), argv.data(), more);
}

struct Exit {
  int status;
  std::string text;  // of the descriptor that was listened to
};

/// How a process ends that reads these arguments, and what it says on `fd`.
Exit exit_of(const Arguments& arguments, int fd) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  std::cout.flush();  // or the child would write it once more
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], fd);
    close(ends[0]);
    static_cast<void>(parsed(arguments));
    _exit(0);
  }
  close(ends[1]);
  Exit exit{-1, {}};
  std::array<char, 4096> buffer{};
  for (ssize_t bytes = 0; (bytes = read(ends[0], buffer.data(), buffer.size())) > 0;) {
    exit.text.append(buffer.data(), static_cast<std::size_t>(bytes));
  }
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status)) exit.status = WEXITSTATUS(status);
  return exit;
}

TEST_CASE("options: without any, the defaults") {
  const Options options = parsed({});
  CHECK(options.threads == Threads::pipeline);
  CHECK(options.stats_every.count() == 0);
  CHECK(options.profile_out.empty());
  CHECK(options.trace.empty());
  CHECK(options.trace_every == 1'000);
  CHECK(options.max_line_bytes == 4'194'304);
  CHECK(options.max_depth == 512);
  CHECK(options.pool_bytes == 12'582'912);
  CHECK(options.slow.empty());
  CHECK(options.log_level == LogLevel::info);
  CHECK(options.log_pattern == "narrows: %l: %v");
}

TEST_CASE("options: each is taken, with = or as the next argument") {
  const Options options =
      parsed({"--threads=inline", "--stats-every", "2.5", "--profile-out=p.json", "--max-line",
              "1000", "--max-depth=7", "--pool-bytes=20000000", "--log-level", "debug",
              "--trace=t.json", "--trace-every", "50"});
  CHECK(options.threads == Threads::single_thread);
  CHECK(options.stats_every.count() == 2.5);
  CHECK(options.profile_out == "p.json");
  CHECK(options.trace == "t.json");
  CHECK(options.trace_every == 50);
  CHECK(parsed({"--trace-every=4611686018427387904", "--trace", "t"}).trace_every == 1ULL << 62);
  CHECK(options.max_line_bytes == 1'000);
  CHECK(options.max_depth == 7);
  CHECK(options.pool_bytes == 20'000'000);
  CHECK(options.log_level == LogLevel::debug);
  CHECK(parsed({"--threads", "pipeline"}).threads == Threads::pipeline);
  CHECK(parsed({"--log-level=error"}).log_level == LogLevel::error);
  CHECK(parsed({"--log-pattern=%T %v"}).log_pattern == "%T %v");
  CHECK(parsed({"--log-level=warning"}).log_level == LogLevel::warning);
}

TEST_CASE("options: --slow names a stage, a duration and how many messages it hits") {
  const Options options = parsed({"--slow", "parse=500ns", "--slow=dispatch=2us",
                                  "--slow=serialize=1.5ms@1/100", "--slow=parse=1s@1/1"});
  REQUIRE(options.slow.size() == 4);
  CHECK(options.slow[0].stage == Stage::parse);
  CHECK(options.slow[0].duration.count() == 500);
  CHECK(options.slow[0].every == 1);
  CHECK(options.slow[1].stage == Stage::dispatch);
  CHECK(options.slow[1].duration.count() == 2'000);
  CHECK(options.slow[2].stage == Stage::serialize);
  CHECK(options.slow[2].duration.count() == 1'500'000);
  CHECK(options.slow[2].every == 100);
  CHECK(options.slow[3].duration.count() == 1'000'000'000);
}

TEST_CASE("options: a program has options of its own") {
  std::string taken;
  const std::array<ProgramOption, 1> own{
      {{"flavour", "NAME", "help", [&](std::string_view value) { return !(taken = value).empty(); },
        "a name"}}};
  const Options options = parsed({"--flavour=sweet", "--max-depth=3"}, own);
  CHECK(taken == "sweet");
  CHECK(options.max_depth == 3);
}

TEST_CASE("options: what makes no sense ends with status 2 and one line that names it") {
  const struct {
    Arguments arguments;
    std::string_view named;
  } cases[] = {
      {{"--threads=two"}, "--threads takes pipeline or inline, not \"two\""},
      {{"--threads="}, "--threads takes "},
      {{"--stats-every=0"}, "--stats-every takes "},
      {{"--stats-every=-1"}, "--stats-every takes "},
      {{"--stats-every=1x"}, "--stats-every takes "},
      {{"--stats-every=nan"}, "--stats-every takes "},
      {{"--stats-every=inf"}, "--stats-every takes "},
      {{"--profile-out="}, "--profile-out takes "},
      {{"--max-line=63"}, "--max-line takes "},
      {{"--max-line=1073741825"}, "--max-line takes "},
      {{"--max-line=1e3"}, "--max-line takes "},
      {{"--max-line=-1"}, "--max-line takes "},
      {{"--max-line=99999999999999999999"}, "--max-line takes "},
      {{"--max-depth=0"}, "--max-depth takes "},
      {{"--max-depth=4097"}, "--max-depth takes "},
      {{"--pool-bytes=1000"}, "--pool-bytes takes at least "},
      {{"--pool-bytes=x"}, "--pool-bytes takes "},
      {{"--max-line=100000000"}, "--pool-bytes takes at least "},
      {{"--slow=parse"}, "--slow takes "},
      {{"--slow=input=1us"}, "--slow takes "},
      {{"--slow=parse=1"}, "--slow takes "},
      {{"--slow=parse=us"}, "--slow takes "},
      {{"--slow=parse=-1us"}, "--slow takes "},
      {{"--slow=parse=0us"}, "--slow takes "},
      {{"--slow=parse=61s"}, "--slow takes "},
      {{"--slow=parse=1h"}, "--slow takes "},
      {{"--slow=parse=1us@1/0"}, "--slow takes "},
      {{"--slow=parse=1us@1/"}, "--slow takes "},
      {{"--slow=parse=1us@2/3"}, "--slow takes "},
      {{"--slow=parse=1us@1/2x"}, "--slow takes "},
      {{"--log-level=loud"}, "--log-level takes "},
      {{"--log-pattern="}, "--log-pattern takes "},
      {{"--log-pattern=%H:%M"}, "--log-pattern takes "},
      {{"--log-pattern=%v" + std::string(199, 'x')}, "--log-pattern takes "},
      {{"--nonsense"}, "--nonsense"},
      {{"--nonsense=1"}, "--nonsense"},
      {{"-x"}, "-x"},
      {{"--max-line"}, "--max-line takes "},
      {{"--threads"}, "--threads takes pipeline or inline"},
      {{"word"}, "word"},
      {{"--", "word"}, "word"},
      {{"--trace="}, "--trace takes "},
      {{"--trace"}, "--trace takes the name of a file"},
      {{"--trace=t", "--trace-every=0"}, "--trace-every takes "},
      {{"--trace=t", "--trace-every=-1"}, "--trace-every takes "},
      {{"--trace=t", "--trace-every=1.5"}, "--trace-every takes "},
      {{"--trace=t", "--trace-every"}, "--trace-every takes "},
      {{"--trace-every=5"}, "--trace-every takes effect with --trace FILE only"},
      {{"--trace=t", "--profile-out=t"}, "--trace takes another file than --profile-out"},
  };
  for (const auto& each : cases) {
    const Exit exit = exit_of(each.arguments, STDERR_FILENO);
    CAPTURE(exit.text);
    CHECK(exit.status == 2);
    CHECK(exit.text.starts_with("program: "));
    CHECK(exit.text.find(each.named) != std::string::npos);
    CHECK(exit.text.find('\n') == exit.text.size() - 1);
  }
}

TEST_CASE("options: --help and --version go to stdout, and end well") {
  const Exit help = exit_of({"--help"}, STDOUT_FILENO);
  CHECK(help.status == 0);
  for (const std::string_view option :
       {"--threads", "--stats-every", "--profile-out", "--max-line", "--max-depth", "--pool-bytes",
        "--slow", "--log-level", "--log-pattern", "--trace", "--trace-every", "--help",
        "--version"}) {
    CHECK_MESSAGE(help.text.find(option) != std::string::npos, option);
  }
  const Exit version = exit_of({"--version"}, STDOUT_FILENO);
  CHECK(version.status == 0);
  CHECK(version.text == "program (narrows) " NARROWS_VERSION "\n");
}

TEST_CASE("options: the version is the build's") {
  CHECK(std::string_view(NARROWS_VERSION) == NARROWS_PROJECT_VERSION);
}

TEST_CASE("options: the least memory grows by twice the longest line, and the default is enough") {
  CHECK(least_pool_bytes(2'000'000) - least_pool_bytes(1'000'000) == 2'000'000);
  CHECK(least_pool_bytes(Options().max_line_bytes) <= Options().pool_bytes);
}

}  // namespace
}  // namespace narrows
