// SPDX-License-Identifier: MIT
#include "child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <exception>
#include <iterator>
#include <sstream>
#include <system_error>

#include "files.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

constexpr std::size_t kOutputBytes = 1 << 20;
constexpr int kTries = 100;                      // of a call that is interrupted
constexpr std::uint64_t kForkSlack = 512 << 10;  // what the kernel counts late

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("cannot make a pipe");
    reader = ends[0];
    writer = ends[1];
  }
  ~Pipe() {
    close_end(reader);
    close_end(writer);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  /// Hands over an end, which does not block from now on.
  static int take(int& end, std::size_t bytes) {
    fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK);
    fcntl(end, F_SETPIPE_SZ, static_cast<int>(bytes));  // of use, but not needed
    const int taken = end;
    end = -1;
    return taken;
  }
  static void close_end(int& end) {
    if (end >= 0) close(end);
    end = -1;
  }

  int reader;
  int writer;
};

/// In the new process. Does not return; tells what failed through `status`.
[[noreturn]] void become(char* const* command, const Signals& signals, int input, int output,
                         int status) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signals.restore();
  if (dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0) {
    execvp(command[0], command);
  }
  const int error = errno;
  [[maybe_unused]] const ssize_t told = write(status, &error, sizeof error);
  _exit(127);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

/// The text of a file of the kernel's; empty if it cannot be read.
std::istringstream text_of(const char* path) {
  try {
    return std::istringstream(read_file(path));
  } catch (const std::exception&) {
    return {};
  }
}

/// What is resident of this process, by /proc/self/statm.
std::uint64_t own_rss_bytes() {
  std::istringstream file = text_of("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// Processes whose parent we are.
std::vector<pid_t> children() {
  std::istringstream list = text_of("/proc/thread-self/children");
  return {std::istream_iterator<pid_t>(list), {}};
}

/// Kills and reaps what the node left behind; `before` were ours already.
void reap_strays(const std::vector<pid_t>& before) {
  for (bool found = true; found;) {
    found = false;
    for (const pid_t pid : children()) {
      if (std::find(before.begin(), before.end(), pid) != before.end()) continue;
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      found = true;
    }
  }
}

}  // namespace

std::string Ending::how() const {
  if (signal == 0) return joined({"exited with status ", std::to_string(exit_status)});
  const char* const name = sigabbrev_np(signal);
  return joined({"was ended by ", name != nullptr ? "SIG" : "signal ",
                 name != nullptr ? name : std::to_string(signal)});
}

Child::Child(char* const* command, const Signals& signals, std::size_t input_bytes)
    : before_(children()) {
  Pipe to_child;
  Pipe from_child;
  Pipe status;
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // what the node leaves behind becomes ours
  own_rss_bytes_ = own_rss_bytes();
  pid_ = fork();
  if (pid_ < 0) fail("cannot fork");
  if (pid_ == 0) become(command, signals, to_child.reader, from_child.writer, status.writer);
  setpgid(pid_, pid_);  // whoever is first
  Pipe::close_end(status.writer);
  int error = 0;
  ssize_t bytes = -1;
  for (int tries = 0; tries < kTries && bytes < 0; ++tries) {
    bytes = read(status.reader, &error, sizeof error);
    if (bytes < 0 && errno != EINTR) break;
  }
  if (bytes == sizeof error) {
    reap();
    throw std::system_error(error, std::generic_category(),
                            joined({"cannot run ", printable(command[0])}));
  }
  input_ = Pipe::take(to_child.writer, input_bytes);
  output_ = Pipe::take(from_child.reader, kOutputBytes);
}

Child::~Child() {
  if (pid_ >= 0) {
    send(SIGKILL);
    reap();
  }
  close_input();
  close_output();
}

void Child::close_input() { Pipe::close_end(input_); }
void Child::close_output() { Pipe::close_end(output_); }

std::optional<Ending> Child::ended() const {
  siginfo_t info{};
  const bool is_known =
      waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
  if (!is_known || info.si_pid != pid_) return {};
  Ending ending;
  (info.si_code == CLD_EXITED ? ending.exit_status : ending.signal) = info.si_status;
  return ending;
}

void Child::send(int signal_number) const { kill(-pid_, signal_number); }

Ending Child::reap() {
  int status = 0;
  rusage usage{};
  send(SIGKILL);  // while its number is still taken
  for (int tries = 0; tries < kTries; ++tries) {
    if (wait4(pid_, &status, 0, &usage) >= 0 || errno != EINTR) break;
  }
  pid_ = -1;
  reap_strays(before_);
  Ending ending;
  if (WIFSIGNALED(status)) {
    ending.signal = WTERMSIG(status);
  } else {
    ending.exit_status = WEXITSTATUS(status);
  }
  ending.user_s = seconds(usage.ru_utime);
  ending.system_s = seconds(usage.ru_stime);
  ending.context_switches =
      static_cast<std::uint64_t>(usage.ru_nvcsw) + static_cast<std::uint64_t>(usage.ru_nivcsw);
  const std::uint64_t peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  if (peak_rss_bytes > own_rss_bytes_ + kForkSlack) ending.peak_rss_bytes = peak_rss_bytes;
  return ending;
}

}  // namespace narrows::tools
