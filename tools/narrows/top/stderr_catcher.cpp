// SPDX-License-Identifier: MIT
#include "top/stderr_catcher.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <string_view>

#include "text.hpp"

namespace narrows::tools {

StderrCatcher::StderrCatcher() {
  std::array<int, 2> ends{};
  if (isatty(STDERR_FILENO) != 1 || pipe2(ends.data(), O_CLOEXEC) != 0) return;
  before_ = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (before_ >= 0 && dup2(ends[1], STDERR_FILENO) >= 0) {
    pipe_ = ends[0];
    fcntl(pipe_, F_SETFL, O_NONBLOCK);
  } else {
    close(ends[0]);
  }
  close(ends[1]);
}

StderrCatcher::~StderrCatcher() {
  give_back();
  if (pipe_ >= 0) close(pipe_);
}

void StderrCatcher::give_back() {
  if (before_ < 0) return;
  dup2(before_, STDERR_FILENO);
  close(before_);
  before_ = -1;
}

bool StderrCatcher::take() {
  const std::uint64_t count_before = count_;
  std::array<char, 16384> buffer{};
  // As much as a pipe holds, not for ever.
  for (int i = 0; i < 8; ++i) {
    const ssize_t bytes = pipe_ < 0 ? 0 : read(pipe_, buffer.data(), buffer.size());
    if (bytes <= 0) break;
    std::string_view text(buffer.data(), static_cast<std::size_t>(bytes));
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      const std::string_view part = text.substr(0, end);
      unfinished_.append(
          part.substr(0, kMostLineBytes - std::min(kMostLineBytes, unfinished_.size())));
      if (end == std::string_view::npos) break;
      lines_.push_back(printable(unfinished_, kMostLineBytes));
      unfinished_.clear();
      if (lines_.size() > kMostLines) lines_.pop_front();
      ++count_;
      text.remove_prefix(end + 1);
    }
  }
  return count_ != count_before;
}

std::string StderrCatcher::last() const {
  if (lines_.empty()) return {};
  return joined({lines_.back(), " (", counted(count_, "line", "lines"), ")"});
}

void StderrCatcher::print() {
  give_back();
  while (take()) {
  }
  if (count_ > lines_.size()) {
    std::fprintf(stderr, "(%s of the node's stderr left out)\n",
                 counted(count_ - lines_.size(), "line", "lines").c_str());
  }
  for (const std::string& line : lines_) std::fprintf(stderr, "%s\n", line.c_str());
  if (!unfinished_.empty()) {
    std::fprintf(stderr, "%s\n", printable(unfinished_, kMostLineBytes).c_str());
  }
  lines_.clear();
  unfinished_.clear();
}

}  // namespace narrows::tools
