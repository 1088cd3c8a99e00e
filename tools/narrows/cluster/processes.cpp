// SPDX-License-Identifier: MIT
#include "cluster/processes.hpp"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

#include "text.hpp"

namespace narrows::tools {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr std::size_t kPipeBytes = std::size_t{1} << 20;
constexpr std::size_t kReadBytes = std::size_t{64} << 10;
constexpr std::size_t kSlackBytes = testing::EnvelopeReader::kSlackBytes;
constexpr std::size_t kMostLineBytes = std::size_t{16} << 20;
constexpr std::size_t kMostUnsentBytes = std::size_t{64} << 20;
constexpr std::size_t kMostBytesUnderWay = std::size_t{1} << 30;
constexpr rlim_t kDescriptorsOfNode = 2;
constexpr rlim_t kOtherDescriptors = 64;
constexpr nanoseconds kTick = 100ms;        // to look whether somebody has ended
constexpr nanoseconds kInitPatience = 10s;  // as Maelstrom's
constexpr nanoseconds kEndPatience = 2s;    // after each way of asking a node to end

std::string init_members(const std::string& node, const std::vector<std::string>& nodes) {
  std::string members = R"("type":"init","node_id":")" + node + R"(","node_ids":[)";
  for (const std::string& name : nodes) {
    members.append(&name == &nodes.front() ? "\"" : ",\"").append(name).append("\"");
  }
  return members + "]";
}

/// Many nodes take more descriptors than a process has unless it asks. They inherit that.
void allow_descriptors(std::size_t nodes) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = kDescriptorsOfNode * nodes + kOtherDescriptors;
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(wanted, limit.rlim_max);
  setrlimit(RLIMIT_NOFILE, &limit);  // if it is not enough, a pipe cannot be made, and that is told
}

/// Of a node whose output has ended: its process ends with it, or a moment later.
std::string how_it_ended(const Child& child) {
  constexpr std::chrono::milliseconds kMoment = 1ms;
  constexpr int kMoments = 500;
  for (int i = 0; i < kMoments; ++i) {
    if (const auto ending = child.ended()) return ending->how();
    std::this_thread::sleep_for(kMoment);
  }
  return "closed its output";
}

}  // namespace

Processes::Process::Process(char* const* command, const Signals& signals)
    : child(command, signals, kPipeBytes), read(kReadBytes + kSlackBytes) {}

Processes::Processes(testing::NetworkOptions options, char* const* command)
    : router_(std::move(options), *this) {
  allow_descriptors(router_.names().size());
  try {
    for (std::size_t i = 0; i < router_.names().size(); ++i) {
      processes_.push_back(std::make_unique<Process>(command, signals_));
    }
  } catch (...) {
    kill_all();
    throw;
  }
}

Processes::~Processes() { kill_all(); }

/// The last first: each knows those that were there before it, and ends no others.
void Processes::kill_all() {
  while (!processes_.empty()) processes_.pop_back();
}

void Processes::init() {
  std::size_t waited_for = nodes().size();
  for (std::size_t i = 0; i < nodes().size(); ++i) {
    request(
        "c0", nodes()[i], init_members(nodes()[i], nodes()),
        [this, i, &waited_for](const testing::Answer& answer) {
          --waited_for;
          if (answer.type == "init_ok") return;
          see_problem(
              i, answer.type.empty() ? "does not answer init" : "answers init with " + answer.body);
        },
        kInitPatience);
  }
  run_until([&] { return waited_for == 0; });
}

void Processes::run_until(const std::function<bool()>& is_over) {
  while (!is_over() && problem_.empty() && stop_signal_ == 0) turn(kTick);
}

void Processes::request(std::string_view client, std::string_view node, std::string_view members,
                        Then then, nanoseconds timeout) {
  router_.request(client, node, members, std::move(then), timeout);
}

void Processes::after(nanoseconds delay, std::function<void()> what) {
  router_.after(delay, std::move(what));
}

void Processes::pause(std::string_view node) {
  Process& process = *processes_[router_.index(node)];
  if (!std::exchange(process.is_paused, true)) process.child.send(SIGSTOP);
  router_.tell("pause", node);
}

void Processes::resume(std::string_view node) {
  Process& process = *processes_[router_.index(node)];
  if (std::exchange(process.is_paused, false)) process.child.send(SIGCONT);
  router_.tell("resume", node);
}

/// A message has arrived at a node.
void Processes::take(std::size_t node, std::string_view line) {
  router_.tell("deliver", line);
  Process& process = *processes_[node];
  if (process.unsent.size() - process.sent > kMostUnsentBytes) {
    return see_problem(node, "does not read its input: 64 MiB wait for it");
  }
  process.unsent.append(line).append("\n");
}

/// What is due, what can be written, what comes; waits for the first of them, for a while.
void Processes::turn(nanoseconds at_most) {
  do_what_is_due();
  for (const auto& process : processes_) write(*process);
  const nanoseconds next = std::min(router_.next_arrival(), router_.next_call());
  wait(next == testing::kNever ? at_most : std::min(at_most, next - router_.now()));
}

