// SPDX-License-Identifier: MIT
// Whatever handlers wait for, and however that ends: each request is answered once and in time, or
// counted; no number is given out twice; the books hold; and nothing lives on after the end.
//
// Handlers do random, nested things; answers get lost, come late, twice, or as errors.
#include <chrono>
#include <cstdint>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "narrows/testing.hpp"
#include "property/property.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using test::holds;
using testing::Harness;
using testing::Sent;

constexpr std::chrono::milliseconds kDeadline{2000};
constexpr int kDepth = 3;

/// Counts what it lies in: a coroutine has one as a parameter, begun or not.
class Token {
 public:
  explicit Token(int& count) : count_(&count) { ++*count_; }
  Token(const Token& other) : count_(other.count_) { ++*count_; }
  Token& operator=(const Token&) = delete;
  ~Token() { --*count_; }

 private:
  int* count_;
};

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : random_(seed) {}
  int below(int count) { return static_cast<int>(random_() % static_cast<unsigned>(count)); }
  bool one_in(int count) { return below(count) == 0; }
  std::chrono::milliseconds ms(int most) { return std::chrono::milliseconds(below(most + 1)); }

 private:
  std::mt19937 random_;
};

Options options_of(Dice& dice) {
  Options options;
  options.deadline = kDeadline;
  options.seed = 1;
  options.log_level = LogLevel::error;
  if (dice.one_in(4)) options.max_pending = 5;
  if (dice.one_in(4)) options.max_pending_rpcs = 10;
  return options;
}

class World {
 public:
  explicit World(std::uint32_t seed) : dice_(seed), node_(options_of(dice_)) {
    node_.on("play", [this](const Request& request) { return play(Token(live_), request); });
    node_.on("quick", [](const Request&) { return reply("quick_ok"); });
  }

  void run() {
    {
      Harness harness(node_);
      for (int steps = 10 + dice_.below(40); steps > 0; --steps) step(harness);
      harness.settle();
      collect(harness);
      harness.request("c9", R"("type":"bench_stats")");
      collect(harness);
      harness.end();
      collect(harness);
      harness.advance(10s);
      collect(harness);
      RC_ASSERT(unanswered_.size() <= expired_);
      RC_ASSERT(expired_ <= unanswered_.size() + mute_);
    }
    RC_ASSERT(live_ == 0);
  }

 private:
  Task<Reply> play(Token /*token*/, const Request& request) {
    const int value = co_await act(Token(live_), 0);
    if (value % 7 == 0) co_return Error(ErrorCode::abort, "seven");
    co_return reply("play_ok").set("value", value).raw("seed", request.raw("seed"));
  }

  Rpc ask() { return node_.rpc(dice_.one_in(2) ? "n2" : "n3", message("ask"), dice_.ms(1500)); }

  Task<int> answer_of(Token /*token*/, Rpc rpc) {
    const Response response = co_await rpc;
    if (dice_.one_in(3)) co_await sleep(dice_.ms(20));
    co_return static_cast<int>(response.integer("value"));
  }
  Task<int> answer_of_kept(Token /*token*/) {
    Rpc& rpc = kept_[static_cast<std::size_t>(dice_.below(static_cast<int>(kept_.size())))];
    const Response response = co_await rpc;
    co_return static_cast<int>(response.integer("value"));
  }
  Task<> aside(Token /*token*/, int depth) { co_await act(Token(live_), depth); }
  Task<> stubborn(Token /*token*/) {
    for (;;) {
      try {
        co_await answer_of(Token(live_), ask());
      } catch (const Error&) {
      }
      co_await sleep(1ms);
    }
  }

  std::vector<Task<int>> several(int depth) {
    std::vector<Task<int>> tasks;
    for (int count = 1 + dice_.below(3); count > 0; --count) {
      tasks.push_back(act(Token(live_), depth + 1));
    }
    return tasks;
  }

  /// Anything. Errors are thrown on, or not.
  Task<int> act(Token /*token*/, int depth) {
    int value = dice_.below(100);
    const bool forgives = dice_.one_in(2);
    try {
      switch (dice_.below(depth < kDepth ? 16 : 11)) {
        case 0: co_await sleep(dice_.ms(1000)); break;
        case 1: value += static_cast<int>((co_await ask()).integer("value")); break;
        case 2: value += co_await answer_of(Token(live_), ask()); break;
        case 3: {
          const Rpc dropped = ask();
          if (dice_.one_in(2)) co_await sleep(dice_.ms(50));
          break;
        }
        case 4: call_back(); break;
        case 5: kept_.push_back(ask()); break;
        case 6:
          if (!kept_.empty()) value += co_await answer_of_kept(Token(live_));
          break;
        case 7:
          if (!kept_.empty())
            kept_.erase(kept_.begin() + dice_.below(static_cast<int>(kept_.size())));
          break;
        case 8: send_many(); break;
        case 9: set_timer(); break;
        case 10:
          if (dice_.one_in(4)) throw std::runtime_error("on purpose");
          co_await offload([value] { return value; });
          break;
        case 11:
          for (const int each : co_await all(several(depth))) value += each;
          break;
        case 12: value += co_await any(several(depth)); break;
        case 13: {
          std::vector<Task<int>> tasks = several(depth);
          const auto enough = static_cast<std::size_t>(dice_.below(static_cast<int>(tasks.size())));
          for (const int each : co_await quorum(enough, std::move(tasks))) value += each;
          break;
        }
        case 14: {
          const Retry policy{.attempts = 3, .first = 10ms};
          value += co_await retry(policy, [&] { return answer_of(Token(live_), ask()); });
          break;
        }
        default: {
          const std::vector<Task<int>> never_awaited = several(depth);
          node_.spawn(dice_.one_in(4) ? stubborn(Token(live_)) : aside(Token(live_), depth + 1));
          break;
        }
      }
    } catch (const Cancelled&) {
      if (!forgives) throw;
    } catch (const std::exception&) {
      if (!forgives) throw;
    }
    if (depth < kDepth && dice_.one_in(2)) value += co_await act(Token(live_), depth + 1);
    co_return value;
  }

