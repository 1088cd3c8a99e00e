// SPDX-License-Identifier: MIT
#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "base/descriptor.hpp"
#include "text.hpp"

namespace narrows::tools {
namespace {

/// More than any file that is read whole: a run of 50,000 points takes 20 MB.
constexpr std::size_t kMostBytes = std::size_t{1} << 28;
constexpr int kMostInterruptions = 100;
constexpr mode_t kAnybody = 0666;  // less the umask

[[noreturn]] void fail(std::string_view what, const std::string& path, int error) {
  throw std::runtime_error(joined({what, " ", printable(path), ": ", std::strerror(error)}));
}

class File {
 public:
  File(const std::string& path, int flags, mode_t mode = 0)
      : descriptor_(open(path.c_str(), flags | O_CLOEXEC, mode)) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// 0, or what went wrong; the file is closed.
  int finish() {
    const int result = close(descriptor_);
    descriptor_ = -1;
    return result == 0 ? 0 : errno;
  }

 private:
  int descriptor_;
};

/// 0, or what went wrong.
int error_of_write(int descriptor, std::string_view text) {
  return write_all(descriptor, text) ? 0 : errno;
}

struct Target {
  std::string path;  // without links
  mode_t mode;
  bool plain;  // a file, or nothing yet
};

Target target_of(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {path, kAnybody, true};
  if (!S_ISREG(status.st_mode)) return {path, 0, false};
  std::error_code error;
  const auto canonical = std::filesystem::canonical(path, error);
  return {error ? path : canonical.string(), status.st_mode & 07777, true};
}

void replace(const Target& target, std::string_view text, const std::string& path) {
  const std::string beside = joined({target.path, ".", std::to_string(getpid()), ".new"});
  File file(beside, O_WRONLY | O_CREAT | O_TRUNC, target.mode);
  if (file.descriptor() < 0) fail("cannot write", path, errno);
  int error = error_of_write(file.descriptor(), text);
  if (const int at_close = file.finish(); error == 0) error = at_close;
  if (error == 0 && std::rename(beside.c_str(), target.path.c_str()) != 0) error = errno;
  if (error == 0) return;
  unlink(beside.c_str());
  fail("cannot write", path, error);
}

}  // namespace

std::string read_file(const std::string& path) {
  constexpr std::size_t kChunk = std::size_t{64} << 10;
  const File file(path, O_RDONLY);
  if (file.descriptor() < 0) fail("cannot read", path, errno);
  std::string text;
  for (int interruptions = 0;;) {
    const std::size_t have = text.size();
    text.resize(have + kChunk);
    const ssize_t bytes = read(file.descriptor(), text.data() + have, kChunk);
    const int error = errno;
    text.resize(have + static_cast<std::size_t>(bytes > 0 ? bytes : 0));
    if (bytes == 0) return text;
    if (bytes < 0 && (error != EINTR || ++interruptions == kMostInterruptions)) {
      fail("cannot read", path, error);
    }
    if (text.size() > kMostBytes) fail("cannot read", path, EFBIG);
  }
}

void save_file(const std::string& path, std::string_view text) {
  const Target target = target_of(path);
  if (target.plain) return replace(target, text, path);
  File file(path, O_WRONLY);
  if (file.descriptor() < 0) fail("cannot write", path, errno);
  if (const int error = error_of_write(file.descriptor(), text)) fail("cannot write", path, error);
}

void check_can_save(const std::string& path) {
  const Target target = target_of(path);
  const auto folder = std::filesystem::path(target.path).parent_path();
  const std::string place = target.plain ? (folder.empty() ? "." : folder.string()) : path;
  if (path.empty() || access(place.c_str(), W_OK) != 0) {
    fail("cannot write", path, path.empty() ? ENOENT : errno);
  }
}

LineFile::LineFile(const std::string& path)
    : path_(path),
      descriptor_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kAnybody)) {
  if (descriptor_ < 0) fail("cannot write", path, errno);
}

LineFile::~LineFile() {
  if (descriptor_ < 0) return;
  write();
  close(descriptor_);
}

void LineFile::append_line(std::string_view line) {
  constexpr std::size_t kAtOnce = std::size_t{64} << 10;
  text_.append(line).append("\n");
  if (text_.size() >= kAtOnce) write();
}

void LineFile::write() {
  if (error_ == 0) error_ = error_of_write(descriptor_, text_);
  text_.clear();
}

void LineFile::finish() {
  write();
  const int at_close = close(descriptor_) == 0 ? 0 : errno;
  descriptor_ = -1;
  if (error_ == 0) error_ = at_close;
  if (error_ != 0) fail("cannot write", path_, error_);
}

}  // namespace narrows::tools
