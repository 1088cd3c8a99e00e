// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "text.hpp"
#include "top/inquiry.hpp"
#include "top/profile_source.hpp"
#include "top/writer.hpp"
#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

Answer stats(const std::string& more = "") {
  return {
      "bench_stats_ok",
      joined({R"({"type":"bench_stats_ok","latency_us":{},"stages":[{"name":"a"}])", more, "}"})};
}

TEST_CASE("top inquiry: a node that knows no windows is asked for all, twice a second") {
  Inquiry inquiry(true);
  CHECK(inquiry.question(0) == R"("type":"bench_stats")");
  CHECK(inquiry.is_open());
  CHECK(inquiry.answered(stats(), kSecond));
  CHECK_FALSE(inquiry.is_open());
  CHECK(inquiry.question(kSecond + kSecond / 4).empty());
  for (int i = 0; i < 9; ++i) {
    const std::int64_t now = (i + 2) * kSecond;
    CHECK(inquiry.question(now) == R"("type":"bench_stats")");
    CHECK_FALSE(inquiry.asked_for_last());
    CHECK(inquiry.answered(stats(), now));
  }
}

TEST_CASE("top inquiry: a node that knows windows is asked for the last, now and then for all") {
  Inquiry inquiry(true);
  int last = 0;
  for (int i = 0; i < 40; ++i) {
    const std::string_view question = inquiry.question(i * kSecond);
    CHECK_FALSE(question.empty());
    CHECK(inquiry.asked_for_last() == (question == R"("type":"bench_stats","window":"last")"));
    last += inquiry.asked_for_last() ? 1 : 0;
    CHECK(inquiry.answered(stats(R"(,"window":"all")"), i * kSecond));
  }
  CHECK(last == 30);
}

TEST_CASE("top inquiry: a node that refuses is not asked again, and why is known") {
  for (const Answer& answer :
       {Answer{"error", R"({"type":"error","code":10})"}, Answer{"error", R"({"type":"error"})"},
        Answer{"bench_stats_ok", R"({"type":"bench_stats_ok"})"}, Answer{"echo_ok", "{}"}}) {
    Inquiry inquiry(true);
    CHECK(inquiry.refusal(0).empty());
    CHECK_FALSE(inquiry.question(0).empty());
    CHECK_FALSE(inquiry.answered(answer, 0));
    CHECK(inquiry.question(9 * kSecond).empty());
    CHECK_FALSE(inquiry.refusal(0).empty());
    CHECK_FALSE(inquiry.is_open());
  }
}

TEST_CASE("top inquiry: a node that keeps silent is said to, until it answers") {
  Inquiry inquiry(true);
  CHECK_FALSE(inquiry.question(0).empty());
  CHECK(inquiry.refusal(kSecond).empty());
  CHECK(inquiry.refusal(4 * kSecond) == "it has not answered bench_stats for 4.0 s");
  CHECK(inquiry.is_open());
  CHECK(inquiry.answered(stats(), 5 * kSecond));
  CHECK(inquiry.refusal(50 * kSecond).empty());
}

TEST_CASE("top inquiry: one that answered before may err once") {
  Inquiry inquiry(true);
  CHECK_FALSE(inquiry.question(0).empty());
  CHECK(inquiry.answered(stats(), 0));
  CHECK_FALSE(inquiry.question(kSecond).empty());
  CHECK_FALSE(inquiry.answered({"error", R"({"code":11})"}, kSecond));
  CHECK(inquiry.refusal(kSecond).empty());
  CHECK_FALSE(inquiry.question(2 * kSecond).empty());
}

TEST_CASE("top inquiry: one that is not to ask does not") {
  Inquiry inquiry(false);
  CHECK(inquiry.question(kSecond).empty());
  CHECK_FALSE(inquiry.refusal(0).empty());
  CHECK_FALSE(inquiry.is_open());
}

