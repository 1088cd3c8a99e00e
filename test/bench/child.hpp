// SPDX-License-Identifier: MIT
// A node under measurement, as a child process on two pipes, or on any two descriptors.
//
// Ownership: a Child owns its process and its ends of the pipes; it kills what still runs at the
// end. Threads: one. Errors: whatever goes wrong in a driver ends it, with one line on stderr and
// status 1.
#pragma once

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "cpus.hpp"

/// Ends the driver. The format and its arguments are printf's.
[[noreturn, gnu::format(printf, 1, 2)]] inline void die(const char* format, ...) {
  std::va_list arguments;
  va_start(arguments, format);
  std::vfprintf(stderr, format, arguments);
  va_end(arguments);
  std::fputc('\n', stderr);
  std::exit(1);
}

inline std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Keeps the caller on the highest cpu that it may use. Call it after the child was started, which
/// would inherit it.
inline void pin_driver() {
  const std::vector<std::size_t> cpus = allowed_cpus();
  if (cpus.empty() || !pin_to(cpus.back())) die("the driver cannot be pinned to a cpu");
}

struct Ending {
  int status;  // as waitpid gives it
  rusage usage;
};

class Child {
 public:
  static constexpr int kPipe = -1;

  /// Starts `argv` with the given stdin and stdout; kPipe makes a pipe for it.
  Child(char** argv, int input, int output) {
    int to_child[2] = {input, -1};
    int from_child[2] = {-1, output};
    if (input == kPipe && pipe2(to_child, O_CLOEXEC) != 0) die("pipe: %s", std::strerror(errno));
    if (output == kPipe && pipe2(from_child, O_CLOEXEC) != 0) die("pipe: %s", std::strerror(errno));
    pid_ = fork();
    if (pid_ < 0) die("fork: %s", std::strerror(errno));
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (dup2(to_child[0], 0) >= 0 && dup2(from_child[1], 1) >= 0) execvp(argv[0], argv);
      std::fprintf(stderr, "%s: %s\n", argv[0], std::strerror(errno));
      _exit(127);
    }
    if (input == kPipe) close(to_child[0]);
    if (output == kPipe) close(from_child[1]);
    write_end_ = input == kPipe ? to_child[1] : -1;
    read_end_ = output == kPipe ? from_child[0] : -1;
  }

  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ~Child() {
    close_input();
    if (read_end_ >= 0) close(read_end_);
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      wait();
    }
  }

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] int write_end() const { return write_end_; }
  [[nodiscard]] int read_end() const { return read_end_; }

  void close_input() {
    if (write_end_ >= 0) close(write_end_);
    write_end_ = -1;
  }

  /// Writes a line, newline included, in one go.
  void send(std::string_view line) const {
    if (write(write_end_, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
      die("the node does not take its input: %s", std::strerror(errno));
    }
  }

  /// Reads until a whole line is there, and dies unless it is `line` and nothing follows it.
  void expect(std::string_view line) {
    std::size_t have = 0;
    while (have == 0 || buffer_[have - 1] != '\n') {
      if (have == sizeof buffer_) die("the node's reply is too long");
      const ssize_t count = read(read_end_, buffer_ + have, sizeof buffer_ - have);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) die("the node's output ended early");
      have += static_cast<std::size_t>(count);
    }
    check(line, {buffer_, have});
  }

  /// Closes the node's input, and dies unless its output ends and it exits with status 0.
  Ending finish() {
    close_input();
    if (read_end_ >= 0 && read(read_end_, buffer_, sizeof buffer_) != 0) {
      die("the node says more than was asked");
    }
    const Ending ending = wait();
    if (ending.status != 0) die("the node ended with wait status %d", ending.status);
    return ending;
  }

  static void check(std::string_view expected, std::string_view reply) {
    if (reply == expected) return;
    die("expected %.*sgot      %.*s", static_cast<int>(expected.size()), expected.data(),
        static_cast<int>(reply.size()), reply.data());
  }

 private:
  Ending wait() {
    Ending ending{};
    while (wait4(pid_, &ending.status, 0, &ending.usage) < 0) {
      if (errno != EINTR) die("wait4: %s", std::strerror(errno));
    }
    pid_ = -1;
    return ending;
  }

  pid_t pid_ = -1;
  int write_end_ = -1;
  int read_end_ = -1;
  char buffer_[4096];
};

inline constexpr std::string_view kInit =
    R"({"src":"c0","dest":"n1","body":{"type":"init","msg_id":1,"node_id":"n1","node_ids":["n1"]}})"
    "\n";
inline constexpr std::string_view kInitOk =
    R"({"src": "n1", "dest": "c0", "body": {"type": "init_ok", "in_reply_to": 1, "msg_id": 0}})"
    "\n";

inline constexpr std::size_t kEchoBytes = 96;

/// Echo `id` (2 and up; `init` is 1), in its request and in its reply.
inline std::string echo_payload(std::int64_t id) {
  constexpr std::size_t kAround = 68;  // bytes of echo_request beside msg_id and payload
  return std::string(kEchoBytes - kAround - std::to_string(id).size(), 'x');
}

/// kEchoBytes long, newline included.
inline std::string echo_request(std::int64_t id) {
  return R"({"src":"c1","dest":"n1","body":{"type":"echo","msg_id":)" + std::to_string(id) +
         R"(,"echo":")" + echo_payload(id) + "\"}}\n";
}

/// What the node must answer to it.
inline std::string echo_reply(std::int64_t id) {
  return R"({"src": "n1", "dest": "c1", "body": {"type": "echo_ok", "echo": ")" + echo_payload(id) +
         R"(", "in_reply_to": )" + std::to_string(id) + R"(, "msg_id": )" + std::to_string(id - 1) +
         "}}\n";
}

/// argv after "--", or dies with the usage.
inline char** command_after_dashes(int argc, char** argv, const char* usage) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) return argv + i + 1;
  }
  die("usage: %s", usage);
}
