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

#include "base/whole_file.hpp"
#include "pipeline/array_end.hpp"

namespace narrows::pipeline {
namespace {

constexpr int kMostInterruptions = 16;  // a file is not waited for

bool is_same(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

}  // namespace

TraceFile::TraceFile(std::string path, std::string head, std::size_t most_bytes)
    : path_(std::move(path)), head_(std::move(head)), most_pages_(most_bytes / kPageBytes) {
  open_page_.reserve(kPageBytes);
}

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

/// Not so when somebody has moved, removed or emptied it; that it cannot be told is no reason.
bool TraceFile::is_still_there() const {
  if (!is_regular_) return true;
  struct stat ours {};
  struct stat there {};
  if (fstat(file_->get(), &ours) != 0) return true;
  if (stat(path_.c_str(), &there) != 0) return errno != ENOENT && errno != ENOTDIR;
  return is_same(ours, there) && there.st_size >= static_cast<off_t>(bytes());
}

/// Opens the file; what stands against that, in words. A new one appears with its first page.
std::string TraceFile::obstacle() {
  struct stat there {};
  if (stat(path_.c_str(), &there) == 0 &&
      (S_ISFIFO(there.st_mode) || S_ISSOCK(there.st_mode) || S_ISBLK(there.st_mode))) {
    return "it is no regular file";
  }
  if (lstat(path_.c_str(), &there) != 0 && errno == ENOENT &&
      !write_whole_file(path_, first_page())) {
    return std::strerror(errno);
  }
  constexpr int kFlags = O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  file_.emplace(above_standard(::open(path_.c_str(), O_RDWR | kFlags, 0644)));
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
  open_page_.clear();
  ends_.clear();
  has_news_ = false;
  has_wrapped_ = false;
  growth_problem_.clear();
  struct stat there {};
  const bool is_new = fstat(file_->get(), &there) == 0 && there.st_size == kPageBytes;
  // A new one is whole already, by obstacle(); another is not before it is emptied.
  if (is_regular_ && !is_new && ftruncate(file_->get(), 0) != 0) return false;
  return put(first_page(), 0);
}

std::string TraceFile::first_page() const {
  std::string page = head_;
  page.resize(kPageBytes, ' ');
  page.back() = ']';
  return page;
}

/// False with errno.
bool TraceFile::put(std::string_view bytes, std::size_t offset) {
  int interruptions = 0;
  while (!bytes.empty()) {
    const ssize_t written =
        pwrite(file_->get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      offset += static_cast<std::size_t>(written);
    } else if (written == 0) {
      errno = EIO;
      return false;
    } else if (errno != EINTR || ++interruptions == kMostInterruptions) {
      return false;
    }
  }
  return true;
}

bool TraceFile::add(std::string_view events) {
  if (!file_ || events.size() > kMostEventBytes) return false;
  if (open_page_.size() + events.size() > kMostEventBytes) {
    if (buffered_ == kBufferPages - 1 && !flush()) return false;
    close_page();
    ++buffered_;
    open_page_.clear();
    ends_.clear();
  }
  open_page_ += events;
  ends_.push_back(open_page_.size());
  has_news_ = true;
  return true;
}

/// To the buffer, and a whole page of it. Blanks are spread over the messages: a viewer takes
/// quadratic time for many in a row.
void TraceFile::close_page() {
  const std::size_t blanks = (kPageBytes - open_page_.size()) / ends_.size();
  char* const page = buffer_.data() + buffered_ * kPageBytes;
  char* to = page;
  std::size_t at = 0;
  for (const std::size_t end : ends_) {
    to = std::copy_n(open_page_.data() + at, end - at, to);
    to = std::fill_n(to, blanks, ' ');
    at = end;
  }
  std::fill(to, page + kPageBytes, ' ');
}

bool TraceFile::flush() {
  if (!has_news_) return file_.has_value();
  close_page();
  const std::size_t begin = next_page_;
  for (std::size_t done = 0, count = buffered_ + 1; done != count;) {
    const std::size_t written = write(buffer_.data() + done * kPageBytes, count - done);
    if (written == 0) {
      next_page_ = begin;  // all of it once more, later
      return false;
    }
    done += written;
  }
  --next_page_;  // the open one
  buffered_ = 0;
  has_news_ = false;
  write_problem_.clear();
  return true;
}

/// Of so many pages as many as can be written in one piece; how many these are, 0 if none can.
/// Where the file cannot grow they go to the place that there is.
std::size_t TraceFile::write(char* pages, std::size_t count) {
  if (next_page_ == most_pages_) wrap();
  const std::size_t fitting = std::min(count, most_pages_ - next_page_);
  if (write_at(pages, fitting)) return fitting;
  if (next_page_ + fitting <= pages_) {
    write_problem_ = std::strerror(errno);
    return 0;
  }
  growth_problem_ = std::strerror(errno);
  if (pages_ == 1) return 0;
  if (next_page_ == pages_) wrap();
  const std::size_t left = std::min(count, pages_ - next_page_);
  if (write_at(pages, left)) return left;
  write_problem_ = std::strerror(errno);
  return 0;
}

void TraceFile::wrap() {
  next_page_ = 1;
  has_wrapped_ = true;
}

/// At the next page; false with errno. The array is whole whenever that is cut short.
bool TraceFile::write_at(char* pages, std::size_t count) {
  const std::size_t end = next_page_ + count;
  const std::size_t there = std::min(count, pages_ - next_page_);  // that are there already
  if (!overwrite(pages, there)) return false;
  if (there != count) {
    if (!grow(pages + there * kPageBytes, count - there)) return false;
    growth_problem_.clear();
  }
  next_page_ = end;
  return true;
}

/// Pages that are there. A write is cut between two pages at most, and each is whole by itself.
bool TraceFile::overwrite(char* pages, std::size_t count) {
  if (count == 0) return true;
  char& last = pages[count * kPageBytes - 1];
  if (next_page_ + count == pages_) last = ']';
  const bool is_written = put({pages, count * kPageBytes}, next_page_ * kPageBytes);
  last = ' ';  // once more it may not be the last one
  return is_written;
}

/// Appends pages: first as blanks, behind the array's end, which then goes from one to the next as
/// each is filled.
bool TraceFile::grow(char* pages, std::size_t count) {
  if (!is_regular_) {  // and keeps nothing
    pages_ += count;
    return put({pages, count * kPageBytes}, bytes() - count * kPageBytes);
  }
  const std::string blanks(count * kPageBytes, ' ');
  bool is_written = put(blanks, bytes());
  if (is_written) {
    ArrayEnd array_end(file_->get(), bytes(), blanks.size());
    for (; is_written && count != 0; --count, pages += kPageBytes) {
      is_written = append(pages, array_end);
    }
  }
  if (is_written) return true;
  const int error = errno;
  [[maybe_unused]] const int cut = ftruncate(file_->get(), static_cast<off_t>(bytes()));
  errno = error;
  return false;
}

/// One page, where blanks are.
bool TraceFile::append(char* page, ArrayEnd& array_end) {
  if (!array_end.go_on(bytes())) return false;
  page[kPageBytes - 1] = ']';
  const bool is_written = put({page, kPageBytes}, bytes());
  const int error = errno;
  page[kPageBytes - 1] = ' ';
  if (is_written) {
    ++pages_;
  } else {
    array_end.go_back(bytes());
  }
  errno = error;
  return is_written;
}

}  // namespace narrows::pipeline
