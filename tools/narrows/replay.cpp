// SPDX-License-Identifier: MIT
#include "replay.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "comparer.hpp"
#include "driver.hpp"
#include "json/value.hpp"
#include "recording.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

using json::Value;
using namespace std::chrono_literals;
using Clock = Driver::Clock;

constexpr std::size_t kLongestLine = std::size_t{64} << 20;
constexpr std::size_t kPipeBytes = std::size_t{64} << 10;  // rendered ahead, and in the pipe
constexpr auto kTick = 100ms;
constexpr auto kPatience = 10s;        // while nothing moves
constexpr auto kEndPatience = 5s;      // after the end of its input
constexpr int kMostReadAtOnce = 1000;  // messages of a recording, before the node is looked at
// Recorded replies that wait for the node's. The first bound is for small ones.
constexpr std::size_t kMostAwaited = 10'000;
constexpr std::size_t kMostAwaitedBytes = std::size_t{8} << 20;

class Replay {
 public:
  explicit Replay(const ReplayOptions& options)
      : speed_(options.speed),
        recording_(options.file, options.replies),
        comparer_(options.ignore),
        driver_(options.command, {kLongestLine, 1, kPipeBytes}) {}

  Replayed run() {
    send_all();
    const bool ended_early = driver_.output_ended();
    const Driver::SeenOff seen = driver_.see_off(kEndPatience, [this] { take(); });
    count_rest();
    replayed_.stop_signal = driver_.stop_signal();
    replayed_.left_out = recording_.left_out();
    judge_ending(seen, ended_early);
    return std::move(replayed_);
  }

 private:
  /// What there is so far of a request and its two replies. It goes once they have met.
  struct Exchange {
    bool asked = false;
    std::string request;  // for an example, as long as those are wanted
    std::optional<std::string> recorded;
    std::optional<std::string> now;
  };
  /// A client may use a number again: then the replies belong to the requests in their order.
  using Exchanges = std::multimap<Key, Exchange>;

  void send_all();
  std::chrono::nanoseconds render();
  [[nodiscard]] std::chrono::nanoseconds until_due(double t_us);
  void talk(std::chrono::nanoseconds at_most);
  [[nodiscard]] bool is_stuck();
  void take();
  void take_line(const std::string& line);

  void add_recorded(Message message);
  void add_now(const Key& key, const std::string& line);
  void settle(Exchanges::iterator at);
  void compare(const Exchange& exchange);
  void add_additional(const std::string& reply);
  void count_rest();
  void judge_ending(const Driver::SeenOff& seen, bool ended_early);

  /// The first exchange of this key for which that holds, or the end.
  template <typename Holds>
  Exchanges::iterator find(const Key& key, Holds holds) {
    for (auto [at, end] = exchanges_.equal_range(key); at != end; ++at) {
      if (holds(at->second)) return at;
    }
    return exchanges_.end();
  }

  [[nodiscard]] bool wants_examples() const {
    return replayed_.examples.size() < Replayed::kMostExamples;
  }
  void add_example(std::initializer_list<std::string> lines) {
    std::string text;
    for (const std::string& line : lines) text.append(line).append("\n");
    replayed_.examples.push_back(std::move(text));
  }
  void fail(std::string problem) {
    if (replayed_.problem.empty()) replayed_.problem = std::move(problem);
  }

  [[nodiscard]] bool is_over() const {
    return driver_.output_ended() || driver_.stops() > 0 || !replayed_.problem.empty();
  }
  [[nodiscard]] bool is_done() const { return all_read_ && unsent_.empty() && awaited_ == 0; }
  [[nodiscard]] bool awaits_too_much() const {
    return awaited_ >= allowance_ * kMostAwaited ||
           awaited_bytes_ >= allowance_ * kMostAwaitedBytes;
  }

  const double speed_;
  Recording recording_;
  Comparer comparer_;
  Driver driver_;
  Replayed replayed_;

  std::optional<Message> next_;  // a request that is not due yet
  bool all_read_ = false;
  std::optional<double> first_us_;
  Clock::time_point start_;
  std::string unsent_;

  Exchanges exchanges_;
  std::size_t awaited_ = 0;  // exchanges that lack the node's reply alone, and
  std::size_t awaited_bytes_ = 0;
  std::size_t allowance_ = 1;

  std::uint64_t answered_ = 0;  // replies of the node to clients, …
  std::uint64_t met_ = 0;       // … and those to a request that waited: others show no progress
  Clock::time_point last_move_;
  bool waits_for_node_ = false;
  bool patience_over_ = false;
  bool node_is_gone_ = false;
};

