// SPDX-License-Identifier: MIT
#include "pipeline/log.hpp"

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "unit/doctest.hpp"
#include "unit/logged.hpp"

namespace narrows::pipeline {
namespace {

using profile::Trouble;

std::uint64_t suppressed(Log& log, Trouble kind) {
  return log.suppressed(static_cast<std::size_t>(kind));
}

TEST_CASE("log: a line has its level, and ends") {
  Log log(LogLevel::debug);
  log.write(LogLevel::error, "one");
  log.write(LogLevel::warning, "two");
  log.write(LogLevel::info, "three");
  log.write(LogLevel::debug, "four");
  CHECK(lines_of(log) ==
        std::vector<std::string>{"narrows: error: one\n", "narrows: warning: two\n",
                                 "narrows: info: three\n", "narrows: debug: four\n"});
  CHECK(lines_of(log).empty());
}

TEST_CASE("log: what is less than its level is left out") {
  for (const LogLevel level :
       {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug}) {
    Log log(level);
    for (const LogLevel line :
         {LogLevel::error, LogLevel::warning, LogLevel::info, LogLevel::debug}) {
      CHECK(log.wants(line) == (line <= level));
      log.write(line, "x");
    }
    CHECK(lines_of(log).size() == static_cast<std::size_t>(level) + 1);
  }
  Log quiet(LogLevel::error);
  quiet.trouble(Trouble::malformed_line, "what", "line");
  CHECK(lines_of(quiet).empty());
}

TEST_CASE("log: control characters and bytes that are no text are escaped") {
  Log log(LogLevel::info);
  log.write(LogLevel::info, "a\nb\x1b[0m\xff");
  log.trouble(Trouble::malformed_line, "bad", "{\x01\x80\n");
  CHECK(lines_of(log) == std::vector<std::string>{"narrows: info: a\\x0ab\\x1b[0m\\xff\n",
                                                  "narrows: warning: bad: {\\x01\\x80\\x0a\n"});
}

TEST_CASE("log: of a long bad line the beginning is shown") {
  Log log(LogLevel::info);
  std::string line(100, 'a');
  line.push_back('b');
  log.trouble(Trouble::malformed_line, "bad", line.substr(0, 100));
  log.trouble(Trouble::oversized_line, "bad", line);
  CHECK(lines_of(log) ==
        std::vector<std::string>{"narrows: warning: bad: " + std::string(100, 'a') + "\n",
                                 "narrows: warning: bad: " + std::string(100, 'a') + " …\n"});
}

TEST_CASE("log: a line is cut to its bound, never in mid-character") {
  Log log(LogLevel::info);
  log.write(LogLevel::info, std::string(1'000, 'x'));
  log.write(LogLevel::info, std::string(Log::kLineBytes - 1, 'x') + "\u20ac");
  log.trouble(Trouble::malformed_line, "bad", std::string(1'000, '\x01'));
  const auto lines = lines_of(log);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "narrows: info: " + std::string(Log::kLineBytes, 'x') + "\n");
  CHECK(lines[1] == "narrows: info: " + std::string(Log::kLineBytes - 1, 'x') + "\n");
  CHECK(lines[2].size() <= std::string_view("narrows: warning: \n").size() + Log::kLineBytes);
  CHECK(lines[2].back() == '\n');
}

TEST_CASE("log: of one kind of trouble one line a second gets through, the rest is counted") {
  // A second may pass in between on a machine that is busy: then it is tried again.
  bool in_time = false;
  while (!in_time) {
    Log log(LogLevel::info);
    const std::uint64_t start = monotonic_ns();
    for (int i = 0; i < 10; ++i) log.trouble(Trouble::malformed_line, "first", "x");
    log.trouble(Trouble::late_reply, "another kind", "");
    in_time = monotonic_ns() - start < 1'000'000'000;
    if (!in_time) continue;
    CHECK(lines_of(log) == std::vector<std::string>{"narrows: warning: first: x\n",
                                                    "narrows: warning: another kind\n"});
    CHECK(suppressed(log, Trouble::malformed_line) == 9);
    CHECK(suppressed(log, Trouble::malformed_line) == 0);  // said once
    CHECK(suppressed(log, Trouble::late_reply) == 0);
    log.trouble(Trouble::malformed_line, "again", "x");
    if (monotonic_ns() - start < 1'000'000'000) {
      CHECK(lines_of(log).empty());
      CHECK(suppressed(log, Trouble::malformed_line) == 1);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1'010));
    log.trouble(Trouble::malformed_line, "later", "x");
    CHECK(lines_of(log) == std::vector<std::string>{"narrows: warning: later: x\n"});
    CHECK(suppressed(log, Trouble::malformed_line) == 0);
  }
}

TEST_CASE("log: seconds are those of the clock that it was given, if any") {
  Ticks now = 5'000'000'000;
  const Clock clock([](void* context) { return *static_cast<Ticks*>(context); }, &now);
  Log log(LogLevel::info, &clock);
  const auto fail = [&] {
    log.failed(Log::Code::timer, "an exception", "boom\n");
    log.failed(Log::Code::background_task, "something that is no exception", {});
    log.blocked_for(200, "a handler", "type");
    return lines_of(log);
  };
  CHECK(fail() ==
        std::vector<std::string>{
            "narrows: error: a timer threw an exception: boom\\x0a\n",
            "narrows: error: a background task threw something that is no exception\n",
            "narrows: warning: a handler held up all others for 200 ms (offload() is for work that "
            "takes long): type\n"});
  now += 999'999'999;
  CHECK(fail().empty());
  CHECK(fail().empty());
  std::vector<std::string> named;
  for (std::size_t kind = 0; kind < Log::kKinds; ++kind) {
    const std::uint64_t count = log.suppressed(kind);
    if (count != 0) named.push_back(std::to_string(count) + " " + std::string(Log::name_of(kind)));
  }
  CHECK(named == std::vector<std::string>{"2 that held up the node", "2 failures of timers",
                                          "2 failures of background tasks"});
  now += 1;
  CHECK(fail().size() == 3);
}

TEST_CASE("log: every kind of line that may be suppressed has a name") {
  std::vector<std::string> names;
  for (std::size_t kind = 0; kind < Log::kKinds; ++kind) names.emplace_back(Log::name_of(kind));
  CHECK(names.front() == profile::kTroubleNames.front());
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  CHECK_FALSE(names.front().empty());
}

TEST_CASE("log: lines without room are dropped and counted, the first ones stay") {
  Log log(LogLevel::info);
  for (std::size_t i = 0; i < Log::kLines + 5; ++i) log.write(LogLevel::info, std::to_string(i));
  CHECK(log.dropped() == 5);
  CHECK(log.dropped() == 0);
  const auto lines = lines_of(log);
  REQUIRE(lines.size() == Log::kLines);
  CHECK(lines.front() == "narrows: info: 0\n");
  CHECK(lines.back() == "narrows: info: 63\n");
  log.write(LogLevel::info, "room again");
  CHECK(lines_of(log) == std::vector<std::string>{"narrows: info: room again\n"});
}

TEST_CASE("log: a line wakes whoever sleeps for it") {
  Log log(LogLevel::info);
  const Parking::Ticket ticket = log.parking().ticket();
  log.write(LogLevel::info, "x");
  CHECK(log.parking().ticket() != ticket);
}

TEST_CASE("log: from many threads every line is whole, or counted as dropped") {
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kEach = 2'000;
  constexpr std::size_t kText = std::string_view("narrows: info: ").size();
  Log log(LogLevel::info);
  std::size_t taken = 0;
  bool whole = true;
  {
    std::vector<std::jthread> threads;
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      threads.emplace_back([&log, thread] {
        const std::string text(50 + thread, static_cast<char>('a' + thread));
        for (std::size_t i = 0; i < kEach; ++i) log.write(LogLevel::info, text);
      });
    }
    for (std::size_t round = 0; round < 1'000; ++round) {
      for (const std::string& line : lines_of(log)) {
        ++taken;
        const auto thread = static_cast<std::size_t>(line[kText] - 'a');
        whole = whole && line == "narrows: info: " + std::string(50 + thread, line[kText]) + "\n";
      }
      std::this_thread::yield();
    }
  }
  taken += lines_of(log).size();
  CHECK(whole);
  CHECK(taken + log.dropped() == kThreads * kEach);
}

TEST_CASE("log: a pattern says what a line looks like, and when it was left is its time") {
  const auto before = std::chrono::system_clock::now();
  Log log(LogLevel::info);
  log.write(LogLevel::warning, "100 %v {}");
  Log::Line line;
  REQUIRE(log.take(line));
  CHECK(line.time >= before);
  CHECK(line.time <= std::chrono::system_clock::now());
  std::string printed;
  bool takes = true;
  LogPrinter printer("%E.%e %n/%L %v", [&](std::string_view text) {
    printed = text;
    return takes;
  });
  const Log::Time time{std::chrono::milliseconds(86'400'007)};
  CHECK(printer.print(line.level, time, {line.text.data(), line.size}));
  CHECK(printed == "86400.007 narrows/W 100 %v {}\n");
  takes = false;
  CHECK_FALSE(printer.print(LogLevel::error, time, "lost"));
  takes = true;
  CHECK(printer.print(LogLevel::error, time, "next"));
  CHECK(printed == "86400.007 narrows/E next\n");
}

}  // namespace
}  // namespace narrows::pipeline
