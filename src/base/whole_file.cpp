// SPDX-License-Identifier: MIT
#include "base/whole_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/descriptor.hpp"

namespace narrows {
namespace {

bool write_new(const std::string& path, std::string_view text) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;
  Descriptor file = above_standard(open(path.c_str(), kFlags, 0644));
  if (!file.is_open() || !write_all(file.get(), text)) return false;
  return file.close();
}

}  // namespace

bool write_whole_file(const std::string& path, std::string_view text) {
  const std::string beside = path + ".tmp";
  if (write_new(beside, text) && std::rename(beside.c_str(), path.c_str()) == 0) return true;
  const int error = errno;
  unlink(beside.c_str());
  errno = error;
  return false;
}

}  // namespace narrows
