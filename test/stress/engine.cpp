// SPDX-License-Identifier: MIT
// A million messages through a whole engine, with an input and an output of the test's own: every
// reply comes once, in order, with its own content. First on one thread, then on three.
#include "pipeline/engine.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstring>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "stress/stress.hpp"
#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

const std::uint64_t all_messages = test::stress_count();

/// What kind of line the n-th message is, and so how it is answered.
enum class Kind { echo, silent, unknown, long_text, bad };
Kind kind_of(std::uint64_t n) {
  if (n % 5'003 == 5) return Kind::long_text;
  if (n % 101 == 7) return Kind::silent;
  if (n % 97 == 11) return Kind::unknown;
  if (n % 89 == 13) return Kind::bad;
  return Kind::echo;
}

std::string payload_of(std::uint64_t n) {
  const std::uint64_t mixed = (n ^ n >> 13) * 0x9E3779B97F4A7C15;
  std::string payload = "\"" + std::to_string(mixed);
  payload.append(mixed % 23, static_cast<char>('a' + mixed % 26));
  if (kind_of(n) == Kind::long_text) payload.append(40'000 + mixed % 80'000, 'x');
  return payload + "\"";
}

void append_line(std::string& text, std::uint64_t n) {
  const Kind kind = kind_of(n);
  if (kind == Kind::bad) {
    text += n % 2 == 0 ? "{bad\n" : "\n";
    return;
  }
  text += R"({"src":"c1","dest":"n1","body":{"type":")";
  text += kind == Kind::unknown ? "what\"" : "echo\"";
  if (kind != Kind::silent) text += ",\"msg_id\":" + std::to_string(n);
  text += ",\"echo\":" + payload_of(n) + "}}\n";
}

void append_reply(std::string& text, std::uint64_t n, std::uint64_t& msg_id) {
  const Kind kind = kind_of(n);
  if (kind == Kind::bad || kind == Kind::silent) return;
  text += R"({"src": "n1", "dest": "c1", "body": {"type": )";
  if (kind == Kind::unknown) {
    text += R"("error", "code": 10, "text": "type what is not supported")";
  } else {
    text += R"("echo_ok", "echo": )" + payload_of(n);
  }
  text += ", \"in_reply_to\": " + std::to_string(n) + ", \"msg_id\": " + std::to_string(msg_id++) +
          "}}\n";
}

/// Gives lines in reads of random size; now and then there is nothing yet.
class LineInput : public Input {
 public:
  ssize_t read(std::span<char> space) override {
    if (stopped_.load()) return kStopped;
    const auto kind = random_() % 64;
    if (kind == 0 && !waited_) return kWouldBlock;
    waited_ = false;
    while (text_.size() - taken_ < kReadBytes && next_ != all_messages) {
      if (taken_ > 4 * kReadBytes) text_.erase(0, std::exchange(taken_, 0));
      append_line(text_, next_++);
    }
    const std::size_t wished = kind < 8 ? 1 + random_() % 300 : space.size();
    const std::size_t size = std::min({wished, space.size(), text_.size() - taken_});
    std::memcpy(space.data(), text_.data() + taken_, size);
    taken_ += size;
    lines_ += static_cast<std::uint64_t>(std::count(space.data(), space.data() + size, '\n'));
    return static_cast<ssize_t>(size);  // 0: the end
  }
  void wait(Parking::Timeout /*timeout*/) override {
    std::this_thread::sleep_for(std::chrono::microseconds(random_() % 100));
    waited_ = true;
  }
  void wake() override {}
  void stop() override { stopped_.store(true); }

  /// Lines that were given whole, init among them.
  [[nodiscard]] std::uint64_t lines() const { return lines_; }

 private:
  std::mt19937 random_{test::stress_seed() + 1};
  std::string text_ =
      R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":0,"node_id":"n1","node_ids":["n1"]}})"
      "\n";
  std::size_t taken_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t lines_ = 0;
  bool waited_ = false;
  std::atomic<bool> stopped_{false};
};

/// Compares with what must come, and now and then takes its time.
class CheckingOutput : public Output {
 public:
  bool write(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (expected_.size() == matched_) next_reply();
      const std::size_t size = std::min(bytes.size(), expected_.size() - matched_);
      if (size == 0 ||
          bytes.substr(0, size) != std::string_view(expected_).substr(matched_, size)) {
        is_right_ = false;
        return true;
      }
      matched_ += size;
      bytes.remove_prefix(size);
    }
    if (random_() % 256 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return true;
  }
  [[nodiscard]] bool is_right() const { return is_right_; }
  [[nodiscard]] bool is_complete() {
    while (next_ != all_messages && expected_.size() == matched_) next_reply();
    return next_ == all_messages && expected_.size() == matched_;
  }
  [[nodiscard]] bool is_between_lines() const { return expected_.size() == matched_; }
  [[nodiscard]] std::uint64_t replies() const { return msg_id_; }

 private:
  void next_reply() {
    expected_.clear();
    matched_ = 0;
    while (expected_.empty() && next_ != all_messages) append_reply(expected_, next_++, msg_id_);
  }

