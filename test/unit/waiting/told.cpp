// SPDX-License-Identifier: MIT
// What a node's log tells of what went wrong, and the end of a node whose work takes long.
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "narrows/testing.hpp"
#include "unit/doctest.hpp"

namespace narrows {
namespace {

using namespace std::chrono_literals;
using testing::Harness;
using testing::Sent;
using Lines = std::vector<std::string>;

struct Silent : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return nullptr; }
};

TEST_CASE("told: what a handler throws is in the log, with its text, and in the reply") {
  Node node;
  node.on("std", [](const Request&) -> Reply { throw std::runtime_error("boom\n"); });
  node.on("later", [](const Request&) -> Task<Reply> {
    co_await sleep(1ms);
    throw std::runtime_error("late boom");
  });
  node.on("string", [](const Request&) -> Reply { throw std::string("a text"); });
  node.on("literal", [](const Request&) -> Reply { throw "a literal"; });
  node.on("null", [](const Request&) -> Reply { throw static_cast<const char*>(nullptr); });
  node.on("silent", [](const Request&) -> Reply { throw Silent(); });
  node.on("number", [](const Request&) -> Reply { throw 7; });
  Harness harness(node);
  const auto ask = [&](const std::string& type) {
    harness.request("c1", "\"type\":\"" + type + "\"");
    harness.advance(2s);
    const auto sent = harness.take();
    return sent.size() == 1 ? sent[0].body : std::string("nothing");
  };
  const auto has = [](const std::string& body, const std::string& text) {
    return body.find(R"("code":13,"text":")" + text + "\"") != std::string::npos;
  };
  CHECK(has(ask("std"), "boom\\n"));
  CHECK(harness.take_log() == Lines{"warning: the handler of std threw an exception: boom\\x0a"});
  CHECK(has(ask("later"), "late boom"));
  CHECK(harness.take_log() == Lines{"warning: the handler of later threw an exception: late boom"});
  CHECK(has(ask("string"), "a text"));
  CHECK(harness.take_log() == Lines{"warning: the handler of string threw a string: a text"});
  CHECK(has(ask("literal"), "a literal"));
  CHECK(harness.take_log() == Lines{"warning: the handler of literal threw a string: a literal"});
  CHECK(has(ask("null"), "the handler failed"));
  CHECK(harness.take_log() == Lines{"warning: the handler of null threw a string"});
  CHECK(has(ask("silent"), "the handler failed"));
  CHECK(harness.take_log() == Lines{"warning: the handler of silent threw an exception"});
  CHECK(has(ask("number"), "the handler failed"));
  CHECK(harness.take_log() ==
        Lines{"warning: the handler of number threw something that is no exception"});
  CHECK(harness.take_log().empty());
}

TEST_CASE("told: an error that no reply carries is in the log, once") {
  Node node;
  node.on("throw", [](const Request&) -> Reply { throw Error(ErrorCode::abort, "thrown"); });
  node.on("return", [](const Request&) -> Reply { return Error(77, "returned"); });
  node.on("later", [](const Request&) -> Task<Reply> {
    co_await sleep(1ms);
    throw Error(ErrorCode::abort, "thrown late");
  });
  node.on("std", [](const Request&) -> Reply { throw std::runtime_error("boom"); });
  Harness harness(node);
  const auto log_of = [&](const std::string& type, const std::string& more = "") {
    harness.feed(R"({"src":"c1","dest":"n1","body":{"type":")" + type + "\"" + more + "}}\n");
    harness.advance(2s);
    return harness.take_log();
  };
  const std::string begin = "warning: a message wants no reply, so nobody is told of error ";
  CHECK(log_of("throw") == Lines{begin + "14 (thrown): throw"});
  CHECK(log_of("return") == Lines{begin + "77 (returned): return"});
  CHECK(log_of("later") == Lines{begin + "14 (thrown late): later"});
  CHECK(log_of("std") == Lines{"warning: the handler of std threw an exception: boom"});
  CHECK(harness.take().empty());
  CHECK(log_of("throw", R"(,"msg_id":1)").empty());  // the reply tells
  CHECK(log_of("later", R"(,"msg_id":1)").empty());
  CHECK(log_of("std", R"(,"msg_id":1)").size() == 1);
  CHECK(log_of("return") == Lines{begin + "77 (returned): return"});
}