class Folder {
 public:
  Folder() {
    std::string name = "/tmp/narrows-top-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string path(const std::string& name = "p.json") const {
    return joined({path_, "/", name});
  }
  /// By renaming, as a node does; then it is so old.
  void write(const std::string& text, int age_s = 0) const {
    std::ofstream(path("new")) << text;
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= age_s;
    const std::array<timespec, 2> times{now, now};
    REQUIRE(utimensat(AT_FDCWD, path("new").c_str(), times.data(), 0) == 0);
    std::filesystem::rename(path("new"), path());
  }

 private:
  std::string path_;
};

std::string profile(int messages, int elapsed_ms, const std::string& more = "") {
  return joined({R"({"type": "bench_stats_ok", "total_messages": )", std::to_string(messages),
                 R"(, "elapsed_ms": )", std::to_string(elapsed_ms),
                 R"(, "latency_us": {"avg": 10.0})", more, "}\n"});
}

bool says(const View& view, std::string_view part) {
  for (const Notice& notice : view.all_notices()) {
    if (notice.text.find(part) != std::string::npos) return true;
  }
  return false;
}

TEST_CASE("top profile: a file that is not there is waited for") {
  const Folder folder;
  ProfileSource source(folder.path(), {});
  CHECK(source.view().status == "waiting");
  CHECK(says(source.view(), "which is not there yet"));
  CHECK(source.attend());
  folder.write(profile(5, 100));
  CHECK(source.view().status == "live");
  CHECK(source.view().all->messages == 5);
  CHECK(source.attend());
}

TEST_CASE("top profile: what is no profile is refused in one sentence") {
  for (const std::string_view text : {"", "{", "{}", "[1]", "hello", R"({"type": "echo"})"}) {
    const Folder folder;
    folder.write(std::string(text));
    CHECK_THROWS_WITH_AS(
        ProfileSource(folder.path(), {}),
        joined({"cannot show ", folder.path(), ": it is no profile of a node"}).c_str(),
        std::runtime_error);
  }
  CHECK_THROWS_AS(ProfileSource("/tmp", {}), std::runtime_error);
  CHECK_THROWS_AS(ProfileSource("/dev/zero", {}), std::runtime_error);
}

