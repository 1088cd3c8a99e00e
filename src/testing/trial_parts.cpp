// SPDX-License-Identifier: MIT
#include "testing/trial_parts.hpp"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "narrows/encode.hpp"
#include "narrows/raw.hpp"
#include "testing/findings.hpp"
#include "testing/topology.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;
using namespace std::chrono_literals;

constexpr int kLastAttempts = 5;
constexpr nanoseconds kLastPause = 1s;
constexpr nanoseconds kLeastSample = 50ms;
constexpr std::int64_t kSamples = 80;  // while clients ask, at most
constexpr double kLongestGap = 1e18;   // ns: longer than any trial

std::size_t number_of_clients(const TrialOptions& options, std::size_t nodes) {
  return options.clients != 0 ? options.clients : nodes;
}

std::unique_ptr<Clients> clients_of(const TrialOptions& options, std::size_t nodes) {
  auto clients = make_clients(options.workload, {nodes, number_of_clients(options, nodes)});
  if (clients) return clients;
  throw std::invalid_argument("no clients of the workload " + options.workload);
}

/// A request's members, as Cluster::request() takes them.
std::string members_of(const Ask& ask) {
  std::string members = "\"type\":\"" + ask.function + "\"";
  const std::string_view inside = std::string_view(ask.argument).substr(1, ask.argument.size() - 2);
  if (!inside.empty()) members.append(",").append(inside);
  return members;
}

/// An answer's body without what the protocol adds.
std::string result_of(std::string_view body) {
  std::string result = "{";
  for (const auto [key, value] : Raw::checked(body).members()) {
    if (key == "type" || key == "msg_id" || key == "in_reply_to") continue;
    result.append(result.size() > 1 ? "," : "").append(encode(key)).append(":");
    result.append(value.text());
  }
  return result + "}";
}

}  // namespace

Trial::Parts::Parts(Cluster& of, TrialOptions given)
    : cluster(of),
      options(std::move(given)),
      workload(clients_of(options, of.nodes().size())),
      draw([&of](std::uint64_t bound) { return of.random(bound); }),
      injector(of) {
  const auto& nodes = cluster.nodes();
  for (std::size_t i = 0; i < number_of_clients(options, nodes.size()); ++i) {
    clients.push_back({next_process++, nodes[i % nodes.size()]});
    idle.push_back(i);
  }
}

void Trial::Parts::start() {
  if (phase != Phase::before) throw std::logic_error("a trial is started once");
  result.begin = cluster.now();
  sample();
  if (options.workload == "broadcast") {
    send_topology();
  } else {
    begin_load();
  }
}

void Trial::Parts::send_topology() {
  const auto& nodes = cluster.nodes();
  const std::string argument = topology_argument(make_topology(options.topology, nodes));
  waited_for = nodes.size();
  for (const std::string& node : nodes) {
    Client client{-1, node};
    const Ask what{"topology", argument};
    ask(client, what, [this, node](const Operation& operation) {
      if (operation.outcome != Outcome::ok) {
        own_faults.push_back(node + " did not answer topology with topology_ok");
      }
      if (--waited_for == 0) begin_load();
    });
  }
}

void Trial::Parts::begin_load() {
  phase = Phase::load;
  result.begin = cluster.now();
  after(options.duration, [this] { end_load(); });
  if (!options.faults.empty()) after(options.fault_interval, [this] { next_fault(); });
  if (options.rate > 0) {
    due = cluster.now();
    schedule_tick();
  } else {
    for (const std::size_t client : std::exchange(idle, {})) ask_next(client);
  }
}

/// A request is due.
void Trial::Parts::tick() {
  owes_request = idle.empty();
  if (owes_request) return;  // time stands still until a client is free
  const auto place = idle.begin() + static_cast<std::ptrdiff_t>(draw(idle.size()));
  const std::size_t client = *place;
  idle.erase(place);
  ask_next(client);
  schedule_tick();
}

/// Behind when this one was due, not when it was done: a late one makes no other late.
void Trial::Parts::schedule_tick() {
  due += gap();
  after(std::max(due - cluster.now(), nanoseconds(0)), [this] { tick(); });
}

void Trial::Parts::ask_next(std::size_t client) {
  ++waited_for;
  ask(clients[client], workload->next(client, draw), [this, client](const Operation& operation) {
    note(clients[client], operation);
    workload->answered(client, operation);
    --waited_for;
    if (phase == Phase::drain) return drain();
    if (options.rate == 0) return ask_next(client);
    idle.push_back(client);
    if (!owes_request) return;
    due = cluster.now();
    tick();
  });
}

void Trial::Parts::next_fault() {
  if (injector.is_healthy()) {
    injector.begin(options.faults[draw(options.faults.size())]);
  } else {
    injector.end();
  }
  after(options.fault_interval, [this] { next_fault(); });
}

void Trial::Parts::sample() {
  const Traffic& traffic = cluster.traffic();
  result.samples.push_back({cluster.now(), traffic.between_nodes, traffic.service_messages});
  if (is_over) return;
  const nanoseconds interval = std::max(kLeastSample, options.duration / kSamples);
  cluster.after(interval, [this, lives = std::weak_ptr(alive)] {
    if (!lives.expired() && !is_over) sample();
  });
}

