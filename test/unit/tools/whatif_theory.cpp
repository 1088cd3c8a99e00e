// SPDX-License-Identifier: MIT
#include "whatif_theory.hpp"

#include "unit/doctest.hpp"

namespace narrows::tools {
namespace {

using std::chrono::nanoseconds;

TEST_CASE("whatif theory: a delta is a share of the stage's time, 200 ns at least") {
  CHECK(Delta().of(20).count() == 2000);
  CHECK(Delta().of(0).count() == 200);
  CHECK(Delta().of(2).count() == 200);
  CHECK(Delta().of(2.01).count() == 201);
  CHECK(Delta::parse("10%")->of(20).count() == 2000);
  CHECK(Delta::parse("0.5%")->of(1000).count() == 5000);
  CHECK(Delta::parse("150%")->of(20).count() == 30'000);
  CHECK(Delta::parse("10000%")->of(1e9) == Delta::kMost);
}

TEST_CASE("whatif theory: or a time, whatever the stage takes") {
  CHECK(Delta::parse("2us")->of(1000).count() == 2000);
  CHECK(Delta::parse("200ns")->of(0).count() == 200);
  CHECK(Delta::parse("1.5ms")->of(1).count() == 1'500'000);
  CHECK(Delta::parse("1s")->of(1).count() == 1'000'000'000);
}

TEST_CASE("whatif theory: what is no delta is none") {
  for (const std::string_view bad :
       {"",      "%",   "10",   "0%", "-10%", "10 %", "10%%", "x%",  "10001%", "nan%",
        "199ns", "0us", "1.1s", "2",  "us",   "2 us", "-2us", "2µs", "1e3us",  "2usx"}) {
    CHECK_MESSAGE(!Delta::parse(bad).has_value(), bad);
  }
}

TEST_CASE("whatif theory: a delay costs d / (S + d) at the bottleneck and nothing elsewhere") {
  const PerStage<double> busy_us{1, 20, 5};
  CHECK(theory_percent(busy_us, 1, 2, false) == doctest::Approx(-100 * 2 / 22.0));
  CHECK(theory_percent(busy_us, 1, 20, false) == doctest::Approx(-50));
  CHECK(theory_percent(busy_us, 0, 2, false) == 0);
  CHECK(theory_percent(busy_us, 2, 14, false) == 0);
}

TEST_CASE("whatif theory: a stage that is delayed beyond the bottleneck becomes it") {
  const PerStage<double> busy_us{1, 20, 5};
  CHECK(theory_percent(busy_us, 2, 15, false) == 0);
  CHECK(theory_percent(busy_us, 2, 20, false) == doctest::Approx(100 * (20 / 25.0 - 1)));
  CHECK(theory_percent(busy_us, 0, 99, false) == doctest::Approx(-80));
}

TEST_CASE("whatif theory: on one thread times add up, and every stage counts alike") {
  const PerStage<double> busy_us{1, 20, 4};
  for (std::size_t i = 0; i < kStages; ++i) {
    CHECK(theory_percent(busy_us, i, 5, true) == doctest::Approx(100 * (25 / 30.0 - 1)));
  }
}

TEST_CASE("whatif theory: it needs a core for each busy stage and for the generator") {
  const Room room{.node_cpus = 2,
                  .cpus = 2,
                  .stages = 1.2,
                  .generator = 0.3,
                  .busiest = 1,
                  .busiest_delayed = 1,
                  .short_share = {}};
  CHECK(room.lack().empty());
  Room full = room;
  full.stages = 1.6;
  CHECK(full.lack() ==
        "There is no core for each busy stage (the stages took 1.6 and the load generator 0.3 of "
        "2.0 CPUs), so a delay costs CPU time wherever it is, and the theory does not apply.");
  full = room;
  full.cpus = 8;
  full.node_cpus = 1;
  CHECK(full.lack().find("0.3 of 1.0 CPUs") != std::string::npos);
  full.node_cpus = 2;
  CHECK(full.lack().empty());
}

TEST_CASE("whatif theory: it needs a bottleneck among the stages") {
  Room room{.node_cpus = 8,
            .cpus = 8,
            .stages = 1.2,
            .generator = 0.3,
            .busiest = 0.6,
            .busiest_delayed = 1,
            .short_share = {}};
  CHECK(room.lack().find("no stage was busy for more than 60 % of the time") != std::string::npos);
  room.busiest = 0.97;
  CHECK(room.lack().empty());
  room.generator = 0.99;
  CHECK(room.lack().find("generator was busy all the time") != std::string::npos);
  room.generator = 0.3;
  room.busiest_delayed = 0.66;
  CHECK(room.lack() ==
        "With a delay no stage was busy for more than 66 % of the time: too few messages were in "
        "flight to keep one busy, so the theory does not apply.");
}

TEST_CASE("whatif theory: stages that wait for a CPU say too much of their time") {
  const Room room{.node_cpus = 8,
                  .cpus = 8,
                  .stages = 1.2,
                  .generator = 0.3,
                  .busiest = 1,
                  .busiest_delayed = 1,
                  .short_share = 0.71};
  CHECK(room.lack().find("a CPU for only 71 % of their busy time") != std::string::npos);
}

}  // namespace
}  // namespace narrows::tools
