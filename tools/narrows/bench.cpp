// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "breakdown.hpp"
#include "driver.hpp"
#include "judge.hpp"
#include "own_process.hpp"
#include "progress.hpp"
#include "replies.hpp"
#include "sender.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using Clock = Driver::Clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr std::size_t kLongestLine = std::size_t{8} << 20;  // beyond a request
constexpr nanoseconds kTick = 100ms;                        // to look at the clock
constexpr std::int64_t kSecond = 1'000'000'000;

constexpr milliseconds kInitPatience = 10s;
constexpr milliseconds kStatsPatience = 2s;
constexpr milliseconds kEndPatience = 5s;        // after the end of its input
constexpr milliseconds kBrokenPatience = 500ms;  // the same for a node that is broken anyway

constexpr std::uint64_t kInitId = 1;
constexpr std::uint64_t kStatsId = 2;
constexpr std::uint64_t kWatchId = 3;  // what an observer asks
constexpr std::string_view kInit =
    R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
    "\n";
constexpr std::string_view kStats =
    R"({"src":"c0","dest":"n1","body":{"type":"bench_stats","msg_id":2}})"
    "\n";
constexpr std::string_view kStatsAndReset =
    R"({"src":"c0","dest":"n1","body":{"type":"bench_stats","msg_id":2,"reset":true}})"
    "\n";

std::size_t longest_line(const Load& load) { return load.line_bytes + kLongestLine; }

class Bench {
 public:
  Bench(Driver& driver, const Load& load, char* const* command, Observer* observer = nullptr)
      : driver_(driver),
        observer_(observer),
        checker_(load, result_.figures),
        sender_(load, driver, checker_, result_.figures),
        may_ask_(observer == nullptr) {
    result_.load = load;
    for (; *command != nullptr; ++command) result_.command.emplace_back(*command);
  }

  /// From the node's start to its end.
  Result run() {
    if (observer_ != nullptr) observer_->started();
    if (init() && feed()) ask_for_stats(kStats);
    finish();
    judge(result_, course_);
    return std::move(result_);
  }

  /// In between: `first` if the node has had no `init` yet. It is ended only if it broke.
  Result run_on(bool first) {
    if (first && !init()) {
      finish();
    } else {
      const Usage before = usage_of_tree(driver_.child().pid());
      if (feed()) ask_for_stats(kStatsAndReset);
      if (course_.phase == Phase::end) {
        let_live(before);
      } else {
        finish();
      }
    }
    judge(result_, course_);
    return std::move(result_);
  }

 private:
  bool init();
  bool feed();
  void observe();
  void ask_for_stats(std::string_view question);
  void finish();
  void let_live(const Usage& before);

  [[nodiscard]] bool is_over();
  [[nodiscard]] std::int64_t drain_limit() const;
  [[nodiscard]] nanoseconds until_next() const;
  void look_for_hang(std::uint64_t closed_before, bool wrote);
  void close_second();
  void end_load();

  bool ask(std::string_view request, std::uint64_t id, milliseconds patience);
  bool await(std::string_view request, milliseconds patience);
  void take();
  bool cannot_go_on();
  void problem(std::string sentence) {
    if (result_.problem.empty()) result_.problem = std::move(sentence);
  }
  [[nodiscard]] std::string example() const {
    const std::string& line = checker_.tally().example;
    return line.empty() ? line : joined({"; ", line});
  }
  [[nodiscard]] std::string so_far() const {
    return tools::so_far(course_.phase, result_.load, checker_.tally(), driver_.unfinished_bytes());
  }
  [[nodiscard]] std::int64_t since_start() const {
    return std::chrono::duration_cast<nanoseconds>(Clock::now() - start_).count();
  }

  Driver& driver_;
  Observer* const observer_;  // null: none
  Result result_;
  Checker checker_;
  Sender sender_;
  Course course_;
  bool gone_ = false;     // the process has ended, or its stdout
  bool gave_up_ = false;  // no reply for long: the requests that wait are lost
  std::string doubt_;     // unless it says no more at all: then this is the problem

