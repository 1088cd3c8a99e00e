// SPDX-License-Identifier: MIT
// The --profile-out file of a node that runs, looked at again and again.
//
// The file is replaced while messages flow and while the node's stdout is blocked, so one that is
// not says something as well: that no messages come, that the node has ended, or was stopped.
// Bound: kMostBytes of a file, the moments of a minute.
// Threads: one.
#pragma once

#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "signals.hpp"
#include "top/source.hpp"

namespace narrows::tools {

class ProfileSource final : public Source {
 public:
  using Clock = std::chrono::steady_clock;

  /// A file that is not there yet is waited for. It is over after `duration`, if there is one.
  /// Throws std::runtime_error, with one sentence, if there is a file that is no profile.
  ProfileSource(std::string path, std::optional<std::chrono::nanoseconds> duration);

  /// From now on it is over as well when the node has ended, as far as that can be told.
  void end_with_node() { ends_with_node_ = true; }

  [[nodiscard]] View view() override;
  [[nodiscard]] bool attend() override;
  [[nodiscard]] int descriptor() const override { return signals_.descriptor(); }

  /// The signal that asked to stop; 0: none.
  [[nodiscard]] int stop_signal() const { return stop_signal_; }
  /// Why it cannot go on, one sentence; empty: it can.
  [[nodiscard]] const std::string& problem() const { return problem_; }

  static constexpr std::size_t kMostBytes = std::size_t{4} << 20;

 private:
  enum class Writer { unknown, seen, gone };

  void look();
  void add_to_history(const json::Value& profile);
  void look_for_writer();
  [[nodiscard]] bool has_ended() const;
  [[nodiscard]] double age_s() const;
  void say_how_old(View& view) const;

  const std::string path_;
  const std::string name_;  // printable
  const std::optional<std::chrono::nanoseconds> duration_;
  bool ends_with_node_ = false;
  const Clock::time_point start_ = Clock::now();
  Signals signals_;
  int stop_signal_ = 0;
  std::string problem_;

  struct stat seen_ {};  // the file that was read last
  bool is_there_ = false;
  std::optional<Clock::time_point> unreadable_since_;
  std::string doubt_;  // why it is unreadable
  Clock::time_point changed_;
  double age_then_s_ = 0;  // of the file, when it was read

  std::optional<NodeFigures> last_, all_;
  std::vector<Moment> windows_;  // of the file
  std::vector<Moment> noted_;    // while it was watched
  double end_s_ = 0;             // of the history, on its clock

  Writer writer_ = Writer::unknown;
  Clock::time_point next_search_;
};

}  // namespace narrows::tools
