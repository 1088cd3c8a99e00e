// SPDX-License-Identifier: MIT
#include "profile/ledger.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <vector>

#include "unit/doctest.hpp"

namespace narrows::profile {
namespace {

/// One message of this latency, all of it in one component.
void add(Ledger& ledger, Ticks latency, std::size_t component, std::size_t type = 0) {
  for (std::size_t i = 0; i < kComponents; ++i) {
    const Ticks part = i == component ? latency : 0;
    ledger.histograms.record(part, i);
    ledger.sums[i] += part;
    ledger.largest[i] = std::max(ledger.largest[i], part);
  }
  ledger.histograms.record(latency, kEndToEnd);
  ledger.sums[kEndToEnd] += latency;
  ledger.largest[kEndToEnd] = std::max(ledger.largest[kEndToEnd], latency);
  if (is_service(component)) {
    ledger.squares[stage_of(component)] +=
        static_cast<double>(latency) * static_cast<double>(latency);
  }
  Ledger::Row& row = ledger.rows[latency_row(latency)];
  ++row.messages;
  row.components[component] += static_cast<double>(latency);
  Ledger::Type& entry = ledger.types[type];
  if (entry.histogram == nullptr) entry.histogram = std::make_unique<Histogram<6>>();
  entry.histogram->record(latency);
  ++entry.count;
  ++entry.answered;
  entry.sum += latency;
  ++ledger.messages;
  ++ledger.answered;
}

/// All that a view says, of two types.
std::vector<double> figures_of(const LedgerView& view) {
  std::vector<double> figures{static_cast<double>(view.messages()),
                              static_cast<double>(view.answered()),
                              static_cast<double>(view.uneven())};
  for (std::size_t i = 0; i < kSeries; ++i) {
    figures.push_back(static_cast<double>(view.sum(i)));
    figures.push_back(static_cast<double>(view.largest(i)));
    for (std::uint64_t rank = 1; rank <= view.answered() + 1; ++rank) {
      figures.push_back(view.at_rank(rank, i));
    }
  }
  for (std::size_t i = 0; i < kStages; ++i) figures.push_back(view.squares(i));
  for (std::size_t i = 0; i < kTroubles; ++i) {
    figures.push_back(static_cast<double>(view.trouble(i)));
  }
  for (std::size_t i = 0; i < kLatencyRows; ++i) {
    const Ledger::Row row = view.row(i);
    figures.push_back(static_cast<double>(row.messages));
    for (const auto part : row.components) figures.push_back(static_cast<double>(part));
  }
  for (std::size_t i = 0; i < view.type_count(); ++i) {
    figures.push_back(static_cast<double>(view.count(i)));
    figures.push_back(static_cast<double>(view.answered(i)));
    figures.push_back(static_cast<double>(view.sum_of_type(i)));
    for (std::uint64_t rank = 1; rank <= view.answered(i) + 1; ++rank) {
      figures.push_back(view.at_rank_of_type(rank, i));
    }
  }
  for (const double part : view.slowest(2)) figures.push_back(part);
  figures.push_back(static_cast<double>(view.sent_unprompted()));
  figures.push_back(static_cast<double>(view.awaited()));
  figures.push_back(static_cast<double>(view.sum_of_awaits()));
  figures.push_back(static_cast<double>(view.largest_await()));
  figures.push_back(view.slowest_await(2));
  for (std::uint64_t rank = 1; rank <= view.answered() + 1; ++rank) {
    figures.push_back(view.await_at_rank(rank));
  }
  return figures;
}

struct Two {
  Ledger a{2};
  Ledger b{2};
  Ledger both{2};  // what was recorded in either

