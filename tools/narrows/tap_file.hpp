// SPDX-License-Identifier: MIT
// The file that `narrows tap` writes: lines with their direction and time, at most 100 ms late.
// Format: docs/FORMATS.md.
//
// Memory: two buffers of kMostBuffered, whatever passes. They take memory only as they are filled.
// Threads: any. One thread at a time writes to the file, the others only append to memory.
// Errors: what keeps the file from taking all is said once on stderr, and tried again; what passes
// is not held up.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

namespace narrows::tools {

enum class Direction : std::uint8_t { in, out };

class TapFile {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kFlushInterval{50};
  static constexpr std::chrono::seconds kPatience{1};  // at the end, with a file that takes nothing
  static constexpr std::size_t kMostBuffered = std::size_t{16} << 20;

  /// Throws std::system_error if the file cannot be made.
  TapFile(const std::string& path, char* const* command);
  /// Calls finish().
  ~TapFile();
  TapFile(const TapFile&) = delete;
  TapFile& operator=(const TapFile&) = delete;

  /// A whole line, or what there was of it.
  enum class Part : std::uint8_t { whole, unfinished, cut, cut_and_unfinished };
  void add(Direction direction, std::string_view line, Clock::time_point when, Part part);

  /// What became of what was added: all is written, the file takes no more now, or cannot be
  /// written.
  enum class Flushed : std::uint8_t { all, blocked, failed };
  /// Writes what was added before, as far as the file takes it without waiting.
  Flushed flush();
  /// Writes it all, unless the file takes nothing for kPatience, cannot be written, or stopped().
  void finish(const std::function<bool()>& stopped);

 private:
  void append(Direction direction, std::string_view line, double us, Part part);
  void drop(double us);
  Flushed try_flush();
  void flush_loop(const std::stop_token& stop);
  Flushed write();
  void take();
  void append_dropped();
  void wait_until_writable() const;
  void say(std::string_view what);

  const std::string path_;
  const Clock::time_point start_ = Clock::now();
  int file_;
  std::atomic<std::uint64_t> bytes_taken_{0};  // by the file
  std::mutex writing_;                         // of what follows
  std::string writing_text_;
  std::size_t written_ = 0;  // bytes of it
  bool said_ = false;
  std::mutex mutex_;  // of what follows
  std::condition_variable_any changed_;
  std::string added_;
  std::uint64_t dropped_ = 0;  // lines since the last record of them
  double dropped_us_ = 0;      // when the last of them passed
  bool has_dropped_ = false;   // ever
  std::jthread flusher_;
};

/// Cuts what passes in one direction into lines, and adds them to the file.
class LineRecord {
 public:
  static constexpr std::size_t kLongestLine = std::size_t{4} << 20;

  LineRecord(TapFile& file, Direction direction);

  void add(std::string_view bytes, TapFile::Clock::time_point when);
  /// The stream is at its end.
  void end();

 private:
  void keep(std::string_view bytes);
  void add_kept(TapFile::Clock::time_point when, bool unfinished);

  TapFile& file_;
  const Direction direction_;
  std::string line_;  // what there is of it; its memory is taken once, and used as it is filled
  bool cut_ = false;
};

}  // namespace narrows::tools
