// SPDX-License-Identifier: MIT
#include "base/cpus.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"

namespace narrows {
namespace {

double affinity_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
  return static_cast<double>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

/// A file of the kernel's; empty if it cannot be read.
std::string text_of(const std::string& path) {
  const Descriptor file = above_standard(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return {};
  AvailableReader reader(file.get());
  std::string text;
  for (std::array<char, 4096> piece{};;) {
    const ssize_t bytes = reader.read(piece);
    if (bytes <= 0) return text;
    text.append(piece.data(), static_cast<std::size_t>(bytes));
  }
}

/// Its next word, of which it is freed; empty at the end.
std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kBlank = " \n";
  text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(kBlank));
  text.remove_prefix(word.size());
  return word;
}

/// 0: none.
double number_of(std::string_view word) {
  double number = 0;
  std::from_chars(word.data(), word.data() + word.size(), number);
  return number;
}

/// quota / period; `otherwise` where there is no quota ("max", -1).
double quota(const std::string& directory, bool unified, double otherwise) {
  const std::string text = unified ? text_of(directory + "/cpu.max")
                                   : text_of(directory + "/cpu.cfs_quota_us") + ' ' +
                                         text_of(directory + "/cpu.cfs_period_us");
  std::string_view words = text;
  const double allowed = number_of(take_word(words));
  const double period = number_of(take_word(words));
  return allowed > 0 && period > 0 ? allowed / period : otherwise;
}

}  // namespace

double cgroup_cpus(const char* cgroup_file, const char* mount, double otherwise) {
  double cpus = otherwise;
  const std::string groups = text_of(cgroup_file);
  for (std::string_view rest = groups; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));  // ID:CONTROLLERS:PATH
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    std::string controllers(1, ',');
    controllers.append(line.substr(first + 1, second - first - 1)).append(1, ',');
    const bool unified = controllers == ",,";
    if (!unified && controllers.find(",cpu,") == std::string::npos) continue;
    const std::string root = std::string(mount) + (unified ? "" : "/cpu");
    // Each group above has a say, too.
    for (std::string path(line.substr(second + 1));;) {
      cpus = std::min(cpus, quota(root + path, unified, otherwise));
      const std::size_t slash = path.rfind('/');
      if (slash == std::string::npos || path.size() <= 1) break;
      path.resize(slash);
    }
  }
  return std::max(cpus, 0.01);
}

double usable_cpus() { return cgroup_cpus("/proc/self/cgroup", "/sys/fs/cgroup", affinity_cpus()); }

}  // namespace narrows
