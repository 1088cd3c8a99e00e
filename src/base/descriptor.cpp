// SPDX-License-Identifier: MIT
#include "base/descriptor.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace narrows {
namespace {

constexpr int kTries = 3;
constexpr int kAtOnce = 16;
constexpr timespec kNap{0, 1'000'000};

/// Where poll itself fails, which it may for lack of memory, it is asked again; then it is said not
/// to be ready.
bool is_ready(int fd, short events, int timeout_ms) {
  pollfd poll_fd{fd, events, 0};
  for (int tries = 0; tries < kTries; ++tries) {
    const int ready = poll(&poll_fd, 1, timeout_ms);
    if (ready >= 0) return ready > 0;
  }
  return false;
}

}  // namespace

bool Refusals::are_too_many(int fd, short events) {
  if (++count_ <= kAtOnce) return false;
  const int error = errno;
  pollfd poll_fd{fd, events, 0};
  if (poll(&poll_fd, 1, 0) == 0) {
    count_ = 0;  // it does have to wait
  } else {
    nanosleep(&kNap, nullptr);
  }
  errno = error;
  return count_ >= kMost;
}

Descriptor::~Descriptor() {
  const int error = errno;
  if (fd_ >= 0) ::close(fd_);
  errno = error;  // of whatever came before
}

bool Descriptor::close() {
  const int fd = std::exchange(fd_, -1);
  // Interrupted, it is closed all the same.
  return ::close(fd) == 0 || errno == EINTR;
}

Descriptor above_standard(int fd) {
  if (fd < 0 || fd > STDERR_FILENO) return Descriptor(fd);
  const int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  const int error = errno;
  ::close(fd);
  errno = error;
  return Descriptor(moved);
}

AvailableReader::AvailableReader(int fd) : fd_(fd), way_(Way::no_wait) {
  struct stat status {};
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) way_ = Way::plain;
}

ssize_t AvailableReader::read(std::span<char> space) {
  for (;;) {
    const ssize_t bytes = try_read(space);
    if (bytes >= 0) {
      refusals_ = {};
      return bytes;
    }
    const bool cannot = errno == EOPNOTSUPP || errno == ENOSYS || errno == EINVAL;
    if (way_ == Way::no_wait && cannot) {
      way_ = Way::poll;
      continue;
    }
    const bool is_put_off = errno == EAGAIN || errno == EINTR;
    if (is_put_off && refusals_.are_too_many(fd_, POLLIN)) return give_up();
    if (errno != EINTR) return -1;
  }
}

ssize_t AvailableReader::try_read(std::span<char> space) const {
  if (way_ == Way::no_wait) {
    iovec buffer{space.data(), space.size()};
    return preadv2(fd_, &buffer, 1, -1, RWF_NOWAIT);
  }
  if (way_ == Way::poll && !is_ready(fd_, POLLIN, 0)) {
    errno = EAGAIN;
    return -1;
  }
  return ::read(fd_, space.data(), space.size());
}

/// One way may do where another does not; else it is broken.
ssize_t AvailableReader::give_up() {
  refusals_ = {};
  errno = way_ == Way::no_wait ? EAGAIN : EIO;
  if (way_ == Way::no_wait) way_ = Way::poll;
  return -1;
}

bool write_all(int fd, std::string_view bytes) {
  Refusals refusals;
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      refusals = {};
      continue;
    }
    const int error = written == 0 ? EIO : errno;
    if (error == EAGAIN) is_ready(fd, POLLOUT, -1);
    const bool is_refused = error == EAGAIN || error == EINTR || written == 0;
    if (is_refused && !refusals.are_too_many(fd, POLLOUT)) continue;
    errno = error;
    return false;
  }
  return true;
}

bool write_if_ready(int fd, std::string_view bytes) {
  if (!is_ready(fd, POLLOUT, 0)) return false;
  for (int tries = 0; tries < kTries; ++tries) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written >= 0) return static_cast<std::size_t>(written) == bytes.size();
    if (errno != EINTR) return false;
  }
  return false;
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
  const int ready = ppoll(fds.data(), count, timeout ? &time : nullptr, nullptr);
  // Interrupted, the caller looks again at once.
  if (ready < 0 && errno != EINTR) nanosleep(&kNap, nullptr);
}

}  // namespace narrows
