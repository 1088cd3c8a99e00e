// SPDX-License-Identifier: MIT
// How many CPUs control groups leave, from files of the test's own.
#include "base/cpus.hpp"

#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "unit/doctest.hpp"

namespace narrows {
namespace {

/// A directory that stands for /sys/fs/cgroup and /proc/self, gone with the test.
class Groups {
 public:
  Groups() {
    std::string name = (std::filesystem::temp_directory_path() / "cpus-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    top_ = name;
  }
  ~Groups() { std::filesystem::remove_all(top_); }
  Groups(const Groups&) = delete;
  Groups& operator=(const Groups&) = delete;

  void write(const std::string& path, std::string_view text) {
    const std::filesystem::path file = top_ / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  [[nodiscard]] double cpus(std::string_view groups, double otherwise = 8) {
    write("self", groups);
    return cgroup_cpus((top_ / "self").c_str(), (top_ / "mount").c_str(), otherwise);
  }

 private:
  std::filesystem::path top_;
};

TEST_CASE("cpus: version 2's quota is its share of its period") {
  Groups groups;
  groups.write("mount/a/cpu.max", "150000 100000\n");
  CHECK(groups.cpus("0::/a\n") == 1.5);
  groups.write("mount/a/cpu.max", "5000 100000\n");
  CHECK(groups.cpus("0::/a\n") == doctest::Approx(0.05));
  groups.write("mount/a/cpu.max", "1600000 100000\n");
  CHECK(groups.cpus("0::/a\n") == 8);  // no more than there are
}

TEST_CASE("cpus: the least quota of all groups above counts") {
  Groups groups;
  groups.write("mount/a/b/c/cpu.max", "400000 100000\n");
  groups.write("mount/a/b/cpu.max", "max 100000\n");
  groups.write("mount/a/cpu.max", "200000 100000\n");
  CHECK(groups.cpus("0::/a/b/c\n") == 2);
  CHECK(groups.cpus("0::/a/b/c/d\n") == 2);  // one that has no file
  groups.write("mount/a/b/c/cpu.max", "50000 100000\n");
  CHECK(groups.cpus("0::/a/b/c\n") == 0.5);
  CHECK(groups.cpus("0::/a/b\n") == 2);
  groups.write("mount/cpu.max", "100000 100000\n");  // as in a container, that sees its own as root
  CHECK(groups.cpus("0::/a/b\n") == 1);
  CHECK(groups.cpus("0::/\n") == 1);
  CHECK(groups.cpus("0::/somewhere/else\n") == 1);
}

TEST_CASE("cpus: version 1's quota, in its controller's own hierarchy") {
  Groups groups;
  groups.write("mount/cpu/a/cpu.cfs_quota_us", "300000\n");
  groups.write("mount/cpu/a/cpu.cfs_period_us", "100000\n");
  CHECK(groups.cpus("11:memory:/x\n4:cpu,cpuacct:/a\n1:name=systemd:/\n") == 3);
  CHECK(groups.cpus("4:cpuacct,cpu:/a/b\n") == 3);
  CHECK(groups.cpus("4:cpu:/a\n") == 3);
  CHECK(groups.cpus("4:cpuset:/a\n") == 8);
  CHECK(groups.cpus("4:cpuacct:/a\n") == 8);
  groups.write("mount/cpu/a/cpu.cfs_quota_us", "-1\n");
  CHECK(groups.cpus("4:cpu,cpuacct:/a\n") == 8);
}

TEST_CASE("cpus: with both versions the lesser quota counts") {
  Groups groups;
  groups.write("mount/cpu/a/cpu.cfs_quota_us", "300000\n");
  groups.write("mount/cpu/a/cpu.cfs_period_us", "100000\n");
  groups.write("mount/b/cpu.max", "200000 100000\n");
  CHECK(groups.cpus("4:cpu:/a\n0::/b\n") == 2);
  groups.write("mount/b/cpu.max", "max 100000\n");
  CHECK(groups.cpus("0::/b\n4:cpu:/a\n") == 3);
}

TEST_CASE("cpus: what is missing, or makes no sense, is no limit") {
  Groups groups;
  CHECK(groups.cpus("0::/nowhere\n") == 8);
  CHECK(groups.cpus("") == 8);
  CHECK(cgroup_cpus("/nowhere/at/all", "/nowhere", 6) == 6);
  for (const std::string_view text :
       {"", "\n", "max", "max 100000", "-1 100000", "0 100000", "100000", "100000 0", "100000 -5",
        "x 100000", "nan 100000", "inf 100000", "100000 x", " ", "\x01\xff\n"}) {
    CAPTURE(text);
    groups.write("mount/a/cpu.max", text);
    CHECK(groups.cpus("0::/a\n") == 8);
  }
  groups.write("mount/a/cpu.max", "100000 100000\n");
  for (const std::string_view text :
       {"0:/a", "garbage", "::", ":", "0:", "\n\n", "0:cpu", "0::a", "x", "0::"}) {
    CAPTURE(text);
    CHECK(groups.cpus(text) == 8);
  }
  CHECK(groups.cpus("garbage\n:\n0::/a\n0:/a") == 1);  // the rest of the file counts still
  CHECK(groups.cpus("0::/a") == 1);                    // also without a newline
  CHECK(groups.cpus("0::/a:b") == 8);                  // a group may have colons in its name
  groups.write("mount/a:b/cpu.max", "700000 100000\n");
  CHECK(groups.cpus("0::/a:b") == 7);
}

TEST_CASE("cpus: never less than a hundredth") {
  Groups groups;
  groups.write("mount/a/cpu.max", "1 100000000\n");
  CHECK(groups.cpus("0::/a\n") == 0.01);
  CHECK(cgroup_cpus("/nowhere", "/nowhere", 0) == 0.01);
}

TEST_CASE("cpus: this process may use no more than its affinity says") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(usable_cpus() > 0);
  CHECK(usable_cpus() <= CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &before)) continue;
    CPU_SET(cpu, &one);
    break;
  }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(usable_cpus() <= 1);
  REQUIRE(sched_setaffinity(0, sizeof before, &before) == 0);
}

}  // namespace
}  // namespace narrows
