// SPDX-License-Identifier: MIT
#include "ideal_node.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::tools {
namespace {

constexpr std::size_t kReadBytes = std::size_t{64} << 10;

bool write_all(std::string_view text) {
  while (!text.empty()) {
    const ssize_t bytes = write(STDOUT_FILENO, text.data(), text.size());
    if (bytes < 0 && errno != EINTR) return false;
    if (bytes > 0) text.remove_prefix(static_cast<std::size_t>(bytes));
  }
  return true;
}

/// Appends the reply to {"src":"cN","dest":"n1","body":{"type":"echo","msg_id":N,"echo":"…"}}.
void answer(std::string_view line, std::string& to) {
  constexpr std::string_view kSource = R"({"src":")";
  constexpr std::string_view kId = R"("msg_id":)";
  const std::size_t source_end = line.find('"', kSource.size());
  const std::size_t id = line.find(kId, source_end) + kId.size();
  const std::size_t id_end = line.find_first_of(",}", id);
  const bool is_init = line.find(R"("type":"init")") < id;
  if (line[id_end] == '}') return;  // bench_stats: the generator can do without
  to.append(R"({"src":"n1","dest":")").append(line, kSource.size(), source_end - kSource.size());
  to.append(is_init ? R"(","body":{"type":"init_ok","in_reply_to":)"
                    : R"(","body":{"type":"echo_ok","in_reply_to":)");
  to.append(line, id, id_end - id);
  to.append(is_init ? std::string_view("}}") : line.substr(id_end)).append("\n");
}

}  // namespace

int ideal_node() {
  std::vector<char> input(kReadBytes);
  std::string unfinished;
  std::string output;
  for (;;) {
    const ssize_t bytes = read(STDIN_FILENO, input.data(), input.size());
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes <= 0) return bytes == 0 ? 0 : 1;
    std::string_view rest(input.data(), static_cast<std::size_t>(bytes));
    output.clear();
    for (std::size_t newline = 0; (newline = rest.find('\n')) != std::string_view::npos;
         rest.remove_prefix(newline + 1)) {
      if (unfinished.empty()) {
        answer(rest.substr(0, newline), output);
      } else {
        answer(unfinished.append(rest, 0, newline), output);
        unfinished.clear();
      }
    }
    unfinished.append(rest);
    if (!write_all(output)) return 1;
  }
}

}  // namespace narrows::tools