  Two() {
    const auto record = [&](Ledger& in, Ticks latency, std::size_t component, std::size_t type) {
      add(in, latency, component, type);
      add(both, latency, component, type);
    };
    record(a, 1'000, 0, 0);
    record(a, 200'000, 3, 1);
    record(a, 70'000, 5, 1);
    record(b, 300, 1, 0);
    record(b, 200'100, 6, 1);
    record(b, 9'000'000, 1, 1);
    a.troubles[2] = 3;
    b.troubles[2] = 4;
    b.troubles[8] = 1;
    both.troubles[2] = 7;
    both.troubles[8] = 1;
    for (Ledger* ledger : {&a, &both}) ledger->made_awaits().record(4'000, 70'000);
    for (Ledger* ledger : {&b, &both}) ledger->made_awaits().record(9'000, 200'100);
    for (Ledger* ledger : {&b, &both}) ledger->made_awaits().record(100, 300);
    a.sent_unprompted = 11;
    b.sent_unprompted = 22;
    both.sent_unprompted = 33;
    a.uneven = 1;
    b.uneven = 1;
    both.uneven = 2;
    a.messages += 5;  // that were not answered
    a.types[0].count += 5;
    both.messages += 5;
    both.types[0].count += 5;
    for (Ledger* ledger : {&a, &b}) {
      for (auto& type : ledger->types) {
        if (type.histogram == nullptr) type.histogram = std::make_unique<Histogram<6>>();
      }
    }
  }
};

TEST_CASE("ledger: a view of two says what one ledger of both would say") {
  const Two two;
  CHECK(figures_of({two.a, two.b}) == figures_of(two.both));
  CHECK(figures_of({two.b, two.a}) == figures_of(two.both));
  CHECK(figures_of(two.a) != figures_of(two.both));
}

TEST_CASE("ledger: merged into one, two say what a view of them says") {
  Two two;
  two.a.merge(two.b);
  CHECK(figures_of(two.a) == figures_of(two.both));
  two.b.merge(Ledger(2));  // an empty one changes nothing
  Two again;
  CHECK(figures_of(two.b) == figures_of(again.b));
}

TEST_CASE("ledger: merging what has no histogram for a type leaves its counts") {
  Ledger to(1);
  Ledger from(1);
  from.types[0].count = from.messages = 4;  // none of them answered
  to.merge(from);
  CHECK(LedgerView(to).count(0) == 4);
  CHECK(LedgerView(to).at_rank_of_type(1, 0) == 0);
  // As without stamps, where answers are counted but not timed.
  from.types[0].answered = 4;
  to.merge(from);
  CHECK(LedgerView(to).answered(0) == 4);
}

TEST_CASE("ledger: cleared, it is as new") {
  Two two;
  two.a.clear();
  Ledger empty(2);
  CHECK(figures_of(two.a) == figures_of(empty));
  two.a.merge(two.b);
  CHECK(figures_of(two.a) == figures_of(two.b));
}

TEST_CASE("ledger: what waited is looked for where anything did") {
  for (const bool is_second : {false, true}) {
    Ledger a(1);
    Ledger b(1);
    add(a, 1'000, 3);
    add(b, 1'000, 3);
    (is_second ? b : a).made_awaits().record(600, 1'000);
    const LedgerView view(a, b);
    CHECK(view.awaited() == 1);
    CHECK(view.await_at_rank(1) == 0);
    CHECK(view.await_at_rank(2) == doctest::Approx(600).epsilon(0.002));
    CHECK(view.largest_await() == 600);
    CHECK(view.slowest_await(2) == 300);
    a.merge(b);
    CHECK(LedgerView(a).sum_of_awaits() == 600);
  }
}

TEST_CASE("ledger: sums of a row do not overflow 64 bits") {
  Ledger ledger(1);
  Ledger other(1);
  for (Ledger* each : {&ledger, &other}) {
    Ledger::Row& row = each->rows[kLatencyRows - 1];
    row.messages = 1;
    row.components[6] = 0x1p63;
  }
  ledger.merge(other);
  CHECK(LedgerView(ledger).slowest(2)[6] == 0x1p63);
  CHECK(LedgerView(ledger, other).slowest(3)[6] == 0x1p63);
}

TEST_CASE("ledger: the slowest messages' mean split, as many as are asked for") {
  Ledger ledger(1);
  for (int i = 0; i < 90; ++i) add(ledger, 1'000, 1);
  for (int i = 0; i < 9; ++i) add(ledger, 50'000, 3);
  add(ledger, 1'000'000, 6);
  const LedgerView view(ledger);
  using Parts = std::array<double, kComponents>;
  CHECK(view.slowest(1) == Parts{0, 0, 0, 0, 0, 0, 1'000'000});
  CHECK(view.slowest(2) == Parts{0, 0, 0, 25'000, 0, 0, 500'000});
  CHECK(view.slowest(10) == Parts{0, 0, 0, 45'000, 0, 0, 100'000});
  const Parts hundred = view.slowest(100);
  CHECK(hundred[1] == doctest::Approx(900));
  CHECK(hundred[3] == doctest::Approx(4'500));
  CHECK(hundred[6] == doctest::Approx(10'000));
  const Parts half = view.slowest(0.5);  // a fraction of the one
  CHECK(half[6] == doctest::Approx(1'000'000));
}

TEST_CASE("ledger: of a row that is needed in part, the mean of all of it counts") {
  Ledger ledger(1);
  add(ledger, 1'000, 1);
  add(ledger, 1'001, 3);  // the same row
  REQUIRE(latency_row(1'000) == latency_row(1'001));
  CHECK(LedgerView(ledger).slowest(1)[1] == doctest::Approx(500));
  CHECK(LedgerView(ledger).slowest(1)[3] == doctest::Approx(500.5));
}

TEST_CASE("ledger: the slowest of none, or of more than there are, are no trap") {
  Ledger ledger(1);
  for (const double part : LedgerView(ledger).slowest(5)) CHECK(part == 0);
  add(ledger, 400, 2);
  const auto more = LedgerView(ledger).slowest(4);
  CHECK(more[2] == doctest::Approx(100));  // as if the others had taken no time
}

TEST_CASE("latency rows: four to a power of two, in order, from 2^7 to 2^39 ticks") {
  CHECK(latency_row(0) == 0);
  CHECK(latency_row(128) == 0);
  CHECK(latency_row(159) == 0);
  CHECK(latency_row(160) == 1);
  CHECK(latency_row(255) == 3);
  CHECK(latency_row(256) == 4);
  CHECK(latency_row((Ticks{1} << 39) - 1) == kLatencyRows - 1);
  CHECK(latency_row(Ticks{1} << 39) == kLatencyRows - 1);
  CHECK(latency_row(~Ticks{0}) == kLatencyRows - 1);
  std::size_t before = 0;
  for (Ticks value = 128; value < Ticks{1} << 38; value += value / 8) {
    const std::size_t row = latency_row(value);
    CHECK(row >= before);
    CHECK(row <= before + 1);
    before = row;
  }
  CHECK(before >= 4 * 30);
}

}  // namespace
}  // namespace narrows::profile
