// SPDX-License-Identifier: MIT
// Descriptors that are shared with whoever started the program: never made non-blocking.
//
// Errors: interrupted calls are repeated (not for ever: see Refusals); everything else is told by
//   errno.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

namespace narrows {

/// A descriptor that is closed with the object.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  /// Closes it. False with errno where something that was written could not be kept.
  [[nodiscard]] bool close();

 private:
  int fd_;
};

/// Moves a fresh descriptor out of the way of 0, 1 and 2, which may have been closed by the parent.
[[nodiscard]] Descriptor above_standard(int fd);

/// Counts how often in a row a call was interrupted or put off although the descriptor is ready:
/// one on which nothing else happens is broken, and not to be tried for ever.
class Refusals {
 public:
  static constexpr int kMost = 100;

  /// One more of a call that waits for `events`, as of poll. Keeps errno. All of them take about a
  /// tenth of a second.
  [[nodiscard]] bool are_too_many(int fd, short events);

 private:
  int count_ = 0;
};

/// Reads without waiting from whatever a descriptor stands for.
class AvailableReader {
 public:
  explicit AvailableReader(int fd);

  /// Bytes read; 0 at the end; -1 with errno, EAGAIN when nothing is there yet.
  ssize_t read(std::span<char> space);

 private:
  enum class Way {
    plain,    // a file: always ready
    no_wait,  // asked not to block, for this one call
    poll      // where that cannot be asked
  };

  [[nodiscard]] ssize_t try_read(std::span<char> space) const;
  [[nodiscard]] ssize_t give_up();

  int fd_;
  Way way_;
  Refusals refusals_;
};

/// Writes all of it, waiting as long as that takes. False with errno when it cannot.
bool write_all(int fd, std::string_view bytes);

/// Writes if that is possible without waiting; up to PIPE_BUF bytes go whole. False if not.
bool write_if_ready(int fd, std::string_view bytes);

/// Waits until one of the descriptors can be read (or has ended), or for so long; none: for ever.
void wait_readable(std::span<const int> descriptors,
                   std::optional<std::chrono::nanoseconds> timeout = {});

}  // namespace narrows
