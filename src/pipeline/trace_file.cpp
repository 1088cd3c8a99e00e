// SPDX-License-Identifier: MIT
#include "pipeline/trace_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace narrows::pipeline {
namespace {

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

TraceFile::TraceFile(std::string path, std::string head, std::size_t most_bytes)
    : path_(std::move(path)), head_(std::move(head)), most_pages_(most_bytes / kPageBytes) {}

bool TraceFile::open() {
  if (file_) {
    if (is_still_there()) return true;
    file_.reset();
  }
  write_problem_ = obstacle();
  if (write_problem_.empty() && begin()) return true;
  if (write_problem_.empty()) write_problem_ = std::strerror(errno);
  file_.reset();
  return false;
}

/// Not so when somebody has moved, removed or emptied it.
bool TraceFile::is_still_there() const {
  if (!is_regular_) return true;
  struct stat ours {};
  struct stat there {};
  return fstat(file_->get(), &ours) == 0 && stat(path_.c_str(), &there) == 0 &&
         is_same(ours, there) && there.st_size >= static_cast<off_t>(bytes());
}

/// Opens the file; what stands against that, in words.
std::string TraceFile::obstacle() {
  struct stat there {};
  if (stat(path_.c_str(), &there) == 0 &&
      (S_ISFIFO(there.st_mode) || S_ISSOCK(there.st_mode) || S_ISBLK(there.st_mode))) {
    return "it is no regular file";
  }
  constexpr int kFlags = O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  file_.emplace(above_standard(::open(path_.c_str(), kFlags, 0644)));
  if (!file_->is_open() || fstat(file_->get(), &there) != 0) return std::strerror(errno);
  is_regular_ = S_ISREG(there.st_mode);
  if (!is_regular_) return S_ISCHR(there.st_mode) ? "" : "it is no regular file";
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    struct stat standard {};
    if (fstat(fd, &standard) == 0 && is_same(standard, there)) {
      return "it is the node's own input or output";
    }
  }
  if (flock(file_->get(), LOCK_EX | LOCK_NB) != 0) return "another process writes it";
  return {};
}

/// An array of what is always there; false with errno.
bool TraceFile::begin() {
  pages_ = next_page_ = 1;
  buffered_ = 0;
  has_wrapped_ = false;
  growth_problem_.clear();
  if (is_regular_ && ftruncate(file_->get(), 0) != 0) return false;
  std::string page = head_;
  page.resize(kPageBytes, ' ');
  page.back() = ']';
  return put(page, 0);
}

/// False with errno.
bool TraceFile::put(std::string_view bytes, std::size_t offset) {
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(file_->get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::size_t>(written);
    } else if (written == 0) {
      errno = EIO;
      return false;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

void TraceFile::expect(std::size_t messages) {
  if (!file_ || has_wrapped_) return;
  const std::size_t wanted = std::min(next_page_ + buffered_ + messages, most_pages_);
  if (wanted > pages_) grow(wanted - pages_);
}

/// Blanks may follow an array, so they come first; then its end moves behind them.
bool TraceFile::grow(std::size_t pages) {
  static constexpr auto kBlanks = [] {
    std::array<char, 4 * kPageBytes> blanks{};
    blanks.fill(' ');
    return blanks;
  }();
  const std::size_t old_end = bytes();
  const std::size_t end = old_end + pages * kPageBytes;
  bool grown = true;
  for (std::size_t at = old_end; grown && at != end;) {
    const std::size_t size = std::min(kBlanks.size(), end - at);
    grown = put({kBlanks.data(), size}, at);
    at += size;
  }
  grown = grown && put(" ", old_end - 1) && put("]", end - 1);
  if (grown) {
    pages_ += pages;
    growth_problem_.clear();
    return true;
  }
  growth_problem_ = std::strerror(errno);
  if (is_regular_ && ftruncate(file_->get(), static_cast<off_t>(old_end)) == 0) {
    put("]", old_end - 1);
  }
  return false;
}

bool TraceFile::add(std::string_view events) {
  if (!file_ || events.size() > kMostEventBytes || !make_room()) return false;
  // Blanks are spread over the lines: a viewer takes quadratic time for many in a row.
  const auto lines = static_cast<std::size_t>(std::count(events.begin(), events.end(), '\n'));
  const std::size_t blanks = (kMostEventBytes - events.size()) / std::max<std::size_t>(lines, 1);
  char* const page = buffer_.data() + buffered_ * kPageBytes;
  char* to = page;
  for (std::size_t at = 0; at < events.size();) {
    const std::size_t end = std::min(events.find('\n', at), events.size());
    to = std::copy_n(events.data() + at, end - at, to);
    at = end + 1;
    if (end == events.size()) break;
    to = std::fill_n(to, blanks, ' ');
    *to++ = '\n';
  }
  std::fill(to, page + kPageBytes, ' ');
  ++buffered_;
  return true;
}

/// For one more page in the buffer, which must go to the file in one piece.
bool TraceFile::make_room() {
  if (buffered_ == kBufferPages && !flush()) return false;
  if (next_page_ + buffered_ < pages_) return true;
  if (pages_ < most_pages_ && grow(1)) return true;
  if (pages_ == 1 || !flush()) return false;
  next_page_ = 1;
  has_wrapped_ = true;
  return true;
}

bool TraceFile::flush() {
  if (buffered_ == 0) return file_.has_value();
  const std::size_t size = buffered_ * kPageBytes;
  if (next_page_ + buffered_ == pages_) buffer_[size - 1] = ']';
  if (!put({buffer_.data(), size}, next_page_ * kPageBytes)) {
    write_problem_ = std::strerror(errno);
    buffer_[size - 1] = ' ';  // more may come behind it
    return false;
  }
  next_page_ += buffered_;
  buffered_ = 0;
  write_problem_.clear();
  return true;
}

}  // namespace narrows::pipeline