TEST_CASE("told: a request that is dropped at its deadline leaves a line") {
  Node node;
  node.on("wait", [](const Request&) -> Task<Reply> {
    co_await sleep(1h);
    co_return reply("wait_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"wait")");
  harness.request("c1", R"("type":"wait")");
  harness.advance(4s);
  CHECK(harness.take_log().empty());
  harness.advance(1s);
  CHECK(harness.take().empty());
  CHECK(harness.take_log() ==
        Lines{"warning: a request was dropped at its deadline, without a reply: wait"});
}

TEST_CASE("told: of what timers and callbacks throw there is one line a second") {
  Node node;
  node.every(1ms, [] { throw std::runtime_error("a tick"); });
  node.after_init([&] {
    node.every(1ms, [&] {
      node.rpc("n2", message("x"), 1ms, [](const RpcResult&) { throw "a string"; });
    });
    throw 7;
  });
  Harness harness(node);
  CHECK(harness.take_log() ==
        Lines{"error: an after_init hook threw something that is no exception"});
  harness.advance(999ms);
  CHECK(harness.take_log() == Lines{"error: a timer threw an exception: a tick",
                                    "error: the callback of an RPC threw a string: a string"});
  harness.advance(1s);
  CHECK(harness.take_log().size() == 2);
}

/// What is written to stderr while it lives. No more than a pipe takes.
class StderrOf {
 public:
  StderrOf() : kept_(dup(STDERR_FILENO)) {
    REQUIRE(pipe(ends_.data()) == 0);
    dup2(ends_[1], STDERR_FILENO);
  }
  StderrOf(const StderrOf&) = delete;
  StderrOf& operator=(const StderrOf&) = delete;
  ~StderrOf() { close(ends_[0]); }

  std::string text() {
    dup2(kept_, STDERR_FILENO);
    close(kept_);
    close(ends_[1]);
    std::string text(65'536, '\0');
    const ssize_t size = read(ends_[0], text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  int kept_;
  std::array<int, 2> ends_{};
};

TEST_CASE("told: what a node has logged is printed, also if it never runs") {
  StderrOf captured;
  {
    Options options;
    options.log_pattern = "prog: %l: %v";
    options.log_level = LogLevel::warning;
    Node node(options);
    node.log(LogLevel::error, "cannot read my config");
    node.log(LogLevel::info, "left out");
  }
  { const Node silent; }
  {
    Node node;
    for (int i = 0; i < 65; ++i) node.log(LogLevel::info, "line " + std::to_string(i));
    Harness harness(node);
    CHECK(harness.take_log().size() == 64);
    node.log(LogLevel::info, "the last one");
  }
  CHECK(captured.text() ==
        "prog: error: cannot read my config\n"
        "narrows: info: the last one\n"
        "narrows: warning: 1 log lines were lost\n");
}

TEST_CASE("told: who waits for no offloaded work is told at once that the node ends") {
  Node node;
  std::atomic<bool> may_end{false};
  node.on("work", [&](const Request&) -> Task<Reply> {
    const int value = co_await offload([&] {
      while (!may_end) std::this_thread::yield();
      return 7;
    });
    node.send("n2", message("note"));
    co_return reply("work_ok").set("value", value);
  });
  node.on("wait", [&](const Request&) -> Task<Reply> {
    try {
      co_await sleep(1h);
    } catch (const Cancelled&) {
      may_end = true;  // before that the work does not end
      throw;
    }
    co_return reply("wait_ok");
  });
  Harness harness(node);
  harness.request("c1", R"("type":"work")");
  harness.request("c2", R"("type":"wait")");
  harness.end();
  const auto sent = harness.take();
  REQUIRE(sent.size() == 3);
  CHECK(sent[0].dest == "c2");
  CHECK(sent[0].type == "error");
  CHECK(sent[1].type == "note");
  CHECK(sent[2].body.find(R"("type":"work_ok","value":7)") != std::string::npos);
}

TEST_CASE("told: offloaded work that takes long is named when the node ends, and awaited") {
  Node node;
  int frames = 0;
  Harness* own = nullptr;
  Lines lines;
  node.on("work", [&](const Request&) -> Task<Reply> {
    co_await offload([&] {  // until there is a line, or far too long
      for (int i = 0; i < 3'000 && lines.empty(); ++i) {
        std::this_thread::sleep_for(10ms);
        lines = own->take_log();
      }
    });
    co_return reply("work_ok");
  });
  node.on("more", [&](const Request&) -> Task<Reply> {  // without an end
    ++frames;
    struct Leave {
      int& frames;
      ~Leave() { --frames; }
    } leave{frames};
    for (;;) co_await offload([] { std::this_thread::sleep_for(1ms); });
  });
  Harness harness(node);
  own = &harness;
  harness.request("c1", R"("type":"work")");
  harness.request("c1", R"("type":"more")");
  harness.end();
  CHECK(frames == 0);
  CHECK(lines ==
        Lines{"warning: 1 piece of offloaded work is still running: the node ends when it does"});
  const auto sent = harness.take();
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].type == "error");
  CHECK(sent[1].type == "work_ok");
}

}  // namespace
}  // namespace narrows
