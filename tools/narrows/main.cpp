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
#include <string>
#include <string_view>
#include <system_error>

#include "bench.hpp"
#include "narrows/version.hpp"
#include "options.hpp"
#include "report.hpp"
#include "report_json.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr int kNodeFailed = 3;

constexpr char kUsage[] =
    R"(Usage: narrows COMMAND [OPTION]... -- NODE [ARGS]...
Drives a Maelstrom node in any language over its stdin and stdout, and reports.

  bench        feed it, check every reply, and show where the time goes

  --help       print this and exit (narrows COMMAND --help: about a command)
  --version    print the version and exit

Example: narrows bench --max -- ./narrows-node
)";

/// Descriptors 0 to 2 are taken, if only by /dev/null, so that no pipe lands there.
void open_standard_descriptors() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) != fd) std::_Exit(kNodeFailed);
  }
}

int bench(int argc, char** argv) {
  const BenchOptions options = bench_options(argc, argv);
  Result result;
  try {
    result = run_at_most_speed(options.load, options.command);
  } catch (const std::system_error& error) {
    const std::string what = printable(joined({"cannot run ", options.command[0], ": "}));
    std::fprintf(stderr, "narrows: %s%s\n", what.c_str(), error.code().message().c_str());
    return kNodeFailed;
  }
  std::string report;
  if (options.json) {
    report = json_report(result);
  } else if (result.sent > 0) {
    report = table(result, Style::of_stdout());
  }
  if (std::fwrite(report.data(), 1, report.size(), stdout) != report.size() ||
      std::fflush(stdout) != 0) {
    std::fprintf(stderr, "narrows: cannot write the report: %s\n", std::strerror(errno));
    return kNodeFailed;
  }
  if (!result.problem.empty()) {
    std::fprintf(stderr, "narrows: %s\n", result.problem.c_str());
    return kNodeFailed;
  }
  return result.stop_signal == 0 ? 0 : 128 + result.stop_signal;
}

int run(int argc, char** argv) {
  const std::string_view command = argc > 1 ? argv[1] : "";
  if (command == "bench") return bench(argc - 1, argv + 1);
  if (command == "--help") return std::fputs(kUsage, stdout) < 0 ? 1 : 0;
  if (command == "--version") return std::printf("narrows %s\n", NARROWS_VERSION) < 0 ? 1 : 0;
  if (command.empty()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  usage_error(joined({"the command is bench, not \"", command, "\" (see narrows --help)"}));
}

}  // namespace
}  // namespace narrows::tools

int main(int argc, char** argv) {
  narrows::tools::open_standard_descriptors();
  try {
    return narrows::tools::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "narrows: %s\n", error.what());
    return narrows::tools::kNodeFailed;
  }
}
