// SPDX-License-Identifier: MIT
// Reads stdin 64 KiB at a time and gives out its lines as views of one reused buffer.
//
// Order: read(), then next() until it is empty; the views live until the next read().
// Bound: the buffer grows to the longest line and is kept; the rest of a line that a read cut off
//   is moved to its front.
// Threads: one.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

/// Writes all of `bytes`; false when the descriptor takes no more.
inline bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

class LineReader {
 public:
  static constexpr std::size_t kReadBytes = 64 * 1024;

  /// Every line has at least `padding_bytes` readable bytes behind it.
  explicit LineReader(std::size_t padding_bytes)
      : padding_bytes_(padding_bytes), buffer_(2 * kReadBytes + padding_bytes) {}

  /// False at the end of input, after the last line, which may lack its newline, was given out.
  bool read() {
    if (ended_) return false;
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    searched_ = end_;
    begin_ = 0;
    if (buffer_.size() < end_ + kReadBytes + padding_bytes_) buffer_.resize(2 * buffer_.size());
    ssize_t count;
    do {
      count = ::read(0, buffer_.data() + end_, kReadBytes);
    } while (count < 0 && errno == EINTR);
    fresh_ = {buffer_.data() + end_, static_cast<std::size_t>(count > 0 ? count : 0)};
    ended_ = fresh_.empty();
    end_ += fresh_.size();
    return !ended_ || begin_ < end_;
  }

  /// The bytes of the last read().
  [[nodiscard]] std::string_view fresh() const { return fresh_; }

  /// The next line without its newline, if there is a whole one.
  std::optional<std::string_view> next() {
    const char* const found =
        static_cast<const char*>(std::memchr(buffer_.data() + searched_, '\n', end_ - searched_));
    if (found == nullptr && !(ended_ && begin_ < end_)) return std::nullopt;
    const char* const stop = found != nullptr ? found : buffer_.data() + end_;
    const std::string_view line(buffer_.data() + begin_,
                                static_cast<std::size_t>(stop - buffer_.data()) - begin_);
    begin_ = searched_ = found != nullptr ? begin_ + line.size() + 1 : end_;
    return line;
  }

 private:
  const std::size_t padding_bytes_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;     // first byte not yet given out
  std::size_t searched_ = 0;  // no newline in [begin_, searched_)
  std::size_t end_ = 0;       // end of what was read
  std::string_view fresh_;
  bool ended_ = false;
};
