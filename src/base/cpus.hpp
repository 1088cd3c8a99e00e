// SPDX-License-Identifier: MIT
// How many CPUs this process may use.
#pragma once

namespace narrows {

/// By its affinity, and by the CPU quotas of its control groups (cgroup v2 cpu.max, v1
/// cpu.cfs_quota_us), whichever is less; not a whole number with a quota. At least 0.01.
/// Source: Linux, Documentation/admin-guide/cgroup-v2.rst.
[[nodiscard]] double usable_cpus();

/// The same for a process' control group file (the format of /proc/self/cgroup) and the directory
/// under which control groups are mounted. A file that cannot be read, or says "max", is no limit.
[[nodiscard]] double cgroup_cpus(const char* cgroup_file, const char* mount, double otherwise);

}  // namespace narrows
