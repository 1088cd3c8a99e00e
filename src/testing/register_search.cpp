// SPDX-License-Identifier: MIT
// The cuts, none of which loses an order:
//  1. What only looks (read, differs) and may come now and fits comes at once: it changes nothing.
//  2. An unknown operation comes only right before one that needs what it left; any other can be
//     left out.
//  3. Of unknown operations that do the same the one that was invoked first comes first.
//  4. A state is not looked at again that was seen with as many or more unknown operations left.
// And a short cut: where there is no order even if each unknown operation may happen as often as it
// is wanted, there is none. That search need not remember which ones are left.
#include "testing/register_search.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;
using Kind = RegisterStep::Kind;

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

/// How far an order has come. Steps that completed are counted by when they did.
struct State {
  std::size_t done = 0;             // all steps before this one are in
  std::vector<std::uint32_t> more;  // those after it that are in, ascending
  Values::Id value = 0;
  bool must_be_seen = false;        // an unknown operation came last: cut 2
  std::vector<std::uint16_t> used;  // by kind of unknown operation: how many are in
};

class Search {
 public:
  enum class Unknown : std::uint8_t { once, often };  // how often one may happen

  Search(const std::vector<RegisterStep>& steps, Values::Id absent, std::size_t most_states,
         Unknown unknown)
      : absent_(absent), most_states_(most_states), happens_(unknown) {
    sort(steps);
    find_predecessors();
    find_candidates();
  }

  RegisterVerdict run() {
    State first;
    first.value = absent_;
    first.used.resize(unknown_.size());
    open_.push_back(std::move(first));
    while (!open_.empty()) {
      if (seen_count_ > most_states_) return {RegisterVerdict::Kind::undecided, stuck(), {}};
      State state = std::move(open_.back());
      open_.pop_back();
      look(state);
      if (state.done == steps_.size()) return {};
      if (!remember(state)) continue;
      note_possible(state);
      branch(state);
    }
    std::ranges::sort(possible_);
    return {RegisterVerdict::Kind::not_linearizable, stuck(), possible_};
  }

 private:
  /// Unknown operations that do the same, by when they were invoked.
  using Alike = std::vector<RegisterStep>;

  void sort(const std::vector<RegisterStep>& steps) {
    std::map<std::tuple<Kind, bool, Values::Id, Values::Id>, Alike> alike;
    for (const RegisterStep& step : steps) {
      if (!step.is_unknown) {
        steps_.push_back(step);
      } else if (step.kind == Kind::write || step.kind == Kind::cas) {
        alike[{step.kind, step.creates, step.from, step.to}].push_back(step);
      }
    }
    std::ranges::stable_sort(steps_, {}, &RegisterStep::completed);
    for (auto& [what, same] : alike) {
      std::ranges::stable_sort(same, {}, &RegisterStep::invoked);
      unknown_.push_back(std::move(same));
    }
  }

