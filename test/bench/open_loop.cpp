// SPDX-License-Identifier: MIT
// CPU time of a node at a steady rate: prints the ns of CPU that all its threads took, and the
// messages that they were taken for.
//
//   open_loop RATE SECONDS -- NODE [ARGS...]
//
//   driver (pinned) ──one echo each 1/RATE s, answered or not──▶ node ──replies──▶ driver
//
// A message that is late because the driver woke late is sent at once, by itself. Every reply is
// compared with what it must be. The first quarter of a second is warm-up.
#include <dirent.h>
#include <poll.h>
#include <sys/prctl.h>

#include "child.hpp"

namespace {

constexpr const char* kUsage = "open_loop RATE SECONDS -- NODE [ARGS...]";

/// What the process's threads ran so far, from the scheduler's own books.
std::int64_t cpu_ns(pid_t pid) {
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  DIR* const folder = opendir(tasks.c_str());
  if (folder == nullptr) die("%s: %s", tasks.c_str(), std::strerror(errno));
  std::int64_t sum = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] == '.') continue;
    std::FILE* const file = std::fopen((tasks + "/" + entry->d_name + "/schedstat").c_str(), "r");
    long long ran = 0;
    if (file == nullptr || std::fscanf(file, "%lld", &ran) != 1)
      die("%s: no schedstat", tasks.c_str());
    std::fclose(file);
    sum += ran;
  }
  closedir(folder);
  return sum;
}

/// Compares what the node says with the replies due, however reads cut them.
class Replies {
 public:
  explicit Replies(const Child& node) : node_(node) {}

  [[nodiscard]] std::int64_t seen() const { return next_id_ - 2; }

  /// Takes what has arrived by `deadline_ns` at the latest; returns at once when there is
  /// something.
  void take(std::int64_t deadline_ns) {
    pollfd readable{node_.read_end(), POLLIN, 0};
    const std::int64_t left = deadline_ns - now_ns();
    const timespec wait{left > 0 ? left / 1'000'000'000 : 0, left > 0 ? left % 1'000'000'000 : 0};
    if (ppoll(&readable, 1, &wait, nullptr) <= 0) return;
    const ssize_t count = read(node_.read_end(), chunk_, sizeof chunk_);
    if (count <= 0) die("the node's output ended early");
    for (ssize_t i = 0; i < count; ++i) {
      line_ += chunk_[i];
      if (chunk_[i] != '\n') continue;
      Child::check(echo_reply(next_id_++), line_);
      line_.clear();
    }
  }

 private:
  const Child& node_;
  std::int64_t next_id_ = 2;
  std::string line_;  // the part of a reply that has arrived
  char chunk_[64 * 1024];
};

}  // namespace

int main(int argc, char** argv) {
  char** const command = command_after_dashes(argc, argv, kUsage);
  if (command != argv + 4) die("usage: %s", kUsage);
  const double rate_per_second = std::strtod(argv[1], nullptr);
  const double seconds = std::strtod(argv[2], nullptr);
  if (!(rate_per_second > 0) || !(seconds > 0)) die("usage: %s", kUsage);
  std::signal(SIGPIPE, SIG_IGN);

  Child node(command, Child::kPipe, Child::kPipe);
  pin_driver();
  prctl(PR_SET_TIMERSLACK, 1);
  node.send(kInit);
  node.expect(kInitOk);
  Replies replies(node);
  const auto warm_up = static_cast<std::int64_t>(rate_per_second / 4);
  const auto messages = static_cast<std::int64_t>(rate_per_second * seconds);
  std::int64_t cpu_before = 0;
  const std::int64_t start = now_ns();
  for (std::int64_t i = 0; i < warm_up + messages; ++i) {
    const auto due =
        start + static_cast<std::int64_t>(static_cast<double>(i) * 1e9 / rate_per_second);
    while (now_ns() < due) replies.take(due);
    if (i == warm_up) cpu_before = cpu_ns(node.pid());
    node.send(echo_request(i + 2));
  }
  const std::int64_t give_up = now_ns() + 5'000'000'000;
  while (replies.seen() < warm_up + messages) {
    if (now_ns() > give_up) die("only %jd replies came", std::intmax_t{replies.seen()});
    replies.take(give_up);
  }
  const std::int64_t cpu_after = cpu_ns(node.pid());
  node.finish();
  std::printf("%jd %jd\n", std::intmax_t{cpu_after - cpu_before}, std::intmax_t{messages});
  return 0;
}
