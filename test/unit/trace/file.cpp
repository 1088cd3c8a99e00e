// SPDX-License-Identifier: MIT
// The file is one array at every moment, bounded, keeps the newest, and refuses what it must.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "json/value.hpp"
#include "pipeline/trace_file.hpp"
#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

constexpr std::size_t kPage = TraceFile::kPageBytes;
constexpr const char* kHead = "[\n{\"head\":true}\n";

class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] std::string file(const std::string& name = "trace.json") const {
    return path_ + "/" + name;
  }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "trace-XXXXXX").string();
};

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The numbers of the groups in an array, in the order of the file; each must be whole.
std::vector<std::int64_t> groups_in(const std::string& text) {
  const auto value = json::Value::parse(text);
  REQUIRE_MESSAGE(value, text.size());
  std::vector<std::int64_t> groups;
  std::int64_t left = 0;
  for (const json::Value& event : value->items()) {
    if (event["head"].boolean()) continue;
    if (left == 0) {
      groups.push_back(event["group"].integer().value_or(-1));
      left = event["events"].integer().value_or(-1);
    }
    CHECK(event["group"].integer() == groups.back());
    --left;
  }
  CHECK(left == 0);
  return groups;
}

/// So many events of about so many bytes each.
std::string group(int number, int events = 10, std::size_t bytes = 250) {
  std::string text;
  for (int i = 0; i < events; ++i) {
    text += ",{\"group\":" + std::to_string(number) + ",\"events\":" + std::to_string(events) +
            ",\"pad\":\"" + std::string(bytes - 40 + static_cast<std::size_t>(number % 37), 'x') +
            "\"}\n";
  }
  return text;
}

std::vector<std::int64_t> up_to(std::int64_t last) {
  std::vector<std::int64_t> numbers;
  for (std::int64_t i = 1; i <= last; ++i) numbers.push_back(i);
  return numbers;
}

TEST_CASE("trace_file: it is an array from the beginning, and after every write") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 1 << 20);
  REQUIRE(file.open());
  CHECK(groups_in(text_of(folder.file())).empty());
  for (int i = 1; i <= 100; ++i) {
    REQUIRE(file.add(group(i)));
    if (i % 3 != 0) continue;
    REQUIRE(file.flush());
    CHECK(groups_in(text_of(folder.file())) == up_to(i));
    CHECK(text_of(folder.file()).size() == file.bytes());
  }
  CHECK(file.problem().empty());
  CHECK_FALSE(file.has_wrapped());
}

TEST_CASE("trace_file: a page takes small messages until it is full, also between writes") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 1 << 20);
  REQUIRE(file.open());
  for (int i = 1; i <= 300; ++i) {
    REQUIRE(file.add(group(i, 2, 200)));  // up to 500 bytes
    if (i % 7 % 3 == 0) REQUIRE(file.flush());
    if (i % 7 % 3 == 0) CHECK(groups_in(text_of(folder.file())) == up_to(i));
  }
  REQUIRE(file.flush());
  CHECK(groups_in(text_of(folder.file())) == up_to(300));
  CHECK(file.bytes() <= 300 / 8 * kPage + 2 * kPage);
}

TEST_CASE("trace_file: nothing new is not written") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 1 << 20);
  REQUIRE(file.open());
  REQUIRE(file.add(group(1)));
  REQUIRE(file.flush());
  const auto written = std::filesystem::last_write_time(folder.file());
  std::filesystem::last_write_time(folder.file(), written - std::chrono::hours(1));
  REQUIRE(file.flush());
  CHECK(std::filesystem::last_write_time(folder.file()) == written - std::chrono::hours(1));
  REQUIRE(file.add(group(2)));
  REQUIRE(file.flush());
  CHECK(std::filesystem::last_write_time(folder.file()) > written - std::chrono::hours(1));
}

