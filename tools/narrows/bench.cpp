// SPDX-License-Identifier: MIT
#include "bench.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "driver.hpp"
#include "judge.hpp"
#include "progress.hpp"
#include "replies.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using Clock = Driver::Clock;
using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::uint64_t kMostInFlight = 64 << 10;           // requests
constexpr std::uint64_t kMostBytesInFlight = 4 << 20;       // or one request
constexpr std::size_t kLongestLine = std::size_t{1} << 20;  // beyond a request
constexpr milliseconds kTick = 100ms;                       // to look at the clock

constexpr milliseconds kInitPatience = 10s;
constexpr milliseconds kReplyPatience = 10s;
constexpr milliseconds kStatsPatience = 2s;
constexpr milliseconds kEndPatience = 5s;        // after the end of its input
constexpr milliseconds kBrokenPatience = 500ms;  // the same for a node that is broken anyway
constexpr milliseconds kSignalPatience = 2s;     // after SIGTERM

constexpr std::uint64_t kInitId = 1;
constexpr std::uint64_t kStatsId = 2;
constexpr std::string_view kInit =
    R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
    "\n";
constexpr std::string_view kStats =
    R"({"src":"c0","dest":"n1","body":{"type":"bench_stats","msg_id":2}})"
    "\n";

double own_cpu_s() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

class Bench {
 public:
  Bench(const Load& load, char* const* command)
      : driver_(command, load.line_bytes + kLongestLine, Checker::kSlackBytes), checker_(load) {
    result_.load = load;
    for (; *command != nullptr; ++command) result_.command.emplace_back(*command);
  }

  Result run() {
    if (init() && feed()) ask_for_stats();
    finish();
    judge(result_, course_);
    return std::move(result_);
  }

 private:
  bool init();
  bool feed();
  void ask_for_stats();
  void finish();

  bool ask(std::string_view request, std::uint64_t id, milliseconds patience);
  void take();
  bool cannot_go_on();
  bool drain(milliseconds patience);
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

  Driver driver_;
  Checker checker_;
  Result result_;
  Course course_;
  bool gone_ = false;  // the process has ended, or its stdout
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

/// True when every request has its reply, or will get none: later ones have.
bool Bench::feed() {
  course_.phase = Phase::load;
  const Load& load = result_.load;
  const std::uint64_t most_waiting =
      std::clamp<std::uint64_t>(kMostBytesInFlight / load.line_bytes, 1, kMostInFlight);
  Requests requests(load);
  std::string_view unsent;
  Progress progress;
  const double cpu_before = own_cpu_s();
  const auto start = Clock::now();
  auto now = start;
  auto last_move = start;
  while (checker_.tally().closed() < load.messages && !cannot_go_on()) {
    const std::uint64_t left = load.messages - requests.rendered();
    const std::uint64_t waiting = checker_.waiting();
    if (unsent.empty() && left > 0 && waiting < most_waiting) {
      const std::uint64_t before = requests.rendered();
      unsent = requests.next(std::min(left, most_waiting - waiting));
      checker_.sent(requests.rendered() - before);
    }
    const Driver::Ready ready = driver_.wait(!unsent.empty(), kTick);
    const std::uint64_t closed = checker_.tally().closed();
    if (ready.to_read) take();
    std::size_t written = 0;
    if (ready.to_write) {
      written = driver_.write(unsent);
      unsent.remove_prefix(written);
    }
    now = Clock::now();
    if (checker_.tally().closed() != closed) {
      last_move = now;
      result_.elapsed_s = std::chrono::duration<double>(now - start).count();
      result_.timed_replies = checker_.tally().closed();
      progress.show(now, checker_.tally().closed(), load.messages);
    } else if (written > 0) {
      last_move = now;
    } else if (now - last_move > kReplyPatience) {
      if (checker_.passed() == load.messages) break;
      problem(joined({"the node ", driver_.input_broken() ? "closed its stdin" : "hangs",
                      ": no reply for 10 s ", so_far(), example()}));
    }
  }
  result_.sent = requests.rendered() - unsent.size() / load.line_bytes;
  result_.generator_cpu_s = own_cpu_s() - cpu_before;
  return checker_.tally().closed() == load.messages || !cannot_go_on();
}

/// A node that does not know the question, or dies of it, just has no breakdown.
void Bench::ask_for_stats() {
  course_.phase = Phase::stats;
  if (ask(kStats, kStatsId, kStatsPatience)) {
    if (checker_.answer()->type == "bench_stats_ok") result_.bench_stats = checker_.answer()->body;
  }
  if (!cannot_go_on()) course_.phase = Phase::end;
}

bool Bench::ask(std::string_view request, std::uint64_t id, milliseconds patience) {
  checker_.expect(id);
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
  const bool broken_before = !checker_.broken().empty();
  driver_.done(checker_.take(driver_.begin(), driver_.end()));
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
  return gone_ || !result_.problem.empty() || !checker_.broken().empty() || driver_.stops() > 0;
}

void Bench::finish() {
  const bool broken = course_.phase != Phase::end;
  driver_.close_input();
  bool ended = drain(broken ? kBrokenPatience : kEndPatience);
  for (const int signal_number : {SIGTERM, SIGKILL}) {
    if (ended) break;
    course_.signal_sent = signal_number;
    driver_.child().send(signal_number);
    ended = drain(kSignalPatience);
  }
  result_.node = driver_.child().reap();
  result_.stop_signal = driver_.stop_signal();
  result_.replies = checker_.tally();
  course_.unfinished_bytes = driver_.unfinished_bytes();
}

/// Takes what the node still writes until it has ended: true. Gives up at the next signal.
bool Bench::drain(milliseconds patience) {
  const auto deadline = Clock::now() + patience;
  const int stops = driver_.stops();
  while (Clock::now() < deadline && driver_.stops() == stops) {
    const Driver::Ready ready = driver_.wait(false, kTick);
    if (ready.to_read) {
      take();
    } else if (driver_.child().has_ended()) {
      return true;
    }
  }
  return driver_.child().has_ended();
}

}  // namespace

Result run_at_most_speed(const Load& load, char* const* command) {
  return Bench(load, command).run();
}

}  // namespace narrows::tools
