// SPDX-License-Identifier: MIT
#include "testing/fault_injector.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace narrows::testing {
namespace {

using Names = std::vector<std::string>;

std::string joined(const Names& names) {
  std::string all;
  for (const std::string& name : names) all.append(all.empty() ? "" : " ").append(name);
  return all;
}

/// The first so many, and the others; each group in the nodes' order.
std::pair<Names, Names> split(Names names, std::size_t first) {
  const auto middle = names.begin() + static_cast<std::ptrdiff_t>(first);
  const auto by_number = [](const std::string& a, const std::string& b) {
    return std::pair(a.size(), std::string_view(a)) < std::pair(b.size(), std::string_view(b));
  };
  std::sort(names.begin(), middle, by_number);
  std::sort(middle, names.end(), by_number);
  return {Names(names.begin(), middle), Names(middle, names.end())};
}

}  // namespace

void FaultInjector::begin(Fault fault) {
  end();
  std::string who;
  switch (fault) {
    case Fault::halves: who = halves(); break;
    case Fault::one: who = one(); break;
    case Fault::ring: who = ring(); break;
    case Fault::one_way: who = one_way(); break;
    case Fault::pause: who = pause(); break;
  }
  if (who.empty()) return;  // there are too few nodes for it
  bands_.push_back({fault, std::move(who), cluster_.now(), cluster_.now()});
  is_hurt_ = true;
}

void FaultInjector::end() {
  if (!std::exchange(is_hurt_, false)) return;
  cluster_.heal();
  for (const std::string& node : std::exchange(paused_, {})) cluster_.resume(node);
  bands_.back().end = cluster_.now();
}

std::string FaultInjector::halves() {
  const auto [some, others] = split(shuffled(), cluster_.nodes().size() / 2);
  if (some.empty()) return {};
  cluster_.partition({some, others});
  return joined(some) + " | " + joined(others);
}

std::string FaultInjector::one() {
  const auto [some, others] = split(shuffled(), 1);
  if (others.empty()) return {};
  cluster_.partition({some, others});
  return joined(some) + " | " + joined(others);
}

std::string FaultInjector::ring() {
  const Names names = shuffled();
  const std::size_t size = names.size();
  if (size < 3) return {};
  const std::size_t reach = (size / 2 + 1) / 2;  // to each side: with itself that is a majority
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t away = reach + 1; away + reach < size; ++away) {
      cluster_.cut(names[i], names[(i + away) % size]);
    }
  }
  if (size == 3) {  // where a majority on each side is everybody
    cluster_.cut(names[0], names[2]);
    cluster_.cut(names[2], names[0]);
  }
  return "ring " + joined(names);
}

std::string FaultInjector::one_way() {
  const auto [some, others] = split(shuffled(), cluster_.nodes().size() / 2);
  if (some.empty()) return {};
  for (const std::string& from : some) {
    for (const std::string& to : others) cluster_.cut(from, to);
  }
  return joined(some) + " unheard by " + joined(others);
}

std::string FaultInjector::pause() {
  const std::size_t most = (cluster_.nodes().size() - 1) / 2;
  if (most == 0) return {};
  const std::size_t count = 1 + cluster_.random(most);  // before the other draws, by any compiler
  paused_ = split(shuffled(), count).first;
  for (const std::string& node : paused_) cluster_.pause(node);
  return joined(paused_);
}

Names FaultInjector::shuffled() {
  Names names = cluster_.nodes();
  for (std::size_t left = names.size(); left > 1; --left) {
    std::swap(names[left - 1], names[cluster_.random(left)]);
  }
  return names;
}

}  // namespace narrows::testing