  void call_back() {
    node_.rpc("n2", message("ask"), dice_.ms(500), [this, token = Token(live_)](const RpcResult&) {
      switch (dice_.below(4)) {
        case 0: send_many(); break;
        case 1: node_.spawn(aside(Token(live_), kDepth)); break;
        case 2: call_back(); break;
        default: throw std::runtime_error("on purpose");
      }
    });
  }

  void send_many() {
    for (int count = dice_.one_in(10) ? 1000 + dice_.below(50) : 3; count > 0; --count) {
      node_.send("n3", message("note"));
    }
  }

  void set_timer() {
    const auto tick = [this, token = Token(live_)] {
      switch (dice_.below(4)) {
        case 0: node_.send("n3", message("note")); break;
        case 1: node_.spawn(aside(Token(live_), kDepth)); break;
        case 2:
          for (const TimerId timer : timers_) node_.cancel(timer);  // itself, too
          break;
        default: throw std::runtime_error("on purpose");
      }
    };
    timers_.push_back(dice_.one_in(2) ? node_.after(dice_.ms(100), tick)
                                      : node_.every(1ms + dice_.ms(300), tick, 0.5));
  }

  /// A few lines at once, or time.
  void step(Harness& harness) {
    if (dice_.one_in(3)) {
      for (int parts = 1 + dice_.below(10); parts > 0; --parts) {
        harness.advance(dice_.ms(100));
        collect(harness);
      }
      if (dice_.one_in(5)) harness.settle();
    } else {
      std::string lines;
      for (int count = 1 + dice_.below(6); count > 0; --count) lines += line(harness);
      harness.feed(lines);
    }
    collect(harness);
  }

  std::string line(Harness& harness) {
    ++fed_;
    if (!asked_.empty() && dice_.one_in(2)) {
      const auto at = asked_.begin() + dice_.below(static_cast<int>(asked_.size()));
      const std::string number = std::to_string(*at);
      if (!dice_.one_in(4)) asked_.erase(at);  // else it may come again
      return R"({"src":"n2","dest":"n1","body":{"in_reply_to":)" + number +
             (dice_.one_in(4) ? R"(,"type":"error","code":)" + std::to_string(dice_.below(31))
                              : std::string(R"(,"type":"ask_ok","value":3)")) +
             "}}\n";
    }
    std::string body = R"("seed":[1,"x"],"type":)";
    body += dice_.one_in(4) ? R"("quick")" : R"("play")";
    if (dice_.one_in(8)) {
      ++mute_;
    } else {
      body += ",\"msg_id\":" + std::to_string(next_);
      unanswered_[next_++] = harness.now();
    }
    return R"({"src":"c1","dest":"n1","body":{)" + body + "}}\n";
  }

  void collect(Harness& harness) {
    for (const Sent& each : harness.take()) {
      if (each.msg_id >= 0) RC_ASSERT(each.msg_id == next_msg_id_++);
      if (each.type == "bench_stats_ok") {
        check_books(each);
        continue;
      }
      if (each.in_reply_to < 0) {
        ++sent_;
        if (each.type == "ask" && !dice_.one_in(3)) asked_.push_back(each.msg_id);  // else: lost
        continue;
      }
      const auto found = unanswered_.find(each.in_reply_to);
      RC_ASSERT(found != unanswered_.end());
      RC_ASSERT(harness.now() - found->second < kDeadline + 100ms);  // the longest step
      unanswered_.erase(found);
    }
  }

  /// Of requests that wait nothing is in the books yet; they are at the end.
  void check_books(const Sent& stats) {
    const auto figure = [&](const std::string& name) {
      const std::size_t at = stats.body.find("\"" + name + "\":");
      RC_ASSERT(at != std::string::npos);
      return std::stoull(stats.body.substr(at + name.size() + 3));
    };
    expired_ = figure("expired");
    RC_ASSERT(figure("sent_unprompted") == sent_);
    RC_ASSERT(figure("total_messages") <= fed_ + 1);
    RC_ASSERT(figure("total_messages") + unanswered_.size() + mute_ >= fed_ + 1);
  }

  int live_ = 0;
  std::vector<Rpc> kept_;  // some outlive the node
  Dice dice_;
  Node node_;
  std::vector<TimerId> timers_;
  std::vector<std::int64_t> asked_;
  std::map<std::int64_t, std::chrono::nanoseconds> unanswered_;
  std::int64_t next_ = 1000;
  std::int64_t next_msg_id_ = 1;  // after init_ok
  std::uint64_t fed_ = 0;
  std::uint64_t mute_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t expired_ = 0;
};

TEST_CASE(
    "waiting: whatever is awaited and however it ends, requests and frames are accounted for") {
  holds("each request ends once, nothing lives on", [](std::uint32_t seed) { World(seed).run(); });
}

}  // namespace
}  // namespace narrows
