// SPDX-License-Identifier: MIT
// What a handler costs that is a coroutine and does not wait, beside a function that does the same.
// Prints one figure: ns a message, the median of the differences of pairs of runs.
//
// One node in this process, inline: reading, parsing and writing are the same on both sides.
#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/node.hpp"

namespace {

using narrows::Reply;
using narrows::Request;

constexpr int kMessages = 20'000;
constexpr int kPairs = 51;

std::string lines_of(const std::string& type) {
  std::string lines;
  for (int i = 0; i < kMessages; ++i) {
    lines += R"({"src":"c1","dest":"n1","body":{"type":")" + type + R"(","msg_id":)" +
             std::to_string(i) + R"(,"echo":"abcdefghijklmnopqrstuvwxyz"}})" + "\n";
  }
  return lines;
}

Reply echo(const Request& request) {
  return narrows::reply("echo_ok").raw("echo", request.raw("echo"));
}

/// ns a message.
double cost(narrows::Node& node, const std::string& lines) {
  std::size_t bytes = 0;
  const auto begin = std::chrono::steady_clock::now();
  node.feed(lines, [&](std::string_view text) { bytes += text.size(); });
  const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - begin;
  if (bytes < lines.size()) std::exit(1);  // a reply is longer than its request
  return took.count() / kMessages;
}

}  // namespace

int main() {
  narrows::Node node;
  node.on("function", echo);
  node.on("coroutine",
          [](const Request& request) -> narrows::Task<Reply> { co_return echo(request); });
  node.feed(
      R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
      "\n",
      [](std::string_view /*text*/) {});
  const std::array<std::string, 2> lines{lines_of("function"), lines_of("coroutine")};
  std::vector<double> differences;
  for (int pair = 0; pair < kPairs; ++pair) {
    std::array<double, 2> took{};
    const std::size_t first = pair % 2 == 0 ? 0 : 1;
    took[first] = cost(node, lines[first]);
    took[1 - first] = cost(node, lines[1 - first]);
    differences.push_back(took[1] - took[0]);
  }
  std::sort(differences.begin(), differences.end());
  std::printf("%.1f\n", differences[kPairs / 2]);
}
