// SPDX-License-Identifier: MIT
// One message outstanding: prints the median and the 99th percentile of a round trip, in µs.
//
//   pingpong ROUNDS -- NODE [ARGS...]
//
//   driver (pinned) ──one echo──▶ node ──its reply──▶ driver ──the next echo──▶ ...
//
// Every reply is compared with what it must be. The first tenth of the rounds is warm-up.
#include <algorithm>
#include <vector>

#include "child.hpp"

int main(int argc, char** argv) {
  char** const command = command_after_dashes(argc, argv, "pingpong ROUNDS -- NODE [ARGS...]");
  const long rounds = std::strtol(argv[1], nullptr, 10);
  if (command != argv + 3 || rounds < 100) die("usage: pingpong ROUNDS -- NODE [ARGS...]");
  std::signal(SIGPIPE, SIG_IGN);

  Child node(command, Child::kPipe, Child::kPipe);
  pin_driver();
  node.send(kInit);
  node.expect(kInitOk);
  std::vector<std::int64_t> trip_ns;
  trip_ns.reserve(static_cast<std::size_t>(rounds));
  const long warm_up = rounds / 10;
  for (long id = 2; id < 2 + warm_up + rounds; ++id) {
    const std::string request = echo_request(id);
    const std::string reply = echo_reply(id);
    const std::int64_t start = now_ns();
    node.send(request);
    node.expect(reply);
    const std::int64_t taken = now_ns() - start;
    if (id >= 2 + warm_up) trip_ns.push_back(taken);
  }
  node.finish();

  std::sort(trip_ns.begin(), trip_ns.end());
  const auto at = [&](double share) {
    const double rank = share * static_cast<double>(trip_ns.size() - 1);
    return static_cast<double>(trip_ns[static_cast<std::size_t>(rank)]) / 1000;
  };
  std::printf("%.2f %.2f\n", at(0.50), at(0.99));
  return 0;
}
