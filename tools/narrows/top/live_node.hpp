// SPDX-License-Identifier: MIT
// A node under load as a source: what its clients see, and what it says of itself.
//
// Threads: an Observer to the thread that drives the node, a Source to the one that shows it;
//   what they share is copied under a mutex.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "observer.hpp"
#include "top/inquiry.hpp"
#include "top/source.hpp"
#include "top/stderr_catcher.hpp"

namespace narrows::tools {

class LiveNode final : public Observer, public Source {
 public:
  /// `on_start` is called when the node runs. It is not asked for its own figures unless `asks`.
  /// The catcher has its stderr, if anything does, and is attend()'s from then on.
  LiveNode(const Load& load, char* const* command, bool asks, StderrCatcher* node_stderr,
           std::function<void()> on_start);
  ~LiveNode();
  LiveNode(const LiveNode&) = delete;
  LiveNode& operator=(const LiveNode&) = delete;

  void started() override { on_start_(); }
  void look(const Sight& sight) override;
  [[nodiscard]] std::string_view question(std::int64_t now_ns) override;
  void answered(const Answer& answer) override;
  [[nodiscard]] bool has_enough() const override {
    return has_enough_.load(std::memory_order_relaxed);
  }

  void ending(bool stopped) override;

  [[nodiscard]] View view() override;
  [[nodiscard]] bool attend() override;
  [[nodiscard]] int descriptor() const override { return descriptor_; }

  /// The run is to end: whoever shows it has been told so.
  void stop() { has_enough_.store(true, std::memory_order_relaxed); }
  /// The run has ended.
  void finish();
  [[nodiscard]] bool is_finished() const { return finished_.load(std::memory_order_acquire); }
  /// The node was asked, and never answered: it may not have got over it.
  [[nodiscard]] bool question_is_open() const { return inquiry_.is_open(); }
  /// A new node takes the place of the one that ended. It is not asked.
  void begin_anew();

 private:
  struct Board {  // shared
    std::optional<Outside> outside;
    std::string last_body, all_body;  // as the node sent them
    std::uint64_t bodies = 0;         // so many came
    std::int64_t answered_ns = 0;
    std::int64_t now_ns = -1;  // below 0: there is no load yet
    std::string no_stages;
    std::vector<Moment> history;
    std::string restart;  // why it was started again; empty: it was not
    bool is_ending = false;
  };

  [[nodiscard]] Outside outside_of(const Sight& sight) const;
  void announce() const;

  const Load load_;
  const std::string subject_;
  const double cpus_;
  const std::function<void()> on_start_;
  const int over_event_;  // an eventfd
  const int descriptor_;  // an epoll of it and of the node's stderr
  std::atomic<bool> has_enough_{false};
  std::atomic<bool> over_{false};
  std::atomic<bool> finished_{false};

  // Of the thread that drives.
  Inquiry inquiry_;
  std::int64_t now_ns_ = 0;
  double last_end_s_ = 0;
  std::vector<Moment> history_;

  std::mutex mutex_;
  Board board_;

  // Of the thread that shows.
  StderrCatcher* const stderr_;  // null: its stderr goes elsewhere
  std::uint64_t parsed_ = 0;     // of the bodies
  std::optional<NodeFigures> last_, all_;
};

}  // namespace narrows::tools
