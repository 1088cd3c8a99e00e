// SPDX-License-Identifier: MIT
#include "base/whole_file.hpp"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "unit/doctest.hpp"

namespace narrows {
namespace {

class Folder {
 public:
  Folder() { REQUIRE(mkdtemp(path_.data()) != nullptr); }
  ~Folder() { std::filesystem::remove_all(path_); }

  [[nodiscard]] std::string file() const { return path_ + "/file"; }
  [[nodiscard]] std::string text() const {
    std::ifstream file(this->file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] auto entries() const {
    return std::distance(std::filesystem::directory_iterator(path_), {});
  }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "whole-XXXXXX").string();
};

TEST_CASE("whole_file: a text replaces another, and leaves nothing beside") {
  const Folder folder;
  CHECK(write_whole_file(folder.file(), std::string(100'000, 'a')));
  CHECK(folder.text() == std::string(100'000, 'a'));
  CHECK(write_whole_file(folder.file(), "b"));
  CHECK(folder.text() == "b");
  CHECK(folder.entries() == 1);
}

TEST_CASE("whole_file: where there is no room the old text stays, and nothing beside") {
  const Folder folder;
  REQUIRE(write_whole_file(folder.file(), "old"));
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
  const rlimit little{1'000, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &little) == 0);
  const bool is_written = write_whole_file(folder.file(), std::string(2'000, 'n'));
  const int error = errno;
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  CHECK_FALSE(is_written);
  CHECK(error == EFBIG);
  CHECK(folder.text() == "old");
  CHECK(folder.entries() == 1);
}

TEST_CASE("whole_file: what cannot be replaced stays, and nothing beside") {
  const Folder folder;
  std::filesystem::create_directory(folder.file());
  CHECK_FALSE(write_whole_file(folder.file(), "text"));
  CHECK(errno == EISDIR);
  CHECK(std::filesystem::is_directory(folder.file()));
  CHECK(folder.entries() == 1);
  CHECK_FALSE(write_whole_file(folder.file() + "/no/file", "text"));
  CHECK(errno == ENOENT);
}

}  // namespace
}  // namespace narrows