TEST_CASE("trace_file: it never exceeds its bound, and then has the newest, all of them whole") {
  const Folder folder;
  const std::size_t most = 33 * kPage + 17;
  TraceFile file(folder.file(), kHead, most);
  REQUIRE(file.open());
  for (int i = 1; i <= 500; ++i) {
    REQUIRE(file.add(group(i)));
    if (i % 7 != 0) continue;
    REQUIRE(file.flush());
    const std::string text = text_of(folder.file());
    REQUIRE(text.size() <= most);
    auto groups = groups_in(text);
    std::sort(groups.begin(), groups.end());
    REQUIRE(groups.back() == i);
    for (std::size_t at = 1; at < groups.size(); ++at) REQUIRE(groups[at] == groups[at - 1] + 1);
    if (i > 60) REQUIRE(groups.size() == 32);
  }
  CHECK(file.has_wrapped());
  CHECK(file.problem().empty());
}

TEST_CASE("trace_file: whichever pages of a write arrive, it is an array") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 13 * kPage);
  REQUIRE(file.open());
  int number = 0;
  while (file.bytes() != 13 * kPage) REQUIRE((file.add(group(++number)) && file.flush()));
  for (int write = 0; write < 30; ++write) {
    const std::string before = text_of(folder.file());
    for (int i = 0; i < 1 + write % 4; ++i) REQUIRE(file.add(group(++number)));
    REQUIRE(file.flush());
    const std::string after = text_of(folder.file());
    REQUIRE(after.size() == before.size());
    std::string mixed = before;
    for (std::size_t page = 0; page < after.size(); page += kPage) {
      mixed.replace(page, kPage, after, page, kPage);
      REQUIRE(json::Value::parse(mixed));
      std::string others = after;
      others.replace(page, kPage, before, page, kPage);
      REQUIRE(json::Value::parse(others));
    }
  }
}

TEST_CASE("trace_file: messages of any size up to a page's are whole, larger ones refused") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 1 << 22);
  REQUIRE(file.open());
  int number = 0;
  const auto of_size = [&](std::size_t bytes) {
    ++number;
    std::string text = group(number, 1, 60);
    return text.insert(text.size() - 3, bytes - text.size(), 'y');
  };
  for (std::size_t bytes = 100; bytes < kPage; bytes += 11) REQUIRE(file.add(of_size(bytes)));
  REQUIRE(file.add(of_size(kPage - 2)));
  REQUIRE(file.add(of_size(kPage - 1)));
  CHECK_FALSE(file.add(of_size(kPage)));
  REQUIRE(file.flush());
  CHECK(groups_in(text_of(folder.file())) == up_to(number - 1));
}

TEST_CASE("trace_file: a page's blanks are spread over its messages") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 1 << 20);
  REQUIRE(file.open());
  for (int i = 1; i <= 50; ++i) REQUIRE(file.add(group(i, 4)));  // three or four a page
  REQUIRE(file.flush());
  const std::string text = text_of(folder.file());
  CHECK(text.substr(kPage, file.bytes() - 2 * kPage).find(std::string(400, ' ')) ==
        std::string::npos);
}

