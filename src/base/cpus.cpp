// SPDX-License-Identifier: MIT
#include "base/cpus.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <string>

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

/// quota / period; `otherwise` where there is no quota.
double quota(const std::string& directory, bool unified, double otherwise) {
  std::string allowed;
  double period = 0;
  if (unified) {
    std::istringstream(text_of(directory + "/cpu.max")) >> allowed >> period;
  } else {
    std::istringstream(text_of(directory + "/cpu.cfs_quota_us")) >> allowed;
    std::istringstream(text_of(directory + "/cpu.cfs_period_us")) >> period;
  }
  if (allowed.empty() || period <= 0 || allowed[0] < '0' || allowed[0] > '9') return otherwise;
  const double cpus = std::strtod(allowed.c_str(), nullptr) / period;
  return cpus > 0 ? cpus : otherwise;
}

}  // namespace

double cgroup_cpus(const char* cgroup_file, const char* mount, double otherwise) {
  double cpus = otherwise;
  std::istringstream groups(text_of(cgroup_file));
  for (std::string line; std::getline(groups, line);) {  // ID:CONTROLLERS:PATH
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    std::string controllers(1, ',');
    controllers.append(line, first + 1, second - first - 1).append(1, ',');
    const bool unified = controllers == ",,";
    if (!unified && controllers.find(",cpu,") == std::string::npos) continue;
    const std::string root = std::string(mount) + (unified ? "" : "/cpu");
    // Each group above has a say, too.
    for (std::string path = line.substr(second + 1);;) {
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