  /// Times alone do not order two operations of one process where the second began at the moment
  /// the first ended.
  void find_predecessors() {
    std::unordered_map<std::int64_t, std::size_t> last;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const auto [place, is_first] = last.try_emplace(steps_[i].process, i);
      predecessors_.push_back(is_first ? kNone : place->second);
      place->second = i;
    }
    last_of_process_ = std::move(last);
  }

  /// For each step: those from it on that were invoked before it completed.
  void find_candidates() {
    std::vector<nanoseconds> least_invoked(steps_.size() + 1, nanoseconds::max());
    for (std::size_t i = steps_.size(); i-- > 0;) {
      least_invoked[i] = std::min(least_invoked[i + 1], steps_[i].invoked);
    }
    candidates_.resize(steps_.size());
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      for (std::size_t j = i; least_invoked[j] <= steps_[i].completed; ++j) {
        if (steps_[j].invoked <= steps_[i].completed) {
          candidates_[i].push_back(static_cast<std::uint32_t>(j));
        }
      }
    }
  }

  static bool is_in(const State& state, std::size_t i) {
    return i < state.done || std::ranges::binary_search(state.more, i);
  }

  bool may_come(const State& state, std::size_t i) const {
    return !is_in(state, i) && (predecessors_[i] == kNone || is_in(state, predecessors_[i]));
  }

  static void put_in(State& state, std::size_t i) {
    state.must_be_seen = false;
    if (i != state.done) {
      const auto number = static_cast<std::uint32_t>(i);
      state.more.insert(std::ranges::lower_bound(state.more, number), number);
      return;
    }
    ++state.done;
    auto next = state.more.begin();
    for (; next != state.more.end() && *next == state.done; ++next) ++state.done;
    state.more.erase(state.more.begin(), next);
  }

  bool fits(const RegisterStep& step, Values::Id value) const {
    switch (step.kind) {
      case Kind::read: return value == step.from;
      case Kind::differs: return value != step.from;
      case Kind::cas: return value == step.from || (step.creates && value == absent_);
      case Kind::write: return true;
    }
    return false;
  }

  /// Cut 1.
  void look(State& state) const {
    for (bool is_changed = true; is_changed && state.done != steps_.size();) {
      is_changed = false;
      for (const std::uint32_t i : candidates_[state.done]) {
        const RegisterStep& step = steps_[i];
        if (step.kind != Kind::read && step.kind != Kind::differs) continue;
        if (!fits(step, state.value) || !may_come(state, i)) continue;
        put_in(state, i);
        is_changed = true;
        break;  // other steps may come now
      }
    }
  }

  /// False when it has been there: cut 4.
  bool remember(const State& state) {
    std::string key;
    const auto append = [&key](std::uint32_t number) {
      for (int byte = 0; byte < 4; ++byte) key += static_cast<char>((number >> (8 * byte)) & 0xFF);
    };
    append(static_cast<std::uint32_t>(state.done));
    append(state.value);
    append(state.must_be_seen ? 1 : 0);
    for (const std::uint32_t i : state.more) append(i);
    auto& seen = seen_[std::move(key)];
    for (const auto& used : seen) {
      if (std::ranges::equal(used, state.used, std::less_equal<>())) return false;
    }
    seen.push_back(state.used);
    ++seen_count_;
    return true;
  }

  void note_possible(const State& state) {
    if (state.done < furthest_) return;
    if (state.done > furthest_) possible_.clear();
    furthest_ = state.done;
    if (std::ranges::find(possible_, state.value) == possible_.end()) {
      possible_.push_back(state.value);
    }
  }

  std::size_t stuck() const {
    return steps_.empty() ? 0 : steps_[std::min(furthest_, steps_.size() - 1)].operation;
  }

  /// What is pushed last is looked at first: steps that completed, the earliest first.
  void branch(const State& state) {
    for (std::size_t i = unknown_.size(); i-- > 0;) branch_to_unknown(state, i);
    const auto& candidates = candidates_[state.done];
    for (std::size_t place = candidates.size(); place-- > 0;) {
      const std::uint32_t i = candidates[place];
      const RegisterStep& step = steps_[i];
      const bool may_change =
          step.kind == Kind::cas || (step.kind == Kind::write && !state.must_be_seen);
      if (!may_change || !fits(step, state.value) || !may_come(state, i)) continue;
      State next = state;
      put_in(next, i);
      next.value = step.to;
      open_.push_back(std::move(next));
    }
  }

  void branch_to_unknown(const State& state, std::size_t alike) {
    const std::uint16_t used = state.used[alike];
    if (used == unknown_[alike].size()) return;
    const RegisterStep& step = unknown_[alike][used];  // cut 3
    if (step.to == state.value || !fits(step, state.value)) return;
    if (step.kind == Kind::write && state.must_be_seen) return;
    if (step.invoked > steps_[state.done].completed) return;
    const auto before = last_of_process_.find(step.process);
    if (before != last_of_process_.end() && !is_in(state, before->second)) return;
    State next = state;
    if (happens_ == Unknown::once) ++next.used[alike];
    next.value = step.to;
    next.must_be_seen = true;
    open_.push_back(std::move(next));
  }

  Values::Id absent_;
  std::size_t most_states_;
  Unknown happens_;
  std::vector<RegisterStep> steps_;  // that completed, by when they did
  std::vector<Alike> unknown_;
  std::vector<std::size_t> predecessors_;  // by step: its process's step before it
  std::unordered_map<std::int64_t, std::size_t> last_of_process_;
  std::vector<std::vector<std::uint32_t>> candidates_;  // by step
  std::vector<State> open_;
  std::unordered_map<std::string, std::vector<std::vector<std::uint16_t>>> seen_;
  std::size_t seen_count_ = 0;
  std::size_t furthest_ = 0;
  std::vector<Values::Id> possible_;  // at the furthest
};

}  // namespace

RegisterVerdict search_order(const std::vector<RegisterStep>& steps, Values::Id absent,
                             std::size_t most_states) {
  const auto search = [&](Search::Unknown unknown) {
    return Search(steps, absent, most_states, unknown).run();
  };
  RegisterVerdict verdict = search(Search::Unknown::often);
  const bool has_unknown = std::ranges::any_of(steps, &RegisterStep::is_unknown);
  if (has_unknown && verdict.kind == RegisterVerdict::Kind::linearizable) {
    verdict = search(Search::Unknown::once);
  }
  return verdict;
}

}  // namespace narrows::testing
