// SPDX-License-Identifier: MIT
#include "narrows/testing/network.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "json/string.hpp"
#include "narrows/error.hpp"
#include "narrows/raw.hpp"
#include "testing/network_parts.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;

void check(bool makes_sense, const std::string& what) {
  if (!makes_sense) throw std::invalid_argument(what);
}

/// A request's line. Throws std::invalid_argument unless it is one.
std::string request_line(std::string_view client, std::string_view node, std::string_view members,
                         std::uint64_t id) {
  std::string body("{");
  body.append(members).append(",\"msg_id\":").append(std::to_string(id)).append("}");
  check(body.find_first_of("\r\n") == std::string::npos, "a request is one line: " + body);
  const std::string given = std::string("{").append(members).append("}");
  try {
    check(!Raw::checked(given).find("msg_id"), "the network gives a request its msg_id: " + body);
  } catch (const Error&) {
    throw std::invalid_argument("this is no JSON: " + given);
  }
  std::string line("{\"src\":\"");
  json::append_escaped(line, client);
  line.append("\",\"dest\":\"").append(node).append("\",\"body\":").append(body).append("}");
  return line;
}

}  // namespace

Network::Network(NetworkOptions options, const std::function<void(Node&)>& serve)
    : parts_(std::make_unique<Parts>(std::move(options), serve)) {}

Network::~Network() = default;

const std::vector<std::string>& Network::nodes() const { return parts_->names; }

void Network::topology(const Topology& neighbours) {
  std::string members(R"("type":"topology","topology":{)");
  const char* separator = "";
  const auto append_name = [&](const std::string& name) {
    members.append(std::exchange(separator, ",")).append("\"");
    json::append_escaped(members, name);
    members += '"';
  };
  for (const auto& [node, names] : neighbours) {
    append_name(node);
    members += ":[";
    separator = "";
    for (const std::string& name : names) append_name(name);
    members += ']';
  }
  members += '}';
  for (const std::string& node : parts_->names) {
    if (ask("c0", node, members).type == "topology_ok") continue;
    throw std::logic_error(node + " does not answer topology with topology_ok");
  }
}

void Network::request(std::string_view client, std::string_view node, std::string_view members,
                      Then then, nanoseconds timeout) {
  Parts& parts = *parts_;
  const std::size_t index = parts.index(node);
  check(!client.empty() && !parts.places.contains(client),
        "a client has a name, which is no node's and no service's: " + std::string(client));
  check(timeout.count() >= 0, "a timeout is not negative");
  const std::uint64_t id = parts.next_request;
  const std::string line = request_line(client, node, members, id);
  ++parts.next_request;
  const nanoseconds deadline = sum(parts.now, timeout);
  const std::uint64_t call = parts.schedule(deadline, [&parts, id] { parts.give_up(id); });
  parts.pending.emplace(id, Parts::Pending{std::string(client), std::move(then), parts.now,
                                           std::pair(deadline, call)});
  ++parts.traffic.client_messages;
  parts.launch(parts.options.client_latency, {Place::Kind::client, 0}, {Place::Kind::node, index},
               line);
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
  check(delay.count() >= 0 && what, "after() takes a delay that is not negative, and a function");
  parts_->schedule(sum(parts_->now, delay), std::move(what));
}

void Network::partition(const std::vector<std::vector<std::string>>& groups) {
  const std::size_t nodes = parts_->members.size();
  std::vector<std::size_t> group_of(nodes, groups.size());
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const std::string& name : groups[group]) {
      std::size_t& its = group_of[parts_->index(name)];
      check(its == groups.size(), name + " is in two groups");
      its = group;
    }
  }
  for (std::size_t i = 0; i < nodes * nodes; ++i) {
    parts_->cuts[i] = group_of[i / nodes] != group_of[i % nodes];
  }
}

void Network::cut(std::string_view from, std::string_view to) {
  const std::size_t row = parts_->index(from) * parts_->members.size();
  parts_->cuts[row + parts_->index(to)] = true;
}

void Network::heal() { parts_->cuts.assign(parts_->cuts.size(), false); }

void Network::pause(std::string_view node) {
  const std::size_t index = parts_->index(node);
  parts_->members[index]->is_paused = true;
  parts_->dues[index] = kNever;
  parts_->tell("pause", node);
}

void Network::resume(std::string_view node) {
  const std::size_t index = parts_->index(node);
  if (!std::exchange(parts_->members[index]->is_paused, false)) return;
  parts_->dues[index] = parts_->now;
  parts_->tell("resume", node);
}

void Network::run_for(nanoseconds duration) {
  const Parts::Running running(*parts_);
  check(duration.count() >= 0, "time does not go back");
  const nanoseconds end = sum(parts_->now, duration);
  while (parts_->step(end)) {
  }
  parts_->now = end;
}

bool Network::run_until_idle(nanoseconds limit) {
  const Parts::Running running(*parts_);
  check(limit.count() >= 0, "time does not go back");
  const nanoseconds end = sum(parts_->now, limit);
  while (parts_->step(end)) {
  }
  if (parts_->next() == kNever) return true;
  parts_->now = end;
  return false;
}

nanoseconds Network::now() const { return parts_->now; }

const Traffic& Network::traffic() const { return parts_->traffic; }

std::uint64_t Network::random(std::uint64_t bound) {
  check(bound >= 1, "a random number is below 1 at least");
  return parts_->callers_random.below(bound);
}

std::vector<std::string> Network::take_log(std::string_view node) {
  return parts_->members[parts_->index(node)]->harness->take_log();
}

}  // namespace narrows::testing
