// SPDX-License-Identifier: MIT
// Random histories: the search agrees with one that tries all orders, and takes what a real
// register does.
#include <algorithm>
#include <numeric>
#include <vector>

#include "testing/register_search.hpp"
#include "unit/doctest.hpp"
#include "unit/testing/random.hpp"

namespace narrows::testing {
namespace {

using Kind = RegisterStep::Kind;
using std::chrono::nanoseconds;

constexpr std::size_t kMostStates = 4'000'000;

/// Whether the steps fit in this order, from 0.
bool fits(const std::vector<RegisterStep>& steps, const std::vector<std::size_t>& order) {
  Values::Id value = 0;
  for (const std::size_t i : order) {
    const RegisterStep& step = steps[i];
    if (step.kind == Kind::read && value != step.from) return false;
    if (step.kind == Kind::differs && value == step.from) return false;
    if (step.kind == Kind::cas && value != step.from && !(step.creates && value == 0)) return false;
    if (step.kind == Kind::write || step.kind == Kind::cas) value = step.to;
  }
  for (std::size_t a = 0; a < order.size(); ++a) {
    for (std::size_t b = a + 1; b < order.size(); ++b) {
      const RegisterStep& later = steps[order[b]];
      if (!later.is_unknown && later.completed < steps[order[a]].invoked) return false;
    }
  }
  return true;
}

/// All orders of all sets of steps that have what completed.
bool has_order(const std::vector<RegisterStep>& steps) {
  for (unsigned set = 0; set < 1U << steps.size(); ++set) {
    std::vector<std::size_t> order;
    bool is_complete = true;
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if ((set >> i & 1U) != 0) {
        order.push_back(i);
      } else if (!steps[i].is_unknown) {
        is_complete = false;
      }
    }
    if (!is_complete) continue;
    do {
      if (fits(steps, order)) return true;
    } while (std::ranges::next_permutation(order).found);
  }
  return false;
}

std::vector<RegisterStep> random_steps(Random& random, int most) {
  std::vector<RegisterStep> steps(static_cast<std::size_t>(2 + random.below(most - 1)));
  for (RegisterStep& step : steps) {
    step.kind = static_cast<Kind>(random.below(4));
    step.creates = step.kind == Kind::cas && random.one_in(5);
    step.from = static_cast<Values::Id>(random.below(4));
    step.to = static_cast<Values::Id>(1 + random.below(3));
    step.is_unknown = random.one_in(4);
    step.operation = static_cast<std::size_t>(&step - steps.data());
    step.process = static_cast<std::int64_t>(step.operation);
    step.invoked = nanoseconds(random.below(20));
    step.completed = step.invoked + nanoseconds(random.below(10));
  }
  return steps;
}

TEST_CASE("lin-kv: the search agrees with trying all orders of up to six random operations") {
  Random random(1);
  int linearizable = 0;
  for (int trial = 0; trial < 600; ++trial) {
    const auto steps = random_steps(random, trial % 20 == 0 ? 6 : 5);
    const bool expected = has_order(steps);
    const RegisterVerdict verdict = search_order(steps, 0, kMostStates);
    CAPTURE(trial);
    CHECK((verdict.kind == RegisterVerdict::Kind::linearizable) == expected);
    linearizable += expected ? 1 : 0;
  }
  CHECK(linearizable > 100);
  CHECK(linearizable < 500);
}

/// What clients of a real register see: each operation takes effect at a moment of its own.
std::vector<RegisterStep> real_steps(Random& random, int count, int processes, int unknown_of_100) {
  std::vector<RegisterStep> steps(static_cast<std::size_t>(count));
  std::vector<int> free_at(static_cast<std::size_t>(processes), 0);
  std::vector<std::pair<int, std::size_t>> moments;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    RegisterStep& step = steps[i];
    int& free = free_at[i % free_at.size()];
    const int invoked = free + random.below(10);
    const int effect = invoked + random.below(30);
    const int completed = effect + random.below(30);
    free = completed + 1;
    step.kind = static_cast<Kind>(random.below(3));
    step.from = static_cast<Values::Id>(random.below(6));
    step.to = static_cast<Values::Id>(1 + random.below(5));
    step.process = static_cast<std::int64_t>(i % free_at.size());
    step.operation = i;
    step.invoked = nanoseconds(invoked);
    step.completed = nanoseconds(completed);
    step.is_unknown = random.below(100) < unknown_of_100;
    // Some unknown ones never happen, some long after their clients have left.
    if (step.is_unknown) {
      step.process = static_cast<std::int64_t>(1000 + i);
      if (random.one_in(2)) continue;
      if (random.one_in(2)) {
        moments.emplace_back(effect + random.below(2000), i);
        continue;
      }
    }
    moments.emplace_back(effect, i);
  }
  std::ranges::sort(moments);
  Values::Id value = 0;
  for (const auto& [moment, i] : moments) {
    RegisterStep& step = steps[i];
    if (step.kind == Kind::read) step.from = value;
    if (step.kind == Kind::cas && value != step.from && !step.is_unknown) step.kind = Kind::differs;
    if (step.kind == Kind::write || (step.kind == Kind::cas && value == step.from)) value = step.to;
  }
  return steps;
}

TEST_CASE("lin-kv: a thousand operations on a real register are taken, unknown ones among them") {
  for (int seed = 1; seed <= 20; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    auto steps = real_steps(random, 1000, 10, seed % 2 == 0 ? 5 : 0);
    CAPTURE(seed);
    CHECK(search_order(steps, 0, kMostStates).kind == RegisterVerdict::Kind::linearizable);
  }
}

TEST_CASE("lin-kv: one read of a thousand operations that no order has is found") {
  for (int seed = 1; seed <= 4; ++seed) {
    Random random(static_cast<std::uint64_t>(seed));
    auto steps = real_steps(random, 1000, 10, 5);
    const auto read = std::find_if(steps.begin() + 300, steps.end(), [](const RegisterStep& step) {
      return step.kind == Kind::read && !step.is_unknown;
    });
    REQUIRE(read != steps.end());
    read->from = 77;
    const RegisterVerdict verdict = search_order(steps, 0, kMostStates);
    CAPTURE(seed);
    CHECK(verdict.kind == RegisterVerdict::Kind::not_linearizable);
    CHECK(verdict.stuck_operation == read->operation);
    CHECK_FALSE(verdict.possible.empty());
  }
}

}  // namespace
}  // namespace narrows::testing