void Replay::send_all() {
  start_ = last_move_ = Clock::now();
  while (!is_over()) {
    const auto at_most = render();
    if (is_done()) return;
    talk(at_most);
    if (is_stuck()) {
      patience_over_ = true;
      return;
    }
  }
}

/// Reads on as far as requests are due and the node keeps up. For how long there is no more to
/// read.
std::chrono::nanoseconds Replay::render() {
  waits_for_node_ = true;
  for (int i = 0; i < kMostReadAtOnce; ++i) {
    if (unsent_.size() >= kPipeBytes || awaits_too_much()) return kTick;
    if (!next_) next_ = recording_.next();
    all_read_ = !next_;
    if (all_read_) return kTick;
    if (next_->is_request) {
      // The reply to `init` is waited for: before it nothing else is answered.
      if (replayed_.requests > 0 && answered_ == 0) return kTick;
      const auto wait = until_due(next_->t_us);
      if (wait > 0ns) {
        waits_for_node_ = false;
        return std::min<std::chrono::nanoseconds>(wait, kTick);
      }
      unsent_.append(next_->line).append("\n");
      last_move_ = Clock::now();
    }
    add_recorded(*std::move(next_));
    next_.reset();
  }
  return 0ns;
}

std::chrono::nanoseconds Replay::until_due(double t_us) {
  constexpr double kLongestNs = 1e18;
  if (speed_ == 0) return 0ns;
  if (!first_us_) first_us_ = t_us;
  const double ns = std::clamp((t_us - *first_us_) * 1000 / speed_, 0.0, kLongestNs);
  return start_ + std::chrono::nanoseconds(static_cast<std::int64_t>(ns)) - Clock::now();
}

void Replay::talk(std::chrono::nanoseconds at_most) {
  const std::uint64_t before = met_ + driver_.bytes_written();
  const Driver::Ready ready = driver_.wait(!unsent_.empty(), at_most);
  if (ready.to_read) take();
  if (ready.to_write) unsent_.erase(0, driver_.write(unsent_));
  if (met_ + driver_.bytes_written() != before) last_move_ = Clock::now();
}

/// Whether the node does nothing any more though it has something to do.
bool Replay::is_stuck() {
  if (!waits_for_node_ || Clock::now() - last_move_ <= kPatience) return false;
  if (!unsent_.empty() || !awaits_too_much()) return true;
  // It reads, but so many replies are lost by now: what comes after them is to be compared still.
  allowance_ *= 2;
  last_move_ = Clock::now();
  return false;
}

void Replay::take() {
  if (!driver_.read()) return;
  char* at = driver_.begin();
  for (char* newline = nullptr;
       (newline = static_cast<char*>(
            std::memchr(at, '\n', static_cast<std::size_t>(driver_.end() - at)))) != nullptr;
       at = newline + 1) {
    take_line(std::string(at, newline));
  }
  driver_.done(at);
  if (driver_.line_too_long()) fail("the node wrote a line of over 64 MiB");
}

void Replay::take_line(const std::string& line) {
  const auto reply = Value::parse(line);
  if (!reply) {
    return fail(joined({"the node wrote a line that is no message: ", printable(line, 200)}));
  }
  const auto key = key_of_reply(*reply);
  if (!key) {
    ++replayed_.other;
    return;
  }
  ++answered_;
  add_now(*key, line);
}

void Replay::add_recorded(Message message) {
  const bool request = message.is_request;
  if (request) ++replayed_.requests;
  const auto lacks_request = [](const Exchange& one) { return !one.asked; };
  const auto lacks_reply = [](const Exchange& one) { return !one.recorded; };
  auto at = request ? find(message.key, lacks_request) : find(message.key, lacks_reply);
  if (at == exchanges_.end()) {
    // A reply may stand before its request, which is recorded once it is passed on. Doubled ones
    // must not pile up, though.
    if (!request && find(message.key, lacks_request) != exchanges_.end()) return;
    at = exchanges_.emplace(std::move(message.key), Exchange());
  }
  if (request) {
    at->second.asked = true;
    if (wants_examples()) at->second.request = printable(message.line, 300);
  } else {
    at->second.recorded = std::move(message.line);
  }
  settle(at);
}

void Replay::add_now(const Key& key, const std::string& line) {
  const auto at = find(key, [](const Exchange& one) { return one.asked && !one.now; });
  if (at == exchanges_.end()) return add_additional(line);
  if (const auto& recorded = at->second.recorded) {
    --awaited_;
    awaited_bytes_ -= recorded->size();
  }
  ++met_;
  at->second.now = line;
  settle(at);
}

