// SPDX-License-Identifier: MIT
// The fourth thread: writes log lines, --profile-out, --trace and --stats-every, so that no file
// and no stderr ever holds up a stage.
//
// Cost: asleep without a deadline unless messages flow, stdout is blocked, or a suppressed log line
//   is still to be mentioned.
// Errors: a file that cannot be written is said once, and tried again; a stderr that cannot be
//   written loses its lines, which are counted. Without memory it tries again, a second later.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "narrows/options.hpp"
#include "pipeline/log.hpp"
#include "pipeline/log_printer.hpp"
#include "pipeline/shared_books.hpp"
#include "pipeline/trace_writer.hpp"

namespace narrows::pipeline {

class Reporter {
 public:
  /// Starts the thread. `tracer`: null when nothing is traced. Throws std::system_error if it
  /// cannot be started.
  Reporter(const Options& options, SharedBooks& books, Log& log, Tracer* tracer);
  /// Writes the last state; the stages must have ended.
  ~Reporter();
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

 private:
  void run();
  [[nodiscard]] Parking::Timeout try_tick(bool ending);
  [[nodiscard]] Parking::Timeout tick(bool ending);
  void wake_up(std::uint64_t now);
  void end_window(std::uint64_t now);
  void report(std::uint64_t now, bool ending);
  void refresh_figures();
  [[nodiscard]] bool nothing_new();
  [[nodiscard]] std::uint64_t summary_period_ns() const;
  [[nodiscard]] std::uint64_t summary_messages_or_total() const;
  void write_profile();
  void print_summary(std::uint64_t now);
  void print_lines();
  void mention_suppressed();
  void mention_lost();
  void say_lost();
  void print(LogLevel level, Log::Time time, std::string_view text);

  const Options& options_;
  SharedBooks& books_;
  Log& log_;
  LogPrinter printer_;
  const bool has_files_;
  std::optional<TraceWriter> trace_;
  std::vector<char> text_;
  Snapshot figures_;                  // the latest
  std::uint64_t reported_lines_ = 0;  // in the figures before the latest
  std::uint64_t seen_lines_ = 0;      // when the last window ended
  bool asleep_ = true;                // nothing is due until there is news
  bool profile_failed_ = false;
  bool is_lack_said_ = false;  // of memory
  std::uint64_t next_window_ns_ = 0;
  std::uint64_t next_profile_ns_ = 0;
  std::uint64_t next_summary_ns_ = 0;
  std::uint64_t summary_messages_ = 0;
  std::uint64_t summary_ns_ = 0;
  std::uint64_t mention_at_ns_ = 0;  // 0: no line was printed lately
  std::uint64_t unprintable_ = 0;    // lines that stderr did not take
  std::atomic<bool> ending_{false};
  std::jthread thread_;
};

}  // namespace narrows::pipeline