TEST_CASE("trace_file: what was there before is gone") {
  const Folder folder;
  std::ofstream(folder.file()) << std::string(100'000, 'x');
  TraceFile file(folder.file(), kHead, 1 << 20);
  REQUIRE(file.open());
  CHECK(text_of(folder.file()).size() == kPage);
  CHECK(groups_in(text_of(folder.file())).empty());
}

TEST_CASE("trace_file: a missing folder is told, and used once it is there") {
  const Folder folder;
  const std::string path = folder.file("later/trace.json");
  TraceFile file(path, kHead, 1 << 20);
  CHECK_FALSE(file.open());
  CHECK(file.problem() == "No such file or directory");
  CHECK_FALSE(file.add(group(1)));
  CHECK_FALSE(file.flush());
  std::filesystem::create_directory(folder.file("later"));
  CHECK(file.open());
  CHECK(file.problem().empty());
  CHECK(file.add(group(1)));
  CHECK(file.flush());
  CHECK(groups_in(text_of(path)) == up_to(1));
}

TEST_CASE("trace_file: folders, pipes and full devices are told, and left as they are") {
  const Folder folder;
  const auto problem_of = [](const std::string& path) {
    TraceFile file(path, kHead, 1 << 20);
    CHECK_FALSE(file.open());
    CHECK_FALSE(file.add(group(1)));
    return file.problem();
  };
  CHECK(problem_of(folder.file(".")) == "Is a directory");
  const std::string pipe = folder.file("pipe");
  REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(problem_of(pipe) == "it is no regular file");
  const int reader = open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  CHECK(problem_of(pipe) == "it is no regular file");
  close(reader);
  struct stat status {};
  CHECK(stat(pipe.c_str(), &status) == 0);
  CHECK(S_ISFIFO(status.st_mode));
  CHECK(problem_of("/dev/full") == "No space left on device");
  CHECK(stat("/dev/full", &status) == 0);
  CHECK(S_ISCHR(status.st_mode));
}

TEST_CASE("trace_file: a device that takes everything is written like a file") {
  TraceFile file("/dev/null", kHead, 17 * kPage);
  REQUIRE(file.open());
  for (int i = 1; i <= 100; ++i) REQUIRE(file.add(group(i)));
  CHECK(file.flush());
  CHECK(file.open());
  CHECK(file.problem().empty());
}

TEST_CASE("trace_file: the node's own output is refused") {
  const Folder folder;
  const int before = dup(STDERR_FILENO);
  const int output = open(folder.file().c_str(), O_WRONLY | O_CREAT, 0600);
  REQUIRE(write(output, "precious", 8) == 8);
  dup2(output, STDERR_FILENO);
  TraceFile file(folder.file(), kHead, 1 << 20);
  const bool opened = file.open();
  dup2(before, STDERR_FILENO);
  close(before);
  close(output);
  CHECK_FALSE(opened);
  CHECK(file.problem() == "it is the node's own input or output");
  CHECK(text_of(folder.file()) == "precious");
}

TEST_CASE("trace_file: two do not write one file") {
  const Folder folder;
  auto first = std::make_unique<TraceFile>(folder.file(), kHead, 1 << 20);
  REQUIRE(first->open());
  REQUIRE(first->add(group(1)));
  REQUIRE(first->flush());
  TraceFile second(folder.file(), kHead, 1 << 20);
  CHECK_FALSE(second.open());
  CHECK(second.problem() == "another process writes it");
  CHECK(groups_in(text_of(folder.file())) == up_to(1));
  first.reset();
  CHECK(second.open());
}

TEST_CASE("trace_file: moved, removed or emptied, it begins anew where the path leads") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 1 << 20);
  const auto write = [&](int number) {
    REQUIRE(file.open());
    REQUIRE(file.add(group(number)));
    REQUIRE(file.flush());
  };
  write(1);
  std::filesystem::rename(folder.file(), folder.file("moved"));
  write(2);
  CHECK(groups_in(text_of(folder.file("moved"))) == std::vector<std::int64_t>{1});
  CHECK(groups_in(text_of(folder.file())) == std::vector<std::int64_t>{2});
  std::filesystem::remove(folder.file());
  write(3);
  CHECK(groups_in(text_of(folder.file())) == std::vector<std::int64_t>{3});
  std::filesystem::resize_file(folder.file(), 0);
  write(4);
  CHECK(groups_in(text_of(folder.file())) == std::vector<std::int64_t>{4});
  write(5);
  CHECK(groups_in(text_of(folder.file())) == std::vector<std::int64_t>{4, 5});
}

TEST_CASE("trace_file: where there is no more room it keeps the newest in what there is") {
  const Folder folder;
  TraceFile file(folder.file(), kHead, 1 << 20);
  REQUIRE(file.open());
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
  const rlimit least{13 * kPage + 1'000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &least) == 0);
  bool added = true;
  std::string problem;
  for (int i = 1; i <= 50; ++i) {
    added = added && file.add(group(i)) && file.flush();
    if (problem.empty()) problem = file.problem();
  }
  const std::string text = text_of(folder.file());
  setrlimit(RLIMIT_FSIZE, &before);
  CHECK(added);
  CHECK(problem == "File too large");
  CHECK(file.has_wrapped());
  CHECK(text.size() == 13 * kPage);
  auto groups = groups_in(text);
  std::sort(groups.begin(), groups.end());
  CHECK(groups.back() == 50);
  CHECK(groups.size() == 12);
  for (int i = 51; i <= 100; ++i) CHECK((file.add(group(i)) && file.flush()));
  CHECK(file.problem().empty());  // it grew again
  CHECK(text_of(folder.file()).size() > 13 * kPage);
  CHECK(json::Value::parse(text_of(folder.file())));
  signal(SIGXFSZ, handler);
}

}  // namespace
}  // namespace narrows::pipeline
