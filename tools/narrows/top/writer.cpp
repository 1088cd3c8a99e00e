// SPDX-License-Identifier: MIT
#include "top/writer.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

namespace narrows::tools {
namespace {

constexpr std::string_view kOption = "--profile-out";

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

/// The beginning of a process's command line, its words ended by NULs; empty of one that has ended.
std::string_view command_line(const std::string& process, std::array<char, 16384>& buffer) {
  const int file = open((process + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const ssize_t bytes = read(file, buffer.data(), buffer.size());
  close(file);
  return {buffer.data(), static_cast<std::size_t>(bytes > 0 ? bytes : 0)};
}

/// What the option is given; nothing without it.
std::optional<std::string_view> profile_of(std::string_view words) {
  bool is_next = false;
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find('\0'));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (is_next) return word;
    is_next = word == kOption;
    if (word.starts_with(kOption) && word.size() > kOption.size() && word[kOption.size()] == '=') {
      return word.substr(kOption.size() + 1);
    }
  }
  return std::nullopt;
}

/// The place that a path leads to, the file's own links left as they are: it may not be there.
std::filesystem::path place_of(const std::filesystem::path& path) {
  std::error_code error;
  const auto folder = std::filesystem::canonical(
      path.has_parent_path() ? path.parent_path() : std::filesystem::path("."), error);
  return error ? path : folder / path.filename();
}

}  // namespace

bool has_writer(const std::string& path) {
  const std::filesystem::path place = place_of(std::filesystem::absolute(path));
  const std::unique_ptr<DIR, CloseFolder> processes(opendir("/proc"));
  if (!processes) return false;
  std::array<char, 16384> buffer{};
  while (const dirent* const entry = readdir(processes.get())) {
    if (entry->d_name[0] < '1' || entry->d_name[0] > '9') continue;
    const std::string process = std::string("/proc/") + entry->d_name;
    const auto profile = profile_of(command_line(process, buffer));
    if (!profile || profile->empty()) continue;
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::read_symlink(process + "/cwd", error);
    if (place_of(folder / std::filesystem::path(*profile)) == place) return true;
  }
  return false;
}

}  // namespace narrows::tools
