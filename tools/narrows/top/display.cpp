// SPDX-License-Identifier: MIT
#include "top/display.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>

#include "text.hpp"
#include "top/draw.hpp"

namespace narrows::tools {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr Clock::duration kFrame = 250ms;
constexpr Clock::duration kLine = 1s;

/// Waits for any of them, and at most until then. True if a signal cut it short: a resize does.
bool wait(std::array<pollfd, 2>& fds, Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  const int ready =
      poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
  return ready < 0 && errno == EINTR;
}

bool is_gone(const pollfd& fd) { return (fd.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0; }

/// False when the reader of stdout is gone.
bool write_line(const std::string& line) {
  pollfd out{STDOUT_FILENO, POLLOUT, 0};
  if (poll(&out, 1, 0) <= 0) return true;
  if (write(STDOUT_FILENO, line.data(), line.size()) >= 0 || errno == EAGAIN) return true;
  if (errno == EPIPE) return false;
  throw std::runtime_error(joined({"cannot write to stdout: ", std::strerror(errno)}));
}

bool says_something(const View& view) {
  return view.last || view.all || view.outside || !view.notices.empty();
}

}  // namespace

Shown show(Source& source, Terminal& terminal, bool utf8) {
  Wish wish;
  for (;;) {
    const Size size = terminal.size();
    terminal.show(draw(source.view(), wish, size, utf8));
    const auto next = Clock::now() + kFrame;
    for (bool draws = false; !draws;) {
      std::array<pollfd, 2> fds{{{terminal.input(), POLLIN, 0}, {source.descriptor(), POLLIN, 0}}};
      const bool resized = wait(fds, next);
      if (!source.attend()) return Shown::over;
      if (is_gone(fds[0])) return Shown::lost;
      draws = resized || Clock::now() >= next;
      while (const int key = terminal.key()) {
        if (key == 'q' || key == 'Q') return Shown::quit;
        if (key == 'w' || key == 'W') wish.since_start = !wish.since_start;
        draws = true;
      }
    }
  }
}

Shown print_lines(Source& source, bool utf8) {
  auto next = Clock::now();
  bool reasons = true;
  for (bool over = false; !over;) {
    over = !source.attend();
    if (over || Clock::now() >= next) {
      const View view = source.view();
      if (says_something(view) && (!over || view.is_final)) {
        if (!write_line(one_line(view, utf8, reasons).append("\n"))) return Shown::lost;
        reasons = view.no_stages.empty();
      }
      next = std::max(next + (says_something(view) ? kLine : kFrame), Clock::now());
    }
    if (over) break;
    std::array<pollfd, 2> fds{{{-1, 0, 0}, {source.descriptor(), POLLIN, 0}}};
    wait(fds, next);
  }
  return Shown::over;
}

}  // namespace narrows::tools
