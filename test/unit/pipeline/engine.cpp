// SPDX-License-Identifier: MIT
// Where an engine's time goes, on a clock that only its readers and the test move: who waits is
// idle or blocked, never busy, and no stamp is taken too early or too late between two threads.
#include "pipeline/engine.hpp"

#include <atomic>
#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

using profile::StageClock;
using profile::StageTimes;

constexpr Ticks kSecond = 1'000'000'000;

/// Every reading is one more than the one before, on whatever thread.
class CountingClock {
 public:
  Clock clock() { return Clock(&CountingClock::read, this); }
  void advance(Ticks ticks) { now_.fetch_add(ticks); }
  [[nodiscard]] Ticks now() const { return now_.load(); }

 private:
  static Ticks read(void* context) {
    return static_cast<CountingClock*>(context)->now_.fetch_add(1) + 1;
  }
  std::atomic<Ticks> now_{1'000};
};

/// Until it is true; false when that takes so long that it never will be.
bool wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

const std::string init_line =
    R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
    "\n";
std::string line(const std::string& type, const std::string& more = "") {
  return R"({"src":"c1","dest":"n1","body":{"type":")" + type + R"(","msg_id":1)" + more + "}}\n";
}

/// Gives one text a read, whole or in pieces of at most `most` bytes; before each of them it calls
/// `on_wait`, as for a reader that had to wait.
class ScriptedInput : public Input {
 public:
  explicit ScriptedInput(std::vector<std::string> texts, std::size_t most = kReadBytes)
      : texts_(std::move(texts)), most_(most) {}

  ssize_t read(std::span<char> space) override {
    if (stopped_.load()) return kStopped;
    if (next_ == texts_.size()) return kEnd;
    if (!has_waited_) return kWouldBlock;
    const std::string& text = texts_[next_];
    const std::size_t size = std::min({text.size() - given_, space.size(), most_});
    std::memcpy(space.data(), text.data() + given_, size);
    given_ += size;
    if (given_ == text.size()) {
      ++next_;
      given_ = 0;
      has_waited_ = false;
    }
    return static_cast<ssize_t>(size);
  }
  void wait(Parking::Timeout /*timeout*/) override {
    if (on_wait) on_wait(next_);
    has_waited_ = true;
  }
  void wake() override {}
  void stop() override { stopped_.store(true); }

  std::function<void(std::size_t)> on_wait;  // before which of the texts

 private:
  const std::vector<std::string> texts_;
  const std::size_t most_;
  std::size_t next_ = 0;
  std::size_t given_ = 0;
  bool has_waited_ = false;
  std::atomic<bool> stopped_{false};
};

class CountingOutput : public Output {
 public:
  bool write(std::string_view bytes) override {
    if (on_write) on_write();
    for (const char c : bytes) replies_ += c == '\n' ? 1 : 0;
    return true;
  }
  [[nodiscard]] int replies() const { return replies_.load(); }

  std::function<void()> on_write;

 private:
  std::atomic<int> replies_{0};
};

/// An engine with `echo`, and `hold`, which calls `on_hold`.
struct Rig {
  explicit Rig(Threads threads, std::size_t pool_bytes = std::size_t{12} << 20) {
    options.threads = threads;
    options.max_line_bytes = std::size_t{256} << 10;
    options.pool_bytes = pool_bytes;
    const TypeId echo = types.add("echo");
    const TypeId hold = types.add("hold");
    handlers.resize(types.names().size());
    handlers[echo] = [](const Request& request) {
      return reply("echo_ok").raw("echo", request.raw("echo"));
    };
    handlers[hold] = [this](const Request&) {
      if (on_hold) on_hold();
      return reply("hold_ok");
    };
    engine.emplace(options, types, handlers, counting.clock(), log);
  }