  // Of the load; times in nanoseconds since start_.
  Clock::time_point start_ = Clock::now();
  std::int64_t now_ = 0;
  std::int64_t from_ = 0;           // is measured
  std::int64_t until_ = INT64_MAX;  // is sent
  std::int64_t last_move_ = 0;      // that showed the node alive
  std::int64_t last_reply_ = 0;
  std::int64_t next_second_ = kSecond;
  std::int64_t next_look_ = 0;  // of the observer
  bool asking_ = false;         // it waits for an answer
  bool may_ask_;                // the node: an observer that never asks has a reason
  std::int64_t last_second_ = 0;
  std::int64_t blocked_before_ = 0;  // the second began
  Usage usage_before_;
  struct {
    std::uint64_t in = 0, out = 0;
  } bytes_before_;
};

bool Bench::init() {
  if (ask(kInit, kInitId, kInitPatience)) {
    if (checker_.answer()->type == "init_ok") return true;
    problem(joined({"the node did not answer init with init_ok, but with ",
                    printable(checker_.answer()->body)}));
  } else if (!cannot_go_on()) {
    problem(joined({"the node did not answer init within 10 s", example()}));
  }
  return false;
}

/// True when all was sent, and every request has its reply, or will get none.
bool Bench::feed() {
  course_.phase = Phase::load;
  const Load& load = result_.load;
  from_ = load.warmup.count();
  if (load.duration) until_ = from_ + load.duration->count();
  result_.figures.measure(from_, until_);
  std::optional<Progress> progress;
  if (observer_ == nullptr) progress.emplace(load);
  const ExactTimers exact_timers;
  const double cpu_before = own_cpu_s();
  usage_before_ = usage_of_tree(driver_.child().pid());
  bytes_before_ = {driver_.bytes_written(), driver_.bytes_read()};
  start_ = Clock::now();
  now_ = 0;  // it was the time since we began to start the node
  sender_.start(start_, until_);
  while (!is_over()) {
    now_ = since_start();
    const std::uint64_t written = sender_.written();
    const std::uint64_t closed = checker_.tally().closed();
    sender_.offer(now_);
    const Driver::Ready ready = driver_.wait(sender_.wants_to_write(), until_next());
    now_ = since_start();
    if (ready.to_read) take();
    if (ready.to_write) sender_.write();
    if (!ready.to_read && !ready.to_write) gone_ = gone_ || driver_.child().has_ended();
    look_for_hang(closed, sender_.written() != written);
    if (now_ >= next_second_) close_second();
    if (progress) progress->show(now_, result_.figures, checker_.tally());
    if (observer_ != nullptr && now_ >= next_look_) observe();
  }
  now_ = since_start();
  end_load();
  result_.generator_cpu_s = own_cpu_s() - cpu_before;
  return !cannot_go_on();
}

/// Nothing more will be sent, and what was sent is answered or given up.
bool Bench::is_over() {
  if (cannot_go_on() || gave_up_) return true;
  if (!sender_.is_done(now_)) return false;
  if (checker_.waiting() == 0) return true;
  return now_ >= until_ && now_ - until_ > drain_limit();
}

/// An overloaded node is not waited for until its backlog is gone; but long enough to tell it from
/// one that hangs, or has lost a request.
std::int64_t Bench::drain_limit() const {
  return std::max(result_.load.patience + 1s, *result_.load.duration).count();
}

/// How long nothing will happen unless the node does something.
nanoseconds Bench::until_next() const {
  const std::int64_t at = std::min({next_second_, now_ + kTick.count(), sender_.next_ns(now_)});
  return nanoseconds(std::max<std::int64_t>(at - since_start(), 0));
}

