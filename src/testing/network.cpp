// SPDX-License-Identifier: MIT
#include "narrows/testing/network.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "testing/network_parts.hpp"
#include "testing/topology.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;

void check(bool makes_sense, const std::string& what) {
  if (!makes_sense) throw std::invalid_argument(what);
}

}  // namespace

Network::Network(NetworkOptions options, const std::function<void(Node&)>& serve)
    : parts_(std::make_unique<Parts>(std::move(options), serve)) {}

Network::~Network() = default;

const std::vector<std::string>& Network::nodes() const { return parts_->router.names(); }

void Network::topology(const Topology& neighbours) {
  const std::string argument = topology_argument(neighbours);
  const std::string members = "\"type\":\"topology\"," + argument.substr(1, argument.size() - 2);
  for (const std::string& node : nodes()) {
    if (ask("c0", node, members).type == "topology_ok") continue;
    throw std::logic_error(node + " does not answer topology with topology_ok");
  }
}

void Network::request(std::string_view client, std::string_view node, std::string_view members,
                      Then then, nanoseconds timeout) {
  parts_->router.request(client, node, members, std::move(then), timeout);
}

Answer Network::ask(std::string_view client, std::string_view node, std::string_view members,
                    nanoseconds timeout) {
  const Parts::Running running(*parts_);
  check(timeout < kNever, "who waits for ever may never come back");
  std::optional<Answer> answer;
  request(
      client, node, members, [&](const Answer& given) { answer = given; }, timeout);
  while (!answer) parts_->step(kNever);
  return std::move(*answer);
}

void Network::after(nanoseconds delay, std::function<void()> what) {
  parts_->router.after(delay, std::move(what));
}

void Network::partition(const std::vector<std::vector<std::string>>& groups) {
  parts_->router.partition(groups);
}

void Network::cut(std::string_view from, std::string_view to) { parts_->router.cut(from, to); }

void Network::heal() { parts_->router.heal(); }

void Network::pause(std::string_view node) {
  const std::size_t index = parts_->router.index(node);
  parts_->members[index]->is_paused = true;
  parts_->dues[index] = kNever;
  parts_->router.tell("pause", node);
}

void Network::resume(std::string_view node) {
  const std::size_t index = parts_->router.index(node);
  if (!std::exchange(parts_->members[index]->is_paused, false)) return;
  parts_->dues[index] = parts_->router.now();
  parts_->router.tell("resume", node);
}

void Network::run_for(nanoseconds duration) {
  const Parts::Running running(*parts_);
  check(duration.count() >= 0, "time does not go back");
  const nanoseconds end = sum(parts_->router.now(), duration);
  while (parts_->step(end)) {
  }
  parts_->router.move_to(end);
}

bool Network::run_until_idle(nanoseconds limit) {
  const Parts::Running running(*parts_);
  check(limit.count() >= 0, "time does not go back");
  const nanoseconds end = sum(parts_->router.now(), limit);
  while (parts_->step(end)) {
  }
  if (parts_->next() == kNever) return true;
  parts_->router.move_to(end);
  return false;
}

void Network::run_until(const std::function<bool()>& is_over) {
  const Parts::Running running(*parts_);
  while (!is_over() && parts_->step(kNever)) {
  }
}

nanoseconds Network::now() const { return parts_->router.now(); }

const Traffic& Network::traffic() const { return parts_->router.traffic(); }

std::uint64_t Network::random(std::uint64_t bound) {
  check(bound >= 1, "a random number is below 1 at least");
  return parts_->router.callers_random().below(bound);
}

std::vector<std::string> Network::take_log(std::string_view node) {
  return parts_->members[parts_->router.index(node)]->harness->take_log();
}

}  // namespace narrows::testing