  std::mt19937 random_{test::stress_seed() + 2};
  std::string expected_ =
      R"({"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 0, "msg_id": 0}})"
      "\n";
  std::size_t matched_ = 0;
  std::uint64_t next_ = 0;
  std::uint64_t msg_id_ = 1;
  bool is_right_ = true;
};

struct Counts {
  std::uint64_t messages = 1;  // init
  std::uint64_t answered = 1;
  std::uint64_t unknown = 0;
  std::uint64_t bad = 0;

  /// Of the first `lines` after init.
  explicit Counts(std::uint64_t lines) {
    for (std::uint64_t n = 0; n < lines; ++n) {
      const Kind kind = kind_of(n);
      if (kind != Kind::bad) ++messages;
      if (kind != Kind::bad && kind != Kind::silent) ++answered;
      if (kind == Kind::unknown) ++unknown;
      if (kind == Kind::bad) ++bad;
    }
  }
};

Options options_of(Threads threads, std::size_t pool_bytes) {
  Options options;
  options.threads = threads;
  options.max_line_bytes = std::size_t{256} << 10;
  options.pool_bytes = pool_bytes;
  return options;
}

std::vector<Handler> echo_handlers(Types& types) {
  const TypeId echo = types.add("echo");
  std::vector<Handler> handlers(types.names().size());
  handlers[echo] = [](const Request& request) {
    return reply("echo_ok").raw("echo", request.raw("echo"));
  };
  return handlers;
}

struct EchoNode {
  EchoNode(Threads threads, std::size_t pool_bytes) : options(options_of(threads, pool_bytes)) {}

  bool run() {
    return options.threads == Threads::pipeline ? engine.run_pipeline(input, output)
                                                : engine.run_single_thread(input, output);
  }

  Options options;
  Log log{LogLevel::error};
  Types types;
  std::vector<Handler> handlers = echo_handlers(types);
  LineInput input;
  CheckingOutput output;
  Engine engine{options, types, handlers, Clock::system(), log};
};

void check_books(Engine& engine, const Counts& expected) {
  const profile::LedgerView books = engine.books().books.all();
  const auto trouble = [&](profile::Trouble kind) {
    return books.trouble(static_cast<std::size_t>(kind));
  };
  CHECK(books.messages() == expected.messages);
  CHECK(books.answered() == expected.answered);
  CHECK(trouble(profile::Trouble::unknown_type) == expected.unknown);
  CHECK(trouble(profile::Trouble::malformed_line) + trouble(profile::Trouble::blank_line) ==
        expected.bad);
  profile::WideSum sum = 0;
  for (std::size_t i = 0; i < profile::kComponents; ++i) sum += books.sum(i);
  CHECK(sum == books.sum(profile::kEndToEnd));
  CHECK(books.uneven() == 0);
}

constexpr std::size_t kUsualPool = std::size_t{12} << 20;

void run(Threads threads, std::size_t pool_bytes) {
  EchoNode node(threads, pool_bytes);
  CHECK(node.run());
  CHECK(node.output.is_right());
  CHECK(node.output.is_complete());
  const Counts expected(all_messages);
  CHECK(node.output.replies() == expected.answered);
  check_books(node.engine, expected);
}

TEST_CASE("stress: a million messages through the engine on one thread") {
  run(Threads::single_thread, kUsualPool);
}

TEST_CASE("stress: a million messages through the engine on three threads") {
  run(Threads::pipeline, kUsualPool);
}

TEST_CASE("stress: a million messages through the engine with the least memory") {
  run(Threads::pipeline, least_bytes(std::size_t{256} << 10));
}

TEST_CASE("stress: stopped at any moment, an engine answers all that it has read whole") {
  std::mt19937 random(test::stress_seed());
  for (int round = 0; round < 50; ++round) {
    CAPTURE(round);
    const Threads threads = round % 5 == 0 ? Threads::single_thread : Threads::pipeline;
    EchoNode node(threads, round % 2 == 0 ? kUsualPool : least_bytes(std::size_t{256} << 10));
    std::jthread stopper([&, microseconds = random() % 20'000] {
      std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
      node.input.stop();
    });
    CHECK(node.run());
    stopper.join();
    CHECK(node.output.is_right());
    if (node.input.lines() == 0) continue;  // stopped before init
    CHECK(node.output.is_between_lines());
    const Counts expected(node.input.lines() - 1);
    CHECK(node.output.replies() == expected.answered);
    check_books(node.engine, expected);
  }
}

/// Takes some, then nothing any more.
class BrokenOutput : public Output {
 public:
  bool write(std::string_view /*bytes*/) override { return ++writes_ < 20; }

 private:
  int writes_ = 0;
};

TEST_CASE("stress: an output that breaks ends the engine, however much input there is") {
  for (const Threads threads : {Threads::single_thread, Threads::pipeline}) {
    Options options;
    options.threads = threads;
    Log log(LogLevel::error);
    const Types types;
    const std::vector<Handler> handlers(types.names().size());
    Engine engine(options, types, handlers, Clock::system(), log);
    LineInput input;
    BrokenOutput output;
    const bool was_written = threads == Threads::pipeline ? engine.run_pipeline(input, output)
                                                          : engine.run_single_thread(input, output);
    CHECK_FALSE(was_written);
  }
}

}  // namespace
}  // namespace narrows::pipeline
