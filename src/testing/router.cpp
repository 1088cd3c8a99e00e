// SPDX-License-Identifier: MIT
#include "testing/router.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

#include "json/string.hpp"
#include "json/value.hpp"
#include "narrows/error.hpp"
#include "narrows/raw.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kLongestLatency = std::chrono::hours(24 * 365);
constexpr std::size_t kMostNodes = 10'000;
/// Of what nodes call their messages: one that makes up names is not to fill the memory.
constexpr std::size_t kMostTypes = 1'000;
constexpr std::size_t kMostTypeBytes = 200;
constexpr std::string_view kOtherTypes = "(other)";

void check(bool makes_sense, const std::string& what) {
  if (!makes_sense) throw std::invalid_argument(what);
}

void check(const NetworkOptions& options) {
  check(options.nodes >= 1 && options.nodes <= kMostNodes, "nodes is 1 to 10,000");
  check(options.latency.mean.count() >= 0 && options.latency.mean <= kLongestLatency &&
            options.client_latency.count() >= 0 && options.client_latency <= kLongestLatency,
        "a latency is 0 to a year");
  check(options.loss >= 0 && options.loss <= 1, "loss is 0 to 1");
  check(options.duplication >= 0 && options.duplication <= 1, "duplication is 0 to 1");
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

/// Is this string of JSON, without its quotes, that name?
bool is_name(std::string_view json, std::string_view name) {
  if (json.find('\\') == std::string_view::npos) return json == name;
  const auto value = json::Value::parse(std::string("\"").append(json).append("\""));
  return value && value->string() == name;
}

/// An error's code; -1: it has none that is an error's.
int error_code(std::string_view body) {
  const auto value = json::Value::parse(body);
  const std::int64_t code = value ? (*value)["code"].integer().value_or(-1) : -1;
  return code >= 0 && code <= std::numeric_limits<int>::max() ? static_cast<int>(code) : -1;
}

}  // namespace

Router::Router(NetworkOptions options, NodeKeeper& nodes)
    : options_(std::move(options)),
      nodes_(nodes),
      random_(source(options_.seed, Stream::network)),
      callers_random_(source(options_.seed, Stream::caller)) {
  check(options_);
  for (std::size_t i = 0; i < options_.nodes; ++i) {
    names_.push_back(std::string("n").append(std::to_string(i)));
    places_.emplace(names_.back(), Place{Place::Kind::node, i});
  }
  if (options_.services) {
    services_.push_back({"lin-kv", make_lin_kv()});
    services_.push_back({"seq-kv", make_seq_kv(source(options_.seed, Stream::seq_kv))});
    services_.push_back({"lww-kv", make_lww_kv(source(options_.seed, Stream::lww_kv))});
  }
  for (std::size_t i = 0; i < services_.size(); ++i) {
    places_.emplace(services_[i].name, Place{Place::Kind::service, i});
  }
  cuts_.resize(options_.nodes * options_.nodes);
}

std::size_t Router::index(std::string_view node) const {
  const auto place = places_.find(node);
  const bool is_node = place != places_.end() && place->second.kind == Place::Kind::node;
  check(is_node, "there is no such node: " + std::string(node));
  return place->second.index;
}

void Router::tell(std::string_view what, std::string_view of) const {
  if (!options_.trace) return;
  std::string event = std::to_string(now_.count());
  options_.trace(event.append(" ").append(what).append(" ").append(of));
}

void Router::post(std::size_t node, std::string_view line) {
  const Envelope envelope = reader_.read(line);
  if (!is_name(envelope.src, names_[node])) {
    throw std::invalid_argument(names_[node] + " says that it is " + std::string(envelope.src));
  }
  const Place from{Place::Kind::node, node};
  const auto to = places_.find(envelope.dest);
  if (to == places_.end()) {
    ++traffic_.client_messages;
    return launch(options_.client_latency, from, {Place::Kind::client, 0}, line);
  }
  if (to->second.kind == Place::Kind::service) {
    ++traffic_.service_messages;
    return launch(random_.draw(options_.latency), from, to->second, line);
  }
  post_to_node(node, to->second.index, envelope.type, line);
}

void Router::post_to_node(std::size_t from, std::size_t to, std::string_view type,
                          std::string_view line) {
  ++traffic_.between_nodes;
  count(type);
  const Place source{Place::Kind::node, from};
  const Place target{Place::Kind::node, to};
  if (random_.chance(options_.loss)) {
    ++traffic_.lost;
    return tell("lose", line);
  }
  launch(random_.draw(options_.latency), source, target, line);
  if (random_.chance(options_.duplication)) {
    ++traffic_.duplicated;
    tell("duplicate", line);
    launch(random_.draw(options_.latency), source, target, line);
  }
}

void Router::count(std::string_view type) {
  auto counted = traffic_.by_type.find(type);
  if (counted == traffic_.by_type.end()) {
    const bool is_known = type.size() <= kMostTypeBytes && traffic_.by_type.size() < kMostTypes;
    counted = traffic_.by_type.emplace(is_known ? type : kOtherTypes, 0).first;
  }
  ++counted->second;
}

void Router::launch(nanoseconds latency, Place from, Place to, std::string_view line) {
  flights_.add(sum(now_, latency), from, to, line);
}