void Processes::do_what_is_due() {
  router_.move_to(Clock::now() - start_);
  while (std::min(router_.next_arrival(), router_.next_call()) <= router_.now()) {
    if (router_.next_arrival() <= router_.next_call()) {
      router_.deliver_next();
    } else {
      router_.call_next();
    }
  }
}

void Processes::wait(nanoseconds at_most) {
  std::vector<pollfd> fds{{signals_.descriptor(), POLLIN, 0}};
  for (const auto& process : processes_) {
    const bool is_full = process->sent < process->unsent.size();
    fds.push_back({process->has_output_ended ? -1 : process->child.output(), POLLIN, 0});
    fds.push_back({is_full ? process->child.input() : -1, POLLOUT, 0});
  }
  const std::int64_t ns = std::max<std::int64_t>(at_most.count(), 0);
  const timespec timeout{ns / 1'000'000'000, ns % 1'000'000'000};
  if (ppoll(fds.data(), fds.size(), &timeout, nullptr) < 0) return;
  if (fds[0].revents != 0) {
    if (const int stop = signals_.take(); stop != 0) stop_signal_ = stop;
    look_at_ = std::min(look_at_, Clock::now() + kTick);  // what it wrote is read first
  }
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (fds[1 + 2 * i].revents != 0) read(i);
  }
  if (Clock::now() >= look_at_) look_for_ends();
}

/// Of nodes whose output does not end with them, as a child of theirs has it.
void Processes::look_for_ends() {
  look_at_ = Clock::time_point::max();
  for (std::size_t i = 0; i < processes_.size() && problem_.empty() && !is_ending_; ++i) {
    if (const auto ending = processes_[i]->child.ended()) see_problem(i, ending->how());
  }
}

/// What its pipe takes now. A node that reads no more tells by its end.
void Processes::write(Process& process) {
  while (process.sent < process.unsent.size() && process.child.input() >= 0) {
    const ssize_t bytes = ::write(process.child.input(), process.unsent.data() + process.sent,
                                  process.unsent.size() - process.sent);
    if (bytes < 0 && errno == EINTR) continue;
    if (bytes < 0 && errno == EAGAIN) return;
    if (bytes < 0) process.child.close_input();
    process.sent += bytes < 0 ? 0 : static_cast<std::size_t>(bytes);
  }
  process.unsent.clear();
  process.sent = 0;
}

void Processes::read(std::size_t node) {
  Process& process = *processes_[node];
  if (process.read.size() < process.read_size + kReadBytes + kSlackBytes) {
    process.read.resize(2 * process.read.size());
  }
  const ssize_t bytes =
      ::read(process.child.output(), process.read.data() + process.read_size, kReadBytes);
  if (bytes < 0 && (errno == EINTR || errno == EAGAIN)) return;
  process.has_output_ended = bytes <= 0;
  if (is_ending_) return;  // nobody asks for what it says now
  if (bytes <= 0) {
    if (process.read_size > 0) see_problem(node, "ended its output in the middle of a line");
    return see_problem(node, how_it_ended(process.child));
  }
  process.read_size += static_cast<std::size_t>(bytes);
  post_lines(node);
}

void Processes::post_lines(std::size_t node) {
  Process& process = *processes_[node];
  char* const begin = process.read.data();
  std::memset(begin + process.read_size, 0, kSlackBytes);
  router_.move_to(Clock::now() - start_);
  std::size_t at = 0;
  std::size_t from = process.searched;
  while (void* const end = std::memchr(begin + from, '\n', process.read_size - from)) {
    const std::string_view line(begin + at,
                                static_cast<std::size_t>(static_cast<char*>(end) - (begin + at)));
    *static_cast<char*>(end) = '\0';
    from = at += line.size() + 1;
    try {
      router_.post(node, line);
    } catch (const std::invalid_argument&) {
      see_problem(node, joined({"wrote a message with another's src: ", line}));
    } catch (const std::logic_error&) {
      see_problem(node, joined({"wrote a line that is no message: ", line}));
    }
  }
  if (at > 0) std::memmove(begin, begin + at, process.read_size - at);
  process.read_size -= at;
  process.searched = process.read_size;
  if (process.read_size > kMostLineBytes) see_problem(node, "wrote a line of more than 16 MiB");
  if (router_.bytes_under_way() > kMostBytesUnderWay) {
    see_problem(node, "writes more than arrives: 1 GiB is under way");
  }
}

void Processes::end() {
  is_ending_ = true;
  for (const auto& process : processes_) {
    if (std::exchange(process->is_paused, false)) process->child.send(SIGCONT);
    process->child.close_input();
  }
  for (const int signal_number : {0, SIGTERM, SIGKILL}) {
    for (const auto& process : processes_) {
      if (signal_number != 0 && !process->child.has_ended()) process->child.send(signal_number);
    }
    const auto deadline = Clock::now() + kEndPatience;
    while (!all_have_ended() && Clock::now() < deadline) wait(kTick);
  }
}

bool Processes::all_have_ended() {
  return std::ranges::all_of(processes_,
                             [](const auto& process) { return process->child.has_ended(); });
}

/// The first is told: others follow from it.
void Processes::see_problem(std::size_t node, std::string_view what) {
  if (is_ending_ || !problem_.empty()) return;
  problem_ = joined({nodes()[node], " ", printable(what, 400)});
}

}  // namespace narrows::tools
