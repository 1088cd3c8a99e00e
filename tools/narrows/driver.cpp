// SPDX-License-Identifier: MIT
#include "driver.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;

constexpr auto kTick = 100ms;         // to look whether it has ended
constexpr auto kSignalPatience = 2s;  // after SIGTERM, and after SIGKILL

}  // namespace

Driver::Driver(char* const* command, Sizes sizes)
    : child_(command, signals_, sizes.pipe),
      longest_line_(sizes.longest_line),
      slack_(sizes.slack),
      buffer_(2 * kReadBytes + sizes.slack) {}

Driver::Ready Driver::wait(bool want_write, std::chrono::nanoseconds at_most) {
  // A descriptor of -1 is passed over.
  std::array<pollfd, 3> fds{{{signals_.descriptor(), POLLIN, 0},
                             {output_ended_ ? -1 : child_.output(), POLLIN, 0},
                             {want_write && !input_broken_ ? child_.input() : -1, POLLOUT, 0}}};
  const std::int64_t ns = std::max<std::int64_t>(at_most.count(), 0);
  const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
  if (ppoll(fds.data(), fds.size(), &timeout, nullptr) <= 0) return {};
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
  const std::size_t most = longest_line_ + kReadBytes + slack_;
  if (buffer_.size() - slack_ < end_ + kReadBytes && buffer_.size() < most) {
    buffer_.resize(std::min(2 * buffer_.size(), most));
  }
  const std::size_t room = std::min(buffer_.size() - slack_ - end_, kReadBytes);
  const ssize_t bytes = ::read(child_.output(), end(), room);
  if (bytes < 0) {
    output_ended_ = errno != EAGAIN && errno != EINTR;
    return false;
  }
  output_ended_ = bytes == 0;
  end_ += static_cast<std::size_t>(bytes);
  bytes_read_ += static_cast<std::uint64_t>(bytes);
  return bytes > 0;
}

std::size_t Driver::write(std::string_view bytes) {
  const ssize_t written = ::write(child_.input(), bytes.data(), bytes.size());
  if (written >= 0) {
    bytes_written_ += static_cast<std::uint64_t>(written);
    return static_cast<std::size_t>(written);
  }
  input_broken_ = errno != EAGAIN && errno != EINTR;
  return 0;
}

Driver::SeenOff Driver::see_off(std::chrono::milliseconds patience,
                                const std::function<void()>& take) {
  SeenOff seen;
  close_input();
  bool ended = drain(patience, take);
  for (const int signal_number : {SIGTERM, SIGKILL}) {
    if (ended) break;
    seen.signal_sent = signal_number;
    child_.send(signal_number);
    ended = drain(kSignalPatience, take);
  }
  seen.ending = child_.reap();
  return seen;
}

/// Takes what the node still writes until it has ended: true. Gives up at the next signal.
bool Driver::drain(std::chrono::milliseconds patience, const std::function<void()>& take) {
  const auto deadline = Clock::now() + patience;
  const int stops_before = stops_;
  while (Clock::now() < deadline && stops_ == stops_before) {
    if (wait(false, kTick).to_read) {
      take();
    } else if (child_.has_ended()) {
      return true;
    }
  }
  return child_.has_ended();
}

}  // namespace narrows::tools
