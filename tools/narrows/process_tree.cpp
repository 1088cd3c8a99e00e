// SPDX-License-Identifier: MIT
#include "process_tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace narrows::tools {
namespace {

constexpr std::size_t kMostProcesses = 256;

/// The beginning of a small file; empty if it is not there.
std::string_view read_file(const std::string& path, std::array<char, 4096>& buffer) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  const ssize_t bytes = read(file, buffer.data(), buffer.size());
  close(file);
  return {buffer.data(), static_cast<std::size_t>(bytes > 0 ? bytes : 0)};
}

/// The number behind `name` in a file of lines; 0 if there is none.
std::uint64_t number_behind(std::string_view text, std::string_view name) {
  const std::size_t at = text.find(name);
  return at == std::string_view::npos
             ? 0
             : std::strtoull(std::string(text.substr(at + name.size(), 24)).c_str(), nullptr, 10);
}

/// The numbers of /proc/PID/stat from its third field on (proc(5)).
std::array<std::uint64_t, 22> stat_fields(std::string_view text) {
  std::array<std::uint64_t, 22> fields{};
  const std::size_t behind_name = text.rfind(')');  // the name may have any character
  if (behind_name == std::string_view::npos) return fields;
  std::string rest(text.substr(behind_name + 1));
  char* at = rest.data();
  for (std::uint64_t& field : fields) {
    at += std::strspn(at, " ");
    field = std::strtoull(at, nullptr, 10);
    at += std::strcspn(at, " ");
  }
  return fields;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

/// Adds up the threads of a process, and notes the processes that they started.
void visit_threads(const std::string& process, Usage& usage, std::vector<pid_t>& found) {
  std::array<char, 4096> buffer{};
  const std::string tasks = process + "/task";
  const std::unique_ptr<DIR, CloseFolder> folder(opendir(tasks.c_str()));
  if (!folder) return;
  for (int threads = 0; threads < Usage::kMostThreads;) {
    const dirent* const entry = readdir(folder.get());
    if (entry == nullptr) break;
    if (entry->d_name[0] == '.') continue;
    ++threads;
    const std::string thread = tasks + "/" + entry->d_name;
    const std::string_view status = read_file(thread + "/status", buffer);
    usage.context_switches += number_behind(status, "\nvoluntary_ctxt_switches:") +
                              number_behind(status, "\nnonvoluntary_ctxt_switches:");
    const std::string children(read_file(thread + "/children", buffer));
    for (const char* at = children.c_str(); *at != '\0' && found.size() < kMostProcesses;) {
      char* end = nullptr;
      const long pid = std::strtol(at, &end, 10);
      if (end == at) break;
      found.push_back(static_cast<pid_t>(pid));
      at = end + std::strspn(end, " ");
    }
  }
}

}  // namespace

Usage usage_of_tree(pid_t root) {
  // Fields of stat, counted from the third.
  constexpr std::size_t kUser = 11, kSystem = 12, kUserOfChildren = 13, kSystemOfChildren = 14;
  constexpr std::size_t kResidentPages = 21;
  static const double ticks_per_second = static_cast<double>(sysconf(_SC_CLK_TCK));
  static const auto page_bytes = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));

  Usage usage;
  std::array<char, 4096> buffer{};
  std::vector<pid_t> found{root};
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string process = "/proc/" + std::to_string(found[i]);
    const auto fields = stat_fields(read_file(process + "/stat", buffer));
    usage.user_s += static_cast<double>(fields[kUser] + fields[kUserOfChildren]) / ticks_per_second;
    usage.system_s +=
        static_cast<double>(fields[kSystem] + fields[kSystemOfChildren]) / ticks_per_second;
    usage.rss_bytes += fields[kResidentPages] * page_bytes;
    usage.peak_rss_bytes +=
        1024 * number_behind(read_file(process + "/status", buffer), "\nVmHWM:");
    visit_threads(process, usage, found);
  }
  return usage;
}

}  // namespace narrows::tools