Router::CallTime Router::schedule(nanoseconds at, std::function<void()> what) {
  return calls_.emplace(CallTime(at, next_call_++), std::move(what)).first->first;
}

void Router::deliver_next() {
  const Flight& flight = flights_.take();
  ++traffic_.events;
  switch (flight.to.kind) {
    case Place::Kind::node: return deliver_to_node(flight);
    case Place::Kind::service: return deliver_to_service(flight);
    case Place::Kind::client: return deliver_to_client(flight);
  }
}

void Router::deliver_to_node(const Flight& flight) {
  const std::size_t to = flight.to.index;
  const bool is_from_node = flight.from.kind == Place::Kind::node;
  if (is_from_node && is_cut(flight.from.index, to)) {
    ++traffic_.cut;
    return tell("cut", flight.line());
  }
  nodes_.take(to, flight.line());
}

void Router::deliver_to_service(const Flight& flight) {
  tell("deliver", flight.line());
  const Envelope request = reader_.read(flight.line());
  if (request.msg_id.empty()) return;
  Service& service = services_[flight.to.index];
  std::string line("{\"src\":\"");
  line.append(service.name).append("\",\"dest\":\"").append(request.src);
  line.append("\",\"body\":{").append(service.kv->answer(request.src, request.body, now_));
  line.append(",\"in_reply_to\":").append(request.msg_id).append("}}");
  ++traffic_.service_messages;
  launch(random_.draw(options_.latency), flight.to, flight.from, line);
}

void Router::deliver_to_client(const Flight& flight) {
  tell("deliver", flight.line());
  const Envelope reply = reader_.read(flight.line());
  const auto id = static_cast<std::uint64_t>(reply.in_reply_to);
  const auto asked = pending_.find(id);
  if (asked != pending_.end() && !is_answer_to(asked->second, flight.from.index, reply)) {
    ++traffic_.stray;
    return;
  }
  if (asked == pending_.end()) {
    const bool is_late = reply.in_reply_to > 1 && id < next_request_;
    ++(is_late ? traffic_.late_answers : traffic_.stray);
    return;
  }
  Answer answer{
      .outcome = Outcome::ok, .type = std::string(reply.type), .body = std::string(reply.body)};
  std::ranges::replace(answer.body, '\r', ' ');  // white space, where JSON has it: for one line
  if (answer.type == "error") {
    answer.error = error_code(reply.body);
    answer.outcome = Error(answer.error, "").is_definite() ? Outcome::failed : Outcome::unknown;
  }
  finish(id, std::move(answer));
}

/// From the node that was asked, to the client that asked.
bool Router::is_answer_to(const Pending& asked, std::size_t from, const Envelope& reply) const {
  return from == asked.node && is_name(reply.dest, asked.client);
}

void Router::call_next() {
  const std::function<void()> what = std::move(calls_.begin()->second);
  calls_.erase(calls_.begin());
  what();
}

void Router::give_up(std::uint64_t id) {
  tell("give up", pending_.at(id).client + " " + std::to_string(id));
  finish(id, {});
}

void Router::finish(std::uint64_t id, Answer answer) {
  const auto asked = pending_.extract(id);
  const Pending& request = asked.mapped();
  calls_.erase(request.timeout);
  answer.invoked = request.invoked;
  answer.completed = now_;
  if (request.then) request.then(answer);
}

void Router::request(std::string_view client, std::string_view node, std::string_view members,
                     Then then, nanoseconds timeout) {
  const std::size_t to = index(node);
  check(!client.empty() && !places_.contains(client),
        "a client has a name, which is no node's and no service's: " + std::string(client));
  check(timeout.count() >= 0, "a timeout is not negative");
  const std::uint64_t id = next_request_;
  const std::string line = request_line(client, node, members, id);
  ++next_request_;
  const nanoseconds deadline = sum(now_, timeout);
  const CallTime call = schedule(deadline, [this, id] { give_up(id); });
  pending_.emplace(id, Pending{std::string(client), to, std::move(then), now_, call});
  ++traffic_.client_messages;
  launch(options_.client_latency, {Place::Kind::client, 0}, {Place::Kind::node, to}, line);
}

void Router::after(nanoseconds delay, std::function<void()> what) {
  check(delay.count() >= 0 && what, "after() takes a delay that is not negative, and a function");
  schedule(sum(now_, delay), std::move(what));
}

void Router::partition(const std::vector<std::vector<std::string>>& groups) {
  const std::size_t nodes = names_.size();
  std::vector<std::size_t> group_of(nodes, groups.size());
  for (std::size_t group = 0; group < groups.size(); ++group) {
    for (const std::string& name : groups[group]) {
      std::size_t& its = group_of[index(name)];
      check(its == groups.size(), name + " is in two groups");
      its = group;
    }
  }
  for (std::size_t i = 0; i < nodes * nodes; ++i) {
    cuts_[i] = group_of[i / nodes] != group_of[i % nodes];
  }
}

void Router::cut(std::string_view from, std::string_view to) {
  const std::size_t row = index(from) * names_.size();
  cuts_[row + index(to)] = true;
}

}  // namespace narrows::testing