  void run(Input& input) {
    if (options.threads == Threads::pipeline) {
      CHECK(engine->run_pipeline(input, output));
    } else {
      CHECK(engine->run_single_thread(input, output));
    }
  }
  [[nodiscard]] StageTimes times(Stage stage, Ticks later = 0) {
    return engine->books().clock_of(stage).read(counting.now() + later, 50'000).times;
  }
  /// What a stage does right now gets longer as time goes by.
  [[nodiscard]] bool is_idle(Stage stage) {
    return times(stage, kSecond).idle - times(stage).idle > kSecond / 2;
  }
  [[nodiscard]] bool is_blocked(Stage stage) {
    return times(stage, kSecond).blocked - times(stage).blocked > kSecond / 2;
  }
  profile::LedgerView all() { return engine->books().books.all(); }

  Options options;
  Types types;
  std::vector<Handler> handlers;
  Log log{LogLevel::error};
  CountingClock counting;
  CountingOutput output;
  std::function<void()> on_hold;
  std::optional<Engine> engine;
};

TEST_CASE("engine: a parser that waits for input is idle, and so are the stages behind it") {
  for (const Threads threads : {Threads::single_thread, Threads::pipeline}) {
    Rig rig(threads);
    ScriptedInput input({init_line, line("echo"), line("echo"), line("echo")});
    input.on_wait = [&](std::size_t next) {
      if (threads == Threads::pipeline) {
        CHECK(wait_until([&] { return rig.output.replies() == static_cast<int>(next); }));
        CHECK(wait_until([&] { return rig.is_idle(Stage::dispatch); }));
        CHECK(wait_until([&] { return rig.is_idle(Stage::serialize); }));
      }
      rig.counting.advance(kSecond);
    };
    rig.run(input);
    CHECK(rig.output.replies() == 4);
    for (const Stage stage : {Stage::parse, Stage::dispatch, Stage::serialize}) {
      CHECK(rig.times(stage).idle >= 4 * kSecond);
      CHECK(rig.times(stage).busy < kSecond / 100);
      CHECK(rig.times(stage).blocked < kSecond / 100);
    }
    CHECK(rig.all().largest(profile::kEndToEnd) < kSecond / 100);
  }
}

TEST_CASE("engine: a write that waits for its reader is the serializer's blocked time") {
  for (const Threads threads : {Threads::single_thread, Threads::pipeline}) {
    Rig rig(threads);
    ScriptedInput input({init_line, line("echo"), line("echo"), line("echo")});
    const bool is_pipeline = threads == Threads::pipeline;
    input.on_wait = [&](std::size_t next) {
      if (is_pipeline) {
        CHECK(wait_until([&] { return rig.output.replies() == static_cast<int>(next); }));
      }
    };
    rig.output.on_write = [&] {
      if (is_pipeline) {  // nobody else is at work while time goes by
        CHECK(wait_until([&] { return rig.is_idle(Stage::parse); }));
        CHECK(wait_until([&] { return rig.is_idle(Stage::dispatch); }));
      }
      rig.counting.advance(kSecond);
    };
    rig.run(input);
    CHECK(rig.times(Stage::serialize).blocked > 3 * kSecond);
    CHECK(rig.times(Stage::serialize).busy < kSecond);
    CHECK(rig.times(Stage::parse).busy < kSecond / 100);
    CHECK(rig.times(Stage::dispatch).busy < kSecond / 100);
  }
}

TEST_CASE("engine: with stdout blocked and the pools empty, dispatch and parse are blocked") {
  constexpr std::size_t kMaxLine = std::size_t{256} << 10;
  constexpr Ticks kLong = 1'000 * kSecond;  // against the real CPU time that the test waits with
  Rig rig(Threads::pipeline, least_bytes(kMaxLine));
  std::vector<std::string> texts{init_line};
  for (int i = 0; i < 40; ++i) texts.push_back(line("echo"));
  ScriptedInput input(texts);
  rig.output.on_write = [&, is_first = true]() mutable {
    if (!std::exchange(is_first, false)) return;
    CHECK(wait_until([&] { return rig.is_blocked(Stage::dispatch); }));
    CHECK(wait_until([&] { return rig.is_blocked(Stage::parse); }));
    rig.counting.advance(kLong);
  };
  rig.run(input);
  CHECK(rig.output.replies() == 41);
  for (const Stage stage : {Stage::parse, Stage::dispatch, Stage::serialize}) {
    CHECK(rig.times(stage).blocked >= kLong * 9 / 10);
    CHECK(rig.times(stage).busy < kLong / 10);
  }
}

TEST_CASE("engine: between threads each stamp is taken where it belongs") {
  constexpr std::size_t kRounds = 20;
  constexpr Ticks kHeld = 1'000'000;
  Rig rig(Threads::pipeline);
  // When the init is answered all threads have started; the books begin after that.
  std::vector<std::string> texts{init_line, line("bench_stats", ",\"reset\":true")};
  for (std::size_t i = 0; i < kRounds; ++i) {
    texts.push_back(line("hold"));
    texts.push_back(line("echo"));
  }
  ScriptedInput input(texts);
  std::atomic<std::size_t> waits{0};
  std::atomic<std::size_t> held{0};
  // Nobody else reads the clock while the parser reads and parses: before each `hold` all others
  // have nothing to do, and before each `echo` dispatch is held in the handler.
  input.on_wait = [&](std::size_t next) {
    waits.store(next + 1);
    if (next > 2 && next % 2 == 1) {
      CHECK(wait_until([&] { return held.load() == next / 2; }));
    } else {
      CHECK(wait_until([&] { return rig.output.replies() == static_cast<int>(next); }));
      CHECK(wait_until([&] { return rig.is_idle(Stage::dispatch); }));
    }
    CHECK(wait_until([&] { return rig.is_idle(Stage::serialize); }));
  };
  // Holds dispatch until the parser is done with the `echo`, and has handed it on.
  rig.on_hold = [&] {
    const std::size_t round = held.fetch_add(1) + 1;
    CHECK(wait_until([&] { return waits.load() > 2 * round + 2; }));
    rig.counting.advance(kHeld);
  };
  rig.output.on_write = [&] { rig.counting.advance(1'000); };
  rig.run(input);
  const profile::LedgerView all = rig.all();
  REQUIRE(all.answered() == 2 * kRounds);
  const auto smallest = [&](std::size_t component) { return all.at_rank(1, component); };
  // t1 is the first reading after t0 but for the meter's, and t2 after t1: all before the batch is
  // handed on.
  CHECK(all.largest(0) == 2);
  CHECK(smallest(0) == 2);
  CHECK(all.largest(1) == 1);
  CHECK(smallest(1) == 1);
  // t3 is taken after the batch came: later than t2, and than the end of what dispatch was at.
  CHECK(smallest(2) >= 1);
  CHECK(all.largest(2) >= kHeld);
  CHECK(all.sum(2) < (kRounds + 1) * kHeld);
  CHECK(all.largest(3) >= kHeld);
  CHECK(all.sum(3) >= kRounds * kHeld);
  CHECK(all.sum(3) < (kRounds + 1) * kHeld);
  // t5 is taken after the batch came, t7 after it was written.
  CHECK(smallest(4) >= 1);
  CHECK(smallest(6) >= 1'000);
  CHECK(all.uneven() == 0);
}

TEST_CASE("engine: a line that comes in several reads began when the first one was waited for") {
  for (const Threads threads : {Threads::single_thread, Threads::pipeline}) {
    for (const std::size_t bytes : {10'000U, 100'000U, 200'000U}) {
      CAPTURE(bytes);
      Rig rig(threads);
      const std::string text = line("echo", ",\"echo\":\"" + std::string(bytes, 'x') + "\"");
      ScriptedInput input({init_line, text, text, text}, 6'000);
      input.on_wait = [&](std::size_t next) {
        CHECK(wait_until([&] { return rig.output.replies() == static_cast<int>(next); }));
        if (threads == Threads::pipeline) {
          CHECK(wait_until([&] { return rig.is_idle(Stage::serialize); }));
        }
        rig.counting.advance(1'000'000);  // a pause, which is nobody's work
      };
      rig.run(input);
      SharedBooks& books = rig.engine->books();
      books.books.turn_page(rig.counting.now(), {}, {}, 1'000);
      profile::Slice sum;
      for (const auto& slice : books.books.timeline().all()) sum.merge(slice);
      CHECK(sum.gains.messages == 4);
      CHECK(sum.gains.latency < 100'000);
      CHECK(sum.gains.saved[0] < 10'000);
    }
  }
}

TEST_CASE(
    "engine: before its threads have started the stages are idle, so that no time is missing") {
  for (const Threads threads : {Threads::single_thread, Threads::pipeline}) {
    Rig rig(threads);
    rig.counting.advance(kSecond);  // as long as starting takes
    ScriptedInput input({init_line, line("echo")});
    rig.run(input);
    for (const Stage stage : {Stage::parse, Stage::dispatch, Stage::serialize}) {
      CHECK(rig.times(stage).idle >= kSecond);
      CHECK(rig.times(stage).busy < kSecond / 100);
    }
    profile::Stats stats;
    rig.engine->books().summarize(profile::Period::all, stats);
    CHECK(stats.checks.time_accounting.held);
  }
}

TEST_CASE("engine: what its stages did adds up to the time that went by") {
  for (const Threads threads : {Threads::single_thread, Threads::pipeline}) {
    Rig rig(threads);
    std::vector<std::string> texts{init_line};
    for (int i = 0; i < 50; ++i) texts.push_back(line("echo") + line("hold") + "bad\n");
    ScriptedInput input(texts);
    input.on_wait = [&](std::size_t next) {
      if (next == 0 && threads == Threads::pipeline) {  // until all have started
        CHECK(wait_until([&] { return rig.is_idle(Stage::dispatch); }));
        CHECK(wait_until([&] { return rig.is_idle(Stage::serialize); }));
      }
      rig.counting.advance(100'000);
    };
    rig.on_hold = [&] { rig.counting.advance(20'000); };
    rig.output.on_write = [&] { rig.counting.advance(10'000); };
    const Ticks start = rig.counting.now();
    rig.run(input);
    const auto all = static_cast<double>(rig.counting.now() - start);
    for (const Stage stage : {Stage::parse, Stage::dispatch, Stage::serialize}) {
      const StageTimes times = rig.times(stage);
      CHECK(static_cast<double>(times.busy + times.blocked + times.idle) ==
            doctest::Approx(all).epsilon(0.01));
    }
    // Dispatch was at work in the handler, the serializer in `write`.
    CHECK(rig.times(Stage::dispatch).busy >= 50 * 20'000);
    CHECK(rig.times(Stage::serialize).busy >= 50 * 10'000);
  }
}

}  // namespace
}  // namespace narrows::pipeline
