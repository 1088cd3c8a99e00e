// SPDX-License-Identifier: MIT
// An echo node whose latency is known beforehand: it takes one message at a time, and is busy for
// a fixed time with each.
//
//   serial_node SERVICE_US [PAUSE_MS EVERY_S]
//
// With a pause it stops for so long in the middle of each EVERY_S seconds since `init`. It does not
// know bench_stats. It takes the lines of `narrows bench`, and is no parser of anything else.
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>

namespace {

using Clock = std::chrono::steady_clock;

/// The text of a line between `before` and the first of `ends`.
std::string_view between(std::string_view line, std::string_view before, std::string_view ends) {
  const std::size_t at = line.find(before);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = line.substr(at + before.size());
  return rest.substr(0, rest.find_first_of(ends));
}

void answer(std::string_view line, std::string_view type) {
  std::string reply(R"({"src":"n1","dest":")");
  reply.append(between(line, R"("src":")", "\"")).append(R"(","body":{"type":")").append(type);
  reply.append(R"(","in_reply_to":)").append(between(line, R"("msg_id":)", ",}"));
  reply.append(R"(,"code":10,"echo":")")
      .append(between(line, R"("echo":")", "\""))
      .append("\"}}\n");
  std::cout << reply << std::flush;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::cerr << "usage: serial_node SERVICE_US [PAUSE_MS EVERY_S]\n";
    return 2;
  }
  const std::chrono::microseconds service(std::atoll(argv[1]));
  const std::chrono::milliseconds pause(argc == 4 ? std::atoll(argv[2]) : 0);
  const std::chrono::seconds every(argc == 4 ? std::atoll(argv[3]) : 1'000'000);
  std::ios::sync_with_stdio(false);
  Clock::time_point next_pause;
  for (std::string line; std::getline(std::cin, line);) {
    const std::string_view type = between(line, R"("type":")", "\"");
    if (type != "echo") {
      answer(line, type == "init" ? "init_ok" : "error");
      next_pause = Clock::now() + every / 2;
      continue;
    }
    if (Clock::now() >= next_pause) {
      std::this_thread::sleep_until(next_pause + pause);
      next_pause += every;
    }
    const auto done = Clock::now() + service;
    while (Clock::now() < done) {
    }
    answer(line, "echo_ok");
  }
}