void Trial::Parts::end_load() {
  if (phase != Phase::load) return;
  phase = Phase::drain;
  injector.end();
  drain();
}

/// What is under way is answered, or given up.
void Trial::Parts::drain() {
  if (waited_for != 0) return;
  result.end = cluster.now();
  phase = Phase::recovery;
  after(options.recovery, [this] { begin_last(); });
}

void Trial::Parts::begin_last() {
  phase = Phase::last;
  const auto& nodes = cluster.nodes();
  waited_for = nodes.size();
  for (const std::string& node : nodes) askers.push_back({next_process++, node});
  for (std::size_t node = 0; node < nodes.size(); ++node) ask_last(node);
}

void Trial::Parts::ask_last(std::size_t node) {
  const std::optional<Ask> what = workload->last(node);
  if (!what) {
    if (--waited_for == 0) finish();
    return;
  }
  ask(askers[node], *what, [this, node](const Operation& operation) {
    Operation last = operation;
    last.is_final = true;
    note(askers[node], last);
    answered_last(node, last);
  });
}

void Trial::Parts::answered_last(std::size_t node, const Operation& operation) {
  Client& asker = askers[node];
  if (operation.outcome == Outcome::ok) {
    asker.attempts = 0;
    workload->answered_last(node, operation);
    return ask_last(node);
  }
  if (++asker.attempts < kLastAttempts) return after(kLastPause, [this, node] { ask_last(node); });
  own_faults.push_back(operation.error < 0
                           ? asker.node + " gives no valid answer to its last requests"
                           : asker.node + " answers its last requests with error " +
                                 std::to_string(operation.error));
  if (--waited_for == 0) finish();
}

void Trial::Parts::finish() {
  phase = Phase::over;
  is_over = true;
  gather();
  if (result.traffic.stray > 0) {
    own_faults.push_back(std::to_string(result.traffic.stray) +
                         " messages went to nobody: to no "
                         "node, no service and no client that asked");
  }
}

void Trial::Parts::gather() {
  sample();
  result.traffic = cluster.traffic();
  result.faults = injector.take();
}

TrialResult Trial::Parts::take() {
  if (!is_over) throw std::logic_error("a trial's result is taken when it is over");
  result.check =
      testing::check(options.workload, result.history,
                     CheckOptions{.consistency = options.consistency, .nodes = cluster.nodes()});
  auto& faults = result.check.faults;
  faults.insert(faults.begin(), own_faults.begin(), own_faults.end());
  result.check.more_faults += more_faults;
  return std::move(result);
}

TrialResult Trial::Parts::break_off() {
  if (is_over) throw std::logic_error("a trial that is over is not broken off");
  if (phase <= Phase::load) result.end = cluster.now();
  phase = Phase::over;
  is_over = true;
  injector.end();
  gather();
  return std::move(result);
}

/// A fault, of which there may be one a request.
void Trial::Parts::wrong_type(std::string sentence) {
  if (own_faults.size() < CheckResult::kMostFaults) {
    own_faults.push_back(std::move(sentence));
  } else {
    ++more_faults;
  }
}

void Trial::Parts::ask(Client& client, Ask what, std::function<void(const Operation&)> then) {
  const std::string name = std::string("c").append(std::to_string(client.process + 2));
  const std::string members = members_of(what);
  cluster.request(
      name, client.node, members,
      [this, lives = std::weak_ptr(alive), process = client.process, node = client.node,
       what = std::move(what), then = std::move(then)](const Answer& answer) {
        if (!lives.expired()) then(operation_of({process, node}, what, answer));
      },
      options.timeout);
}

Operation Trial::Parts::operation_of(const Client& client, const Ask& what, const Answer& answer) {
  Operation operation{.process = client.process,
                      .node = client.node,
                      .function = what.function,
                      .argument = what.argument,
                      .outcome = answer.outcome,
                      .error = answer.error,
                      .invoked = answer.invoked,
                      .completed = answer.completed};
  if (answer.outcome != Outcome::ok) return operation;
  if (answer.type == what.function + "_ok") {
    operation.result = result_of(answer.body);
  } else {
    operation.outcome = Outcome::unknown;
    wrong_type(client.node + " answered " + what.function + " with the type \"" +
               shortened(answer.type) + "\"");
  }
  return operation;
}

void Trial::Parts::note(Client& client, const Operation& operation) {
  result.history.add(operation);
  if (operation.outcome == Outcome::unknown) client.process = next_process++;
}

/// Even between none and twice the mean.
nanoseconds Trial::Parts::gap() const {
  const auto mean = static_cast<std::uint64_t>(std::min(1e9 / options.rate, kLongestGap));
  return nanoseconds(static_cast<nanoseconds::rep>(draw(2 * mean + 1)));
}

void Trial::Parts::after(nanoseconds delay, std::function<void()> what) {
  cluster.after(delay, [this, lives = std::weak_ptr(alive), then = phase, what = std::move(what)] {
    if (!lives.expired() && phase == then) what();
  });
}

}  // namespace narrows::testing