void Bench::look_for_hang(std::uint64_t closed_before, bool wrote) {
  const std::uint64_t waiting = checker_.waiting();
  if (sender_.too_many_unanswered()) {
    problem(joined({"the node leaves ", grouped(waiting), " requests unanswered"}));
  }
  if (checker_.tally().closed() != closed_before) last_reply_ = last_move_ = now_;
  if (waiting == 0 || (wrote && result_.load.pace == Pace::max)) last_move_ = now_;
  if (now_ - last_move_ <= result_.load.patience.count()) return;
  std::string sentence =
      joined({"the node ", driver_.input_broken() ? "closed its stdin" : "hangs", ": no reply for ",
              seconds(result_.load.patience), " ", so_far(), example()});
  if (sender_.wants_to_write()) return problem(std::move(sentence));
  gave_up_ = true;
  // Unless later ones were answered, it may hang, or have lost the last: it will be asked.
  if (checker_.passed() != sender_.rendered()) doubt_ = std::move(sentence);
}

/// Requests that nobody will answer, or send: how long they have waited counts.
void Bench::end_load() {
  if (now_ > last_second_) close_second();
  Figures& figures = result_.figures;
  result_.load_s = static_cast<double>(now_) / 1e9;
  const bool in_time = now_ >= until_;
  const std::int64_t end = in_time ? until_ : last_reply_;
  result_.elapsed_s = static_cast<double>(std::max<std::int64_t>(end - from_, 0)) / 1e9;
  result_.write_blocked_s = static_cast<double>(blocked_before_) / 1e9;
  result_.sent = sender_.written();
  result_.rendered = sender_.rendered();
  if (!in_time || gave_up_ || cannot_go_on()) return;
  checker_.for_each_waiting([&](std::int64_t due) { figures.never_answered(due, now_); });
  result_.unanswered = result_.sent - std::min(result_.sent, checker_.tally().closed());
  const Sender::Rest rest = sender_.give_up(now_);
  result_.unsent = rest.unsent;
  result_.held_back = rest.held_back;
}

void Bench::close_second() {
  const Usage usage = usage_of_tree(driver_.child().pid());
  Usage used = usage;
  used.user_s -= usage_before_.user_s;
  used.system_s -= usage_before_.system_s;
  used.context_switches -= std::min(usage_before_.context_switches, usage.context_switches);
  const std::int64_t blocked = sender_.blocked_ns(now_);
  const auto seconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e9; };
  Point point;
  point.end_s = seconds(now_);
  point.seconds = seconds(now_ - last_second_);
  point.usage = used;
  point.bytes_in = driver_.bytes_written() - bytes_before_.in;
  point.bytes_out = driver_.bytes_read() - bytes_before_.out;
  point.write_blocked_s = seconds(blocked - blocked_before_);
  result_.figures.close_second(point);
  bytes_before_ = {driver_.bytes_written(), driver_.bytes_read()};
  usage_before_ = usage;
  blocked_before_ = blocked;
  last_second_ = now_;
  next_second_ = (now_ / kSecond + 1) * kSecond;
}

/// Shows the observer how things stand, and passes its question on in between the requests.
void Bench::observe() {
  next_look_ = now_ + kTick.count();
  observer_->look(
      {now_, result_.figures, checker_.tally(), checker_.waiting(), sender_.blocked_ns(now_)});
  if (asking_ && checker_.answer()) {
    asking_ = false;
    observer_->answered(*checker_.answer());
  }
  if (asking_) return;
  const std::string_view question = observer_->question(now_);
  if (question.empty()) return;
  asking_ = may_ask_ = true;
  checker_.expect(kWatchId);
  sender_.interject(joined({R"({"src":"c0","dest":"n1","body":{"msg_id":)",
                            std::to_string(kWatchId), ",", question, "}}\n"}));
}

/// A node that does not know the question, or dies of it, just has no breakdown.
void Bench::ask_for_stats(std::string_view question) {
  course_.phase = Phase::stats;
  const std::string rest = sender_.rest_of_line();
  bool answers = false;
  if (asking_ && !checker_.answer()) {  // an observer's question will do
    answers = await(rest, kStatsPatience);
  } else if (may_ask_) {
    answers = ask(joined({rest, question}), kStatsId, kStatsPatience);
  }
  if (answers) {
    const Answer& answer = *checker_.answer();
    if (answer.type == "bench_stats_ok" && is_breakdown(answer.body)) {
      result_.bench_stats = answer.body;
    }
  } else if (!doubt_.empty()) {
    course_.phase = Phase::load;
    return problem(std::move(doubt_));
  }
  if (!cannot_go_on()) course_.phase = Phase::end;
}