TEST_CASE("top profile: one that comes later and is no profile ends it") {
  const Folder folder;
  ProfileSource source(folder.path(), {});
  folder.write("{");
  for (int i = 0; i < 100 && source.attend(); ++i) {
    usleep(20'000);
    CHECK_FALSE(source.view().all.has_value());
  }
  CHECK_FALSE(source.attend());
  CHECK(source.problem().find("it is no profile of a node") != std::string::npos);
}

TEST_CASE("top profile: what was a profile is kept while it cannot be read") {
  const Folder folder;
  folder.write(profile(5, 100));
  ProfileSource source(folder.path(), {});
  folder.write("{");
  CHECK(source.view().all->messages == 5);
  CHECK(says(source.view(), "cannot read it: it is no profile"));
  std::filesystem::remove(folder.path());
  CHECK(source.view().all->messages == 5);
  CHECK(says(source.view(), "is gone"));
  folder.write(profile(6, 200));
  CHECK(source.view().all->messages == 6);
  CHECK(source.view().notices.empty());
}

TEST_CASE("top profile: one that is not rewritten is stale, with its age") {
  const Folder folder;
  folder.write(profile(5, 100), 12);
  ProfileSource source(folder.path(), {});
  CHECK(source.view().status == "stale for 12 s");
  CHECK(says(source.view(), "not rewritten for 12 s: no messages come, or the node has ended"));
  CHECK(source.view().blocked_s == 0);
}

TEST_CASE("top profile: one that is not rewritten though stdout is blocked has no live node") {
  const Folder folder;
  folder.write(profile(5, 100, R"(, "blocked_ms": 700)"), 12);
  ProfileSource source(folder.path(), {});
  CHECK(says(source.view(), "though stdout was blocked: stopped or ended"));
  folder.write(profile(5, 100, R"(, "blocked_ms": 700)"));
  CHECK(source.view().blocked_s >= 0.7);
  CHECK(says(source.view(), "stdout has been blocked for "));
}

TEST_CASE("top profile: a file from the future is not stale") {
  const Folder folder;
  folder.write(profile(5, 100), -3600);
  ProfileSource source(folder.path(), {});
  CHECK(source.view().status == "live");
}

TEST_CASE("top profile: it ends with its node, where it is told to") {
  const Folder folder;
  folder.write(profile(5, 100), 60);
  ProfileSource source(folder.path(), {});
  CHECK(source.attend());
  source.end_with_node();
  CHECK_FALSE(source.attend());
  CHECK(source.problem().empty());
  CHECK(source.view().is_final);
}

TEST_CASE("top profile: it ends after its time, and at a signal") {
  const Folder folder;
  {
    ProfileSource source(folder.path(), std::chrono::nanoseconds(1));
    CHECK_FALSE(source.attend());
  }
  ProfileSource source(folder.path(), {});
  CHECK(source.attend());
  kill(getpid(), SIGTERM);
  CHECK_FALSE(source.attend());
  CHECK(source.stop_signal() == SIGTERM);
}

TEST_CASE("top profile: windows are its history, and of the last second the p99 is noted") {
  const Folder folder;
  const auto with_windows = [&](double end_s, double p99) {
    return profile(500, 2000,
                   joined({R"(, "windows": [{"end_s": 1.0, "seconds": 0.25, "messages": 100,
                                             "avg_us": 7.5},
                                            {"end_s": )",
                           fixed(end_s, 2),
                           R"(, "seconds": 0.25, "messages": 0, "avg_us": 0}, {"end_s": "x"}, 5],
                             "last": {"total_messages": 100, "latency_us": {"p99": )",
                           fixed(p99, 1), "}}"}));
  };
  folder.write(with_windows(1.25, 30));
  ProfileSource source(folder.path(), {});
  View view = source.view();
  REQUIRE(view.history.size() == 3);
  CHECK(view.history[0].per_second == 400);
  CHECK(view.history[0].avg_us == 7.5);
  CHECK(view.history[1].per_second == 0);
  CHECK_FALSE(view.history[1].avg_us.has_value());
  CHECK(view.history[2].p99_us == 30);
  CHECK(view.now_s >= 1.25);
  CHECK(view.last->messages == 100);
  folder.write(with_windows(2.5, 40));
  view = source.view();
  REQUIRE(view.history.size() == 4);
  CHECK(view.history[3].p99_us == 40);
  CHECK(view.history[3].end_s == 2.5);
}

TEST_CASE("top profile: without windows the history is how it goes on") {
  const Folder folder;
  folder.write(profile(100, 1000));
  ProfileSource source(folder.path(), {});
  CHECK(source.view().history.empty());
  folder.write(profile(300, 1500));
  View view = source.view();
  REQUIRE(view.history.size() == 1);
  CHECK(view.history[0].per_second == 400);
  CHECK(view.history[0].avg_us == 10);
  folder.write(profile(7, 20));  // another run
  CHECK(source.view().history.empty());
}

TEST_CASE("top profile: who writes it is found by the option and the file") {
  const Folder folder;
  CHECK_FALSE(has_writer(folder.path()));
  CHECK_FALSE(has_writer("/nowhere/at/all"));
  const auto start = [&](const char* option) {
    const pid_t pid = fork();
    if (pid == 0) {
      if (chdir(folder.path("").c_str()) == 0) {
        execl("/bin/sh", "sh", "-c", "read line", "sh", "--profile-out", option,
              static_cast<char*>(nullptr));
      }
      _exit(127);
    }
    return pid;
  };
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const int stdin_before = dup(STDIN_FILENO);
  dup2(ends[0], STDIN_FILENO);  // which the shell waits for
  for (const std::string& name : {std::string("p.json"), folder.path()}) {
    const pid_t pid = start(name.c_str());
    bool found = false;
    for (int i = 0; i < 500 && !found; ++i) {
      usleep(10'000);
      found = has_writer(folder.path());
    }
    CHECK(found);
    CHECK_FALSE(has_writer(folder.path("other.json")));
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    CHECK_FALSE(has_writer(folder.path()));
  }
  dup2(stdin_before, STDIN_FILENO);
  for (const int fd : {ends[0], ends[1], stdin_before}) close(fd);
}

}  // namespace
}  // namespace narrows::tools
