// SPDX-License-Identifier: MIT
#include "profile/write_meter.hpp"

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

constexpr double kUnmeasured = -1;
constexpr double kLong = WriteMeter::kLongWriteNs;

TEST_CASE("write meter: a short write is work") {
  WriteMeter meter;
  CHECK(meter.busy_ns(1'000, 2'000, kUnmeasured) == 2'000);
  CHECK(meter.busy_ns(1'000, kLong - 1, kUnmeasured) == kLong - 1);
}

TEST_CASE("write meter: of a long write the bytes at the short ones' cost are work") {
  WriteMeter meter;
  CHECK(meter.busy_ns(1'000, 2'000, kUnmeasured) == 2'000);  // 2 ns a byte
  CHECK(meter.busy_ns(4'000, kLong, kUnmeasured) == 8'000);
  CHECK(meter.busy_ns(4'000, 1e9, kUnmeasured) == 8'000);
  CHECK(meter.busy_ns(1'000'000, kLong, kUnmeasured) == kLong);  // never more than it took
}

TEST_CASE("write meter: the cost a byte follows the short writes slowly") {
  WriteMeter meter;
  static_cast<void>(meter.busy_ns(1'000, 2'000, kUnmeasured));
  static_cast<void>(meter.busy_ns(1'000, 18'000, kUnmeasured));  // 2 + 16/16
  CHECK(meter.busy_ns(1'000, 1e9, kUnmeasured) == doctest::Approx(3'000));
}

TEST_CASE("write meter: the CPU clock is wanted until the first write") {
  WriteMeter meter;
  CHECK(meter.wants_cpu_time());
  static_cast<void>(meter.busy_ns(1'000, 2'000, kUnmeasured));
  CHECK_FALSE(meter.wants_cpu_time());
}

TEST_CASE("write meter: a long first write is told by its CPU time, which sets the cost") {
  WriteMeter meter;
  CHECK(meter.wants_cpu_time());
  CHECK(meter.busy_ns(1'000, 1e9, 4'000) == 4'000);
  CHECK_FALSE(meter.wants_cpu_time());
  CHECK(meter.busy_ns(500, 1e9, kUnmeasured) == 2'000);
  CHECK(WriteMeter().busy_ns(1'000, kLong, 1e9) ==
        kLong);  // a clock that says more is not believed
}

TEST_CASE("write meter: of long writes in a row one in 16 is measured by the CPU clock") {
  WriteMeter meter;
  static_cast<void>(meter.busy_ns(1'000, 2'000, kUnmeasured));
  int wanted = 0;
  for (int i = 0; i < 160; ++i) {
    const bool measured = meter.wants_cpu_time();
    wanted += measured ? 1 : 0;
    static_cast<void>(meter.busy_ns(1'000, 1e9, measured ? 2'000 : kUnmeasured));
  }
  CHECK(wanted >= 9);
  CHECK(wanted <= 10);
}

TEST_CASE("write meter: a write of nothing teaches nothing") {
  WriteMeter meter;
  CHECK(meter.busy_ns(0, 300, kUnmeasured) == 300);
  CHECK(meter.wants_cpu_time());
}

}  // namespace
}  // namespace narrows::profile