bool Bench::ask(std::string_view request, std::uint64_t id, milliseconds patience) {
  checker_.expect(id);
  return await(request, patience);
}

/// Writes the request, and reads until the answer that is expected has come.
bool Bench::await(std::string_view request, milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  while (!checker_.answer() && !cannot_go_on() && Clock::now() < deadline) {
    const Driver::Ready ready = driver_.wait(!request.empty(), kTick);
    if (ready.to_read) take();
    if (ready.to_write) request.remove_prefix(driver_.write(request));
    if (!ready.to_read && driver_.child().has_ended()) gone_ = true;
  }
  return checker_.answer().has_value();
}

/// Reads and checks what the node wrote.
void Bench::take() {
  if (!driver_.read()) {
    gone_ = gone_ || driver_.output_ended();
    return;
  }
  now_ = since_start();
  const bool broken_before = !checker_.broken().empty();
  driver_.done(checker_.take(driver_.begin(), driver_.end(), now_));
  if (!checker_.broken().empty()) {
    driver_.done(driver_.end());
    if (course_.phase == Phase::init && checker_.answer()) course_.phase = Phase::load;
    if (broken_before || course_.phase == Phase::stats) return;
    problem(
        joined({"the node wrote a line that is no message ", so_far(), ": ", checker_.broken()}));
  } else if (driver_.line_too_long()) {
    const std::string bytes = grouped(driver_.unfinished_bytes());
    driver_.done(driver_.end());
    problem(joined({"the node wrote ", bytes, " bytes without a newline ", so_far()}));
  }
}

bool Bench::cannot_go_on() {
  if (observer_ != nullptr && observer_->has_enough()) driver_.stop(SIGINT);
  return gone_ || !result_.problem.empty() || !checker_.broken().empty() || driver_.stops() > 0;
}

void Bench::finish() {
  if (observer_ != nullptr) observer_->ending(driver_.stops() > 0);
  const bool broken = course_.phase != Phase::end;
  const auto seen = driver_.see_off(broken ? kBrokenPatience : kEndPatience, [this] { take(); });
  course_.signal_sent = seen.signal_sent;
  result_.node = seen.ending;
  result_.stop_signal = driver_.stop_signal();
  result_.replies = checker_.tally();
  result_.bytes_in = driver_.bytes_written();
  result_.bytes_out = driver_.bytes_read();
  course_.unfinished_bytes = driver_.unfinished_bytes();
}

/// What it used since then, in place of what it used in all.
void Bench::let_live(const Usage& before) {
  const Usage now = usage_of_tree(driver_.child().pid());
  result_.node.user_s = now.user_s - before.user_s;
  result_.node.system_s = now.system_s - before.system_s;
  result_.node.context_switches =
      now.context_switches - std::min(now.context_switches, before.context_switches);
  result_.node.peak_rss_bytes = now.peak_rss_bytes;
  result_.stop_signal = driver_.stop_signal();
  result_.replies = checker_.tally();
}

}  // namespace

Result run_bench(const Load& load, char* const* command, Observer* observer) {
  Driver driver(command, {longest_line(load), Checker::kSlackBytes, pipe_bytes(load)});
  return Bench(driver, load, command, observer).run();
}

KeptNode::KeptNode(const Load& largest, char* const* command)
    : command_(command),
      driver_(command, {longest_line(largest), Checker::kSlackBytes, pipe_bytes(largest)}) {}

Result KeptNode::run(Load load) {
  load.id_offset = rendered_;
  const std::uint64_t bytes_in = driver_.bytes_written();
  const std::uint64_t bytes_out = driver_.bytes_read();
  Result result = Bench(driver_, load, command_).run_on(!has_init_);
  has_init_ = true;
  rendered_ += result.rendered;
  result.bytes_in = driver_.bytes_written() - bytes_in;
  result.bytes_out = driver_.bytes_read() - bytes_out;
  return result;
}

}  // namespace narrows::tools
