// SPDX-License-Identifier: MIT
// From starting a node to its init_ok: prints the ms of each start, one a line.
//
//   startup STARTS -- NODE [ARGS...]
#include "child.hpp"

int main(int argc, char** argv) {
  char** const command = command_after_dashes(argc, argv, "startup STARTS -- NODE [ARGS...]");
  const long starts = std::strtol(argv[1], nullptr, 10);
  if (command != argv + 3 || starts < 1) die("usage: startup STARTS -- NODE [ARGS...]");
  std::signal(SIGPIPE, SIG_IGN);
  for (long i = 0; i < starts; ++i) {
    const std::int64_t start = now_ns();
    Child node(command, Child::kPipe, Child::kPipe);
    node.send(kInit);
    node.expect(kInitOk);
    const std::int64_t taken = now_ns() - start;
    node.finish();
    std::printf("%.3f\n", static_cast<double>(taken) / 1e6);
  }
  return 0;
}
