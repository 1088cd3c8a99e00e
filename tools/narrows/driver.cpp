// SPDX-License-Identifier: MIT
#include "driver.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace narrows::tools {

Driver::Driver(char* const* command, std::size_t longest_line, std::size_t slack_bytes)
    : child_(command, signals_),
      longest_line_(longest_line),
      capacity_(longest_line + kReadBytes),
      buffer_(capacity_ + slack_bytes) {}

Driver::Ready Driver::wait(bool want_write, std::chrono::milliseconds at_most) {
  // A descriptor of -1 is passed over.
  std::array<pollfd, 3> fds{{{signals_.descriptor(), POLLIN, 0},
                             {output_ended_ ? -1 : child_.output(), POLLIN, 0},
                             {want_write && !input_broken_ ? child_.input() : -1, POLLOUT, 0}}};
  if (poll(fds.data(), fds.size(), static_cast<int>(at_most.count())) <= 0) return {};
  if (fds[0].revents != 0) {
    if (const int stop = signals_.take(); stop != 0) {
      stop_signal_ = stop;
      ++stops_;
    }
  }
  return {fds[1].revents != 0, fds[2].revents != 0};
}

bool Driver::read() {
  std::memmove(buffer_.data(), begin(), end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
  const std::size_t room = std::min(capacity_ - end_, kReadBytes);
  const ssize_t bytes = ::read(child_.output(), end(), room);
  if (bytes < 0) {
    output_ended_ = errno != EAGAIN && errno != EINTR;
    return false;
  }
  output_ended_ = bytes == 0;
  end_ += static_cast<std::size_t>(bytes);
  return bytes > 0;
}

std::size_t Driver::write(std::string_view bytes) {
  const ssize_t written = ::write(child_.input(), bytes.data(), bytes.size());
  if (written >= 0) return static_cast<std::size_t>(written);
  input_broken_ = errno != EAGAIN && errno != EINTR;
  return 0;
}

}  // namespace narrows::tools
