// SPDX-License-Identifier: MIT
// The end of an array goes over the boundary of a page, and back.
#include "pipeline/array_end.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "base/descriptor.hpp"
#include "json/value.hpp"
#include "unit/doctest.hpp"

namespace narrows::pipeline {
namespace {

constexpr std::size_t kPage = 4096;

/// `[`, blanks and `]` on the first page, blanks on two more.
class File {
 public:
  File() {
    const Descriptor file(mkstemp(path_.data()));
    REQUIRE(file.is_open());
    std::string text(3 * kPage, ' ');
    text.front() = '[';
    text[kPage - 1] = ']';
    REQUIRE(write_all(file.get(), text));
  }
  ~File() { std::filesystem::remove(path_); }

  [[nodiscard]] Descriptor opened(int how) const { return Descriptor(open(path_.c_str(), how)); }
  [[nodiscard]] std::string text() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  /// Where its `]` is, if it is an array.
  [[nodiscard]] std::size_t end() const {
    REQUIRE(json::Value::parse(text()));
    return text().find(']');
  }

 private:
  std::string path_ = (std::filesystem::temp_directory_path() / "array-XXXXXX").string();
};

TEST_CASE("array_end: it goes on by one byte, at once, and the array is whole before and after") {
  const File file;
  const Descriptor opened = file.opened(O_RDWR);
  ArrayEnd end(opened.get(), kPage, 2 * kPage);
  CHECK(file.end() == kPage - 1);
  REQUIRE(end.go_on(kPage));
  CHECK(file.end() == kPage);
  // The page is written, and the end with it.
  std::string page(kPage, ' ');
  page.back() = ']';
  REQUIRE(pwrite(opened.get(), page.data(), kPage, kPage) == static_cast<ssize_t>(kPage));
  CHECK(file.end() == 2 * kPage - 1);
  REQUIRE(end.go_on(2 * kPage));
  CHECK(file.end() == 2 * kPage);
  end.go_back(2 * kPage);
  CHECK(file.end() == 2 * kPage - 1);
}

TEST_CASE("array_end: where the file cannot be mapped the end is taken away, and comes back") {
  const File file;
  const Descriptor opened = file.opened(O_WRONLY);
  ArrayEnd end(opened.get(), kPage, 2 * kPage);
  REQUIRE(end.go_on(kPage));
  CHECK(file.text().find(']') == std::string::npos);
  end.go_back(kPage);
  CHECK(file.end() == kPage - 1);
}

}  // namespace
}  // namespace narrows::pipeline