/// Does with an exchange what can be done by now.
void Replay::settle(Exchanges::iterator at) {
  const Exchange& exchange = at->second;
  if (!exchange.asked || !exchange.recorded) return;
  if (exchange.now) {
    compare(exchange);
  } else if (node_is_gone_) {
    ++replayed_.missing;
    if (wants_examples()) add_example({joined({"request  ", exchange.request}), "no reply"});
  } else {
    ++awaited_;
    awaited_bytes_ += exchange.recorded->size();
    return;
  }
  exchanges_.erase(at);
}

void Replay::compare(const Exchange& exchange) {
  std::vector<std::string> found;
  if (*exchange.recorded != *exchange.now) {  // as texts; most are the same even so
    found = comparer_.differences(Value::parse(*exchange.recorded).value_or(Value()),
                                  Value::parse(*exchange.now).value_or(Value()));
  }
  if (found.empty()) {
    ++replayed_.same;
    return;
  }
  ++replayed_.different;
  if (!wants_examples()) return;
  std::string paths;
  for (const std::string& path : found) paths += joined({"  ", path, "\n"});
  paths.pop_back();
  add_example({joined({"request  ", exchange.request}), paths});
}

void Replay::add_additional(const std::string& reply) {
  ++replayed_.additional;
  if (wants_examples()) add_example({joined({"additional reply  ", printable(reply, 300)})});
}

/// Counts what the node will not answer any more, in what was read of the recording and in what was
/// not. After a signal the latter does not count: nobody wants to wait for it.
void Replay::count_rest() {
  node_is_gone_ = true;
  for (auto at = exchanges_.begin(); at != exchanges_.end();) settle(at++);
  for (std::uint64_t i = 1; !all_read_ && driver_.stops() == 0; ++i) {
    if (!next_) next_ = recording_.next();
    all_read_ = !next_;
    if (next_) add_recorded(*std::move(next_));
    next_.reset();
    if (i % kMostReadAtOnce == 0) (void)driver_.wait(false, 0ns);  // for a signal
  }
  if (!all_read_) return;
  for (const auto& [key, exchange] : exchanges_) {
    if (exchange.now && !exchange.recorded) ++replayed_.unrecorded;
  }
}

void Replay::judge_ending(const Driver::SeenOff& seen, bool ended_early) {
  const Ending& ending = seen.ending;
  const bool badly = seen.signal_sent == 0 && (ending.signal != 0 || ending.exit_status != 0);
  if (replayed_.problem.empty()) {
    if (replayed_.stop_signal != 0) return;
    if (patience_over_ && answered_ == 0 && replayed_.missing > 0) {
      fail("the node answers nothing for 10 s");
    } else if (ended_early && replayed_.missing > 0) {
      fail("the node ended before it had answered all");
    } else if (badly) {
      return fail(joined({"the node ", ending.how(), " at the end of its input"}));
    } else if (driver_.unfinished_bytes() > 0) {
      return fail("the node's last line has no newline");
    }
  }
  if (badly && !replayed_.problem.empty()) replayed_.problem += joined({": it ", ending.how()});
}

}  // namespace

Replayed replay(const ReplayOptions& options) { return Replay(options).run(); }

std::string table(const Replayed& replayed) {
  std::string text = joined({grouped(replayed.requests), " requests: ", grouped(replayed.same),
                             " replies the same, ", grouped(replayed.different), " different, ",
                             grouped(replayed.missing), " missing, ", grouped(replayed.additional),
                             " additional; ", grouped(replayed.other), " messages to others\n"});
  if (replayed.unrecorded > 0) {
    text += counted(replayed.unrecorded, "reply has", "replies have")
                .append(" none in the recording to be held against\n");
  }
  if (replayed.left_out > 0) {
    text += counted(replayed.left_out, "line of the recording was not whole, and was left out\n",
                    "lines of the recording were not whole, and were left out\n");
  }
  for (const std::string& example : replayed.examples) text += joined({"\n", example});
  if (replayed.stop_signal != 0) text += "PARTIAL: stopped by a signal\n";
  return text;
}

std::string json_report(const Replayed& replayed) {
  return joined({R"({"version":1,"kind":"replay","requests":)",
                 std::to_string(replayed.requests),
                 ",\"same\":",
                 std::to_string(replayed.same),
                 ",\"different\":",
                 std::to_string(replayed.different),
                 ",\"missing\":",
                 std::to_string(replayed.missing),
                 ",\"additional\":",
                 std::to_string(replayed.additional),
                 ",\"other\":",
                 std::to_string(replayed.other),
                 ",\"partial\":",
                 replayed.stop_signal != 0 ? "true" : "false",
                 ",\"problem\":",
                 text_or_null(replayed.problem),
                 ",\"left_out\":",
                 std::to_string(replayed.left_out),
                 ",\"unrecorded\":",
                 std::to_string(replayed.unrecorded),
                 "}\n"});
}

}  // namespace narrows::tools
