// SPDX-License-Identifier: MIT
#include "base/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace narrows {
namespace {

bool is_ready(int fd, short events, int timeout_ms) {
  pollfd poll_fd{fd, events, 0};
  return poll(&poll_fd, 1, timeout_ms) > 0;
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

Descriptor above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return Descriptor(fd);
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  close(fd);
  return Descriptor(moved);
}

AvailableReader::AvailableReader(int fd) : fd_(fd), way_(Way::no_wait) {
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) way_ = Way::plain;
}

ssize_t AvailableReader::read(std::span<char> space) {
  for (;;) {
    ssize_t bytes = -1;
    if (way_ == Way::no_wait) {
      iovec buffer{space.data(), space.size()};
      bytes = preadv2(fd_, &buffer, 1, -1, RWF_NOWAIT);
    } else if (way_ == Way::poll && !is_ready(fd_, POLLIN, 0)) {
      errno = EAGAIN;
    } else {
      bytes = ::read(fd_, space.data(), space.size());
    }
    if (bytes >= 0) return bytes;
    const bool cannot = errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;
    if (way_ == Way::no_wait && cannot) {
      way_ = Way::poll;
    } else if (errno != EINTR) {
      return -1;
    }
  }
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      is_ready(fd, POLLOUT, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool write_if_ready(int fd, std::string_view bytes) {
  if (!is_ready(fd, POLLOUT, 0)) return false;
  for (;;) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written >= 0) return static_cast<std::size_t>(written) == bytes.size();
    if (errno != EINTR) return false;
  }
}

void wait_readable(std::span<const int> descriptors,
                   std::optional<std::chrono::nanoseconds> timeout) {
  std::array<pollfd, 4> fds{};
  const std::size_t count = std::min(descriptors.size(), fds.size());
  for (std::size_t i = 0; i < count; ++i) fds[i] = {descriptors[i], POLLIN, 0};
  timespec time{};
  if (timeout) {
    const auto ns = std::max<std::chrono::nanoseconds::rep>(timeout->count(), 0);
    time.tv_sec = ns / 1'000'000'000;
    time.tv_nsec = ns % 1'000'000'000;
  }
  ppoll(fds.data(), count, timeout ? &time : nullptr,
        nullptr);  // interrupted: the caller looks again
}

}  // namespace narrows
