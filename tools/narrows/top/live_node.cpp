// SPDX-License-Identifier: MIT
#include "top/live_node.hpp"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "text.hpp"
#include "top/units.hpp"

namespace narrows::tools {
namespace {

constexpr double kMinuteSeconds = 60;
constexpr std::int64_t kOld = 2'000'000'000;  // of an answer
// From there on the latency is the generator's, in part: as `bench` judges it.
constexpr double kMostLagUs = 1000;
constexpr double kMostLagShare = 0.1;

std::string words(char* const* command) {
  std::string text;
  for (; *command != nullptr; ++command) text.append(text.empty() ? "" : " ").append(*command);
  return printable(text);
}

double usable_cpus() {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? std::max(CPU_COUNT(&set), 1) : 1;
}

double as_double(std::uint64_t count) { return static_cast<double>(count); }

void watch_for(int epoll, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  if (descriptor >= 0) epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

std::optional<NodeFigures> figures_of(const std::string& body) {
  const auto stats = body.empty() ? std::nullopt : json::Value::parse(body);
  if (!stats) return std::nullopt;
  return NodeFigures::read(*stats);
}

}  // namespace

LiveNode::LiveNode(const Load& load, char* const* command, bool asks, StderrCatcher* node_stderr,
                   std::function<void()> on_start)
    : load_(load),
      subject_(words(command)),
      cpus_(usable_cpus()),
      on_start_(std::move(on_start)),
      over_event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      descriptor_(epoll_create1(EPOLL_CLOEXEC)),
      inquiry_(asks),
      stderr_(node_stderr) {
  watch_for(descriptor_, over_event_);
  if (stderr_ != nullptr) watch_for(descriptor_, stderr_->descriptor());
}

LiveNode::~LiveNode() {
  close(descriptor_);
  close(over_event_);
}

/// Of the last second, but for what is counted since the start.
Outside LiveNode::outside_of(const Sight& sight) const {
  const Point& point = sight.figures.series().back();
  const Summary& us = sight.figures.last_second();
  const double seconds = std::max(point.seconds, 1e-3);
  Outside outside;
  outside.per_second = as_double(point.answered) / seconds;
  if (load_.pace == Pace::rate) outside.offered_per_second = load_.rate;
  if (us.count > 0) outside.latency = {us.avg, us.p50, us.p90, us.p99, us.p999, us.max};
  outside.cpu = (point.usage.user_s + point.usage.system_s) / seconds;
  outside.cpus = cpus_;
  outside.rss_bytes = as_double(point.usage.rss_bytes);
  outside.stdin_blocked = std::min(point.write_blocked_s / seconds, 1.0);
  const double lag_us = sight.figures.send_lag().summary().p99;
  const double latency_us = sight.figures.latency().summary().p99;
  if (lag_us > std::max(kMostLagUs, kMostLagShare * latency_us)) outside.generator_lag_us = lag_us;
  return outside;
}

void LiveNode::look(const Sight& sight) {
  now_ns_ = sight.now_ns;
  const auto& series = sight.figures.series();
  const bool is_new = !series.empty() && series.back().end_s != last_end_s_;
  std::optional<Outside> outside;
  if (is_new) {
    outside = outside_of(sight);
    last_end_s_ = series.back().end_s;
    const Latency& us = outside->latency;
    history_.push_back(
        {last_end_s_, std::min(series.back().seconds, 1.0), outside->per_second, us.avg, us.p99});
    std::erase_if(history_, [&](const Moment& moment) {
      return moment.end_s < last_end_s_ - kMinuteSeconds - 1;
    });
  }
  const std::lock_guard lock(mutex_);
  if (is_new) {
    board_.outside = outside;
    board_.history = history_;
  }
  board_.now_ns = sight.now_ns;
  board_.no_stages = inquiry_.refusal(sight.now_ns);
  if (!board_.outside) return;
  Outside& now = *board_.outside;
  now.elapsed_s = static_cast<double>(sight.now_ns) / 1e9;
  now.waiting = as_double(sight.waiting);
  now.answered = as_double(sight.tally.answered);
  now.errors = as_double(sight.tally.errors());
  now.wrong = as_double(sight.tally.wrong);
  now.duplicated = as_double(sight.tally.duplicated);
  now.unsolicited = as_double(sight.tally.unsolicited);
}

std::string_view LiveNode::question(std::int64_t now_ns) { return inquiry_.question(now_ns); }

void LiveNode::answered(const Answer& answer) {
  const bool has_figures = inquiry_.answered(answer, now_ns_);
  const std::lock_guard lock(mutex_);
  board_.answered_ns = now_ns_;
  if (!has_figures) return;
  (inquiry_.asked_for_last() ? board_.last_body : board_.all_body) = answer.body;
  ++board_.bodies;
}

void LiveNode::announce() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(over_event_, &one, sizeof one);
}

void LiveNode::ending(bool stopped) {
  {
    const std::lock_guard lock(mutex_);
    board_.is_ending = true;
  }
  if (!stopped) return;
  over_.store(true, std::memory_order_release);
  announce();
}

void LiveNode::finish() {
  over_.store(true, std::memory_order_release);
  finished_.store(true, std::memory_order_release);
  announce();
}

bool LiveNode::attend() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t bytes = read(over_event_, &count, sizeof count);
  if (stderr_ != nullptr) stderr_->take();
  return !over_.load(std::memory_order_acquire);
}

void LiveNode::begin_anew() {
  inquiry_ = Inquiry(false);
  history_.clear();
  last_end_s_ = 0;
  const std::lock_guard lock(mutex_);
  const std::uint64_t bodies = board_.bodies + 1;
  board_ = {};
  board_.bodies = bodies;
  board_.restart = "the node ended when it was asked for bench_stats: this is another, not asked";
}

View LiveNode::view() {
  Board board;
  {
    const std::lock_guard lock(mutex_);
    board = board_;
  }
  if (board.bodies != parsed_) {
    parsed_ = board.bodies;
    last_ = figures_of(board.last_body);
    all_ = figures_of(board.all_body);
  }
  View view;
  view.subject = subject_;
  view.last = last_;
  view.all = all_;
  view.outside = board.outside;
  view.history = std::move(board.history);
  view.now_s = view.history.empty() ? 0 : static_cast<double>(board.now_ns) / 1e9;
  view.blocked_s = all_ ? (last_ ? last_ : all_)->blocked_s : 0;
  const bool is_over = over_.load(std::memory_order_acquire);
  view.status = board.is_ending && !is_over ? "ending"
                : board.now_ns < 0          ? "starting"
                                            : elapsed_text(static_cast<double>(board.now_ns) / 1e9);
  if (!board.no_stages.empty()) {
    view.no_stages = joined({"no stages, only what is seen from outside: ", board.no_stages});
  }
  if (!board.restart.empty()) view.add_notice(board.restart);
  const bool is_old = all_ && board.now_ns - board.answered_ns > kOld;
  if (is_old) {
    view.add_notice(joined({"the node's own figures are ",
                            age_text(static_cast<double>(board.now_ns - board.answered_ns) / 1e9),
                            " old: it has not answered since"}));
  }
  if (const std::string said = stderr_ == nullptr ? "" : stderr_->last(); !said.empty()) {
    view.add_notice(joined({"stderr: ", said}));
  }
  if (board.now_ns < 0) {
    view.add_notice("the node runs; it has not answered init yet");
  }
  return view;
}

}  // namespace narrows::tools
