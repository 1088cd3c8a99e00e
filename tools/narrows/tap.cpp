// SPDX-License-Identifier: MIT
#include "tap.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "base/descriptor.hpp"
#include "child.hpp"
#include "signals.hpp"
#include "tap_file.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kPipeBytes = std::size_t{64} << 10;  // as the kernel would have it
/// How long nothing comes when the node has ended: a child of it may hold its stdout.
constexpr auto kGrace = 1s;
constexpr auto kTick = 50ms;
constexpr int kFailed = 3;  // the exit status: what was asked for could not be done

void let_block(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK); }

/// One direction: passes on what comes, first, and then records it.
class Relay {
 public:
  using Clock = TapFile::Clock;
  static constexpr Clock::time_point kBusy = Clock::time_point::max();

  Relay(int from, int to, TapFile& file, Direction direction)
      : from_(from), to_(to), record_(file, direction) {}

  /// Until an end, or a reader that is gone.
  void run();
  /// Since when it waits for input, or is done; kBusy while it passes on or records.
  [[nodiscard]] Clock::time_point idle_since() const { return idle_since_; }
  /// Why it could not go on; 0 if it came to an end, or to a reader that is gone.
  [[nodiscard]] int error() const { return error_; }
  /// Records what there is of a last line. Nothing is recorded afterwards.
  void end();

 private:
  bool pass(std::string_view bytes);

  const int from_;
  const int to_;
  std::atomic<Clock::time_point> idle_since_{Clock::now()};
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);  // at once, while it can be refused
  std::atomic<int> error_{0};
  std::mutex mutex_;  // of what follows
  LineRecord record_;
  bool ended_ = false;
};

void Relay::run() {
  Refusals refusals;
  for (bool goes_on = true; goes_on;) {
    const ssize_t bytes = read(from_, buffer_.data(), buffer_.size());
    const bool is_put_off = bytes < 0 && (errno == EINTR || errno == EAGAIN);
    if (is_put_off && !refusals.are_too_many(from_, POLLIN)) {
      // Whoever gave us this descriptor may have it so that it does not wait.
      pollfd readable{from_, POLLIN, 0};
      poll(&readable, 1, -1);
      continue;
    }
    refusals = {};
    if (bytes < 0) error_ = errno;
    idle_since_ = kBusy;
    goes_on = bytes > 0 && pass({buffer_.data(), static_cast<std::size_t>(bytes)});
    if (!goes_on) end();
    idle_since_ = Clock::now();
  }
}

bool Relay::pass(std::string_view bytes) {
  const auto now = Clock::now();
  const bool passed = write_all(to_, bytes);
  if (!passed && errno != EPIPE) error_ = errno;  // a reader that is gone wants no more
  const std::scoped_lock lock(mutex_);
  if (!ended_) record_.add(bytes, now);
  return passed;
}

void Relay::end() {
  const std::scoped_lock lock(mutex_);
  if (!ended_) record_.end();
  ended_ = true;
}

/// It is never waited for.
template <typename Work>
void start_thread(Work work) {
  try {
    std::thread(std::move(work)).detach();
  } catch (const std::system_error& error) {
    throw std::system_error(error.code(), "cannot start a thread");
  }
}

void forward_signals(const Signals& signals, const Child& child) {
  while (!child.has_ended()) {
    pollfd signalled{signals.descriptor(), POLLIN, 0};
    poll(&signalled, 1, -1);
    if (const int stop = signals.take(); stop != 0) child.send(stop);
  }
}

/// After the node's end: waits until all that it wrote to `output` is passed on, which `drained`
/// tells, or nothing comes any more. False if a signal to stop came first.
bool drain(const Signals& signals, const Relay& out, int output, int drained) {
  const auto ended = Relay::Clock::now();
  for (;;) {
    std::array<pollfd, 2> fds{{{signals.descriptor(), POLLIN, 0}, {drained, POLLIN, 0}}};
    poll(fds.data(), fds.size(), static_cast<int>(kTick.count()));
    if (signals.take() != 0) return false;  // and there is nobody left to pass it on to
    if (fds[1].revents != 0) return true;
    // Where there is something to be read, the relay waits for a CPU alone.
    pollfd unread{output, POLLIN, 0};
    if (poll(&unread, 1, 0) > 0) continue;
    // A reader of ours that is slow is waited for: then the relay is busy.
    const auto idle_since = out.idle_since();
    if (idle_since == Relay::kBusy) continue;
    if (Relay::Clock::now() - std::max(idle_since, ended) > kGrace) return true;
  }
}

/// What has been passed to the node is to be recorded. Nothing can hold that up once it is gone.
void let_record(const Relay& in) {
  const auto deadline = Relay::Clock::now() + kGrace;
  while (in.idle_since() == Relay::kBusy && Relay::Clock::now() < deadline) {
    std::this_thread::sleep_for(100us);
  }
}

/// What was not passed on is said, and is no success.
void check_passed(const Relay& relay, const char* what, Ending& node) {
  if (relay.error() == 0) return;
  std::fprintf(stderr, "narrows: %s could not be passed on: %s\n", what,
               std::strerror(relay.error()));
  if (node.signal == 0 && node.exit_status == 0) node.exit_status = kFailed;
}

/// Ends this process as the node ended.
[[noreturn]] void end_as(const Ending& node) {
  if (node.signal != 0) {
    const rlimit no_core{0, 0};  // the node has left one, if it was to
    setrlimit(RLIMIT_CORE, &no_core);
    std::signal(node.signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, node.signal);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    raise(node.signal);
  }
  _exit(node.signal != 0 ? 128 + node.signal : node.exit_status);
}

}  // namespace

void tap(const TapOptions& options) {
  const Signals signals;
  TapFile file(options.out, options.command);
  const int drained = eventfd(0, EFD_CLOEXEC);
  if (drained < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  Child child(options.command, signals, kPipeBytes);
  let_block(child.input());
  let_block(child.output());

  Relay in(STDIN_FILENO, child.input(), file, Direction::in);
  const int output = child.output();
  Relay out(output, STDOUT_FILENO, file, Direction::out);
  try {
    start_thread([&] {
      in.run();
      child.close_input();
      close(STDIN_FILENO);  // so that whoever writes there notices
    });
    start_thread([&] {
      out.run();
      child.close_output();
      eventfd_write(drained, 1);
    });

    forward_signals(signals, child);
    bool stopped = !drain(signals, out, output, drained);
    Ending node = child.reap();
    let_record(in);
    in.end();
    out.end();
    file.finish([&] { return stopped = stopped || signals.take() != 0; });
    check_passed(in, "the node's input", node);
    check_passed(out, "the node's output", node);
    end_as(node);  // the threads may be about anything
  } catch (const std::exception& error) {
    child.send(SIGKILL);
    std::fprintf(stderr, "narrows: %s\n", error.what());
    _exit(kFailed);  // they may use what is here
  }
}

}  // namespace narrows::tools
