// SPDX-License-Identifier: MIT
// How a network runs: one event after the other.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "json/value.hpp"
#include "narrows/error.hpp"
#include "testing/network_parts.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;

constexpr nanoseconds kLongestLatency = std::chrono::hours(24 * 365);
constexpr int kMostAtOnce = 1'000'000;  // events at one moment
constexpr std::size_t kMostNodes = 10'000;
/// Of a node: hundreds of them in one process are to be no burden.
constexpr std::size_t kMostLineBytes = std::size_t{1} << 20;

/// What each draws from a source of its own, so that one more draw here changes nothing there.
enum class Stream : std::uint64_t { network, seq_kv, lww_kv, caller, first_node };

RandomSource source(std::uint64_t seed, Stream stream) {
  return RandomSource(seed, static_cast<std::uint64_t>(stream));
}

Options node_options(const NetworkOptions& options, std::size_t number) {
  const auto stream = static_cast<std::uint64_t>(Stream::first_node) + number;
  Options of_node;
  of_node.max_line_bytes = kMostLineBytes;
  of_node.pool_bytes = least_pool_bytes(kMostLineBytes);
  of_node.seed = RandomSource(options.seed, stream).next() | 1U;  // 0 would be the machine's
  return of_node;
}

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

}  // namespace

Network::Parts::Parts(NetworkOptions given, const std::function<void(Node&)>& serve)
    : options(std::move(given)),
      random(source(options.seed, Stream::network)),
      callers_random(source(options.seed, Stream::caller)) {
  check(options);
  if (!serve) throw std::invalid_argument("there is no function that serves the nodes");
  for (std::size_t i = 0; i < options.nodes; ++i) {
    names.push_back(std::string("n").append(std::to_string(i)));
    places.emplace(names.back(), Place{Place::Kind::node, i});
  }
  if (options.services) {
    services.push_back({"lin-kv", make_lin_kv()});
    services.push_back({"seq-kv", make_seq_kv(source(options.seed, Stream::seq_kv))});
    services.push_back({"lww-kv", make_lww_kv(source(options.seed, Stream::lww_kv))});
  }
  for (std::size_t i = 0; i < services.size(); ++i) {
    places.emplace(services[i].name, Place{Place::Kind::service, i});
  }
  cuts.resize(options.nodes * options.nodes);
  for (std::size_t i = 0; i < options.nodes; ++i) {
    Member& member = *members.emplace_back(std::make_unique<Member>(node_options(options, i)));
    serve(member.node);
    member.harness.emplace(member.node, names[i], names);
  }
  dues.resize(options.nodes, kNever);
  for (std::size_t i = 0; i < options.nodes; ++i) wake(i, {});
}

std::size_t Network::Parts::index(std::string_view node) const {
  const auto place = places.find(node);
  const bool is_node = place != places.end() && place->second.kind == Place::Kind::node;
  check(is_node, "there is no such node: " + std::string(node));
  return place->second.index;
}

void Network::Parts::tell(std::string_view what, std::string_view of) const {
  if (!options.trace) return;
  std::string event = std::to_string(now.count());
  options.trace(event.append(" ").append(what).append(" ").append(of));
}

/// The node has these lines, and does what is due; what it says is sent.
void Network::Parts::wake(std::size_t node, std::string_view lines) {
  Harness& harness = *members[node]->harness;
  output.clear();
  output.swap(harness.react(now, lines));
  if (!members[node]->is_paused) dues[node] = harness.due();
  const std::size_t size = output.size();
  output.append(EnvelopeReader::kSlackBytes, '\0');
  for (std::size_t at = 0; at < size;) {
    const std::size_t end = output.find('\n', at);
    output[end] = '\0';
    const std::string_view line(output.data() + at, end - at);
    post(node, reader.read(line), line);
    at = end + 1;
  }
}

void Network::Parts::post(std::size_t node, const Envelope& envelope, std::string_view line) {
  const Place from{Place::Kind::node, node};
  const auto to = places.find(envelope.dest);
  if (to == places.end()) {
    ++traffic.client_messages;
    return launch(options.client_latency, from, {Place::Kind::client, 0}, line);
  }
  if (to->second.kind == Place::Kind::service) {
    ++traffic.service_messages;
    return launch(random.draw(options.latency), from, to->second, line);
  }
  post_to_node(node, to->second.index, envelope.type, line);
}

void Network::Parts::post_to_node(std::size_t from, std::size_t to, std::string_view type,
                                  std::string_view line) {
  ++traffic.between_nodes;
  auto counted = traffic.by_type.find(type);
  if (counted == traffic.by_type.end()) counted = traffic.by_type.emplace(type, 0).first;
  ++counted->second;
  const Place source{Place::Kind::node, from};
  const Place target{Place::Kind::node, to};
  if (random.chance(options.loss)) {
    ++traffic.lost;
    return tell("lose", line);
  }
  launch(random.draw(options.latency), source, target, line);
  if (random.chance(options.duplication)) {
    ++traffic.duplicated;
    tell("duplicate", line);
    launch(random.draw(options.latency), source, target, line);
  }
}

void Network::Parts::launch(nanoseconds latency, Place from, Place to, std::string_view line) {
  flights.add(sum(now, latency), from, to, line);
}

std::uint64_t Network::Parts::schedule(nanoseconds at, std::function<void()> what) {
  calls.emplace(std::pair(at, next_call), std::move(what));
  return next_call++;
}

/// When the next event is; kNever: there is none.
nanoseconds Network::Parts::next() const {
  const nanoseconds call = calls.empty() ? kNever : calls.begin()->first.first;
  return std::min({flights.next(), *std::ranges::min_element(dues), call});
}

/// One event, if there is one until then.
bool Network::Parts::step(nanoseconds until) {
  const nanoseconds at = next();
  if (at > until || at == kNever) return false;
  move_to(at);
  if (flights.next() == at) {
    deliver(flights.take());
  } else if (const auto due = std::ranges::find(dues, at); due != dues.end()) {
    wake_due(static_cast<std::size_t>(due - dues.begin()));
  } else {
    const std::function<void()> what = std::move(calls.begin()->second);
    calls.erase(calls.begin());
    what();
  }
  return true;
}

void Network::Parts::move_to(nanoseconds at) {
  at_once = at > now ? 0 : at_once + 1;
  if (at_once > kMostAtOnce) {
    throw std::logic_error("time stands still: something happens again and again, in no time");
  }
  now = at;
}

/// After a pause: what has come meanwhile, too.
void Network::Parts::wake_due(std::size_t node) {
  tell("wake", names[node]);
  ++traffic.events;
  wake(node, std::exchange(members[node]->held, {}));
}

void Network::Parts::deliver(const Flight& flight) {
  ++traffic.events;
  switch (flight.to.kind) {
    case Place::Kind::node: return deliver_to_node(flight);
    case Place::Kind::service: return deliver_to_service(flight);
    case Place::Kind::client: return deliver_to_client(flight);
  }
}

void Network::Parts::deliver_to_node(const Flight& flight) {
  const std::size_t to = flight.to.index;
  const bool is_from_node = flight.from.kind == Place::Kind::node;
  if (is_from_node && is_cut(flight.from.index, to)) {
    ++traffic.cut;
    return tell("cut", flight.line());
  }
  Member& member = *members[to];
  if (member.is_paused || !member.held.empty()) {
    member.held.append(flight.line()).append("\n");
    return tell("hold", flight.line());
  }
  tell("deliver", flight.line());
  std::string line(flight.line());
  wake(to, line += '\n');
}

void Network::Parts::deliver_to_service(const Flight& flight) {
  tell("deliver", flight.line());
  const Envelope request = reader.read(flight.line());
  if (request.msg_id.empty()) return;
  Service& service = services[flight.to.index];
  std::string line("{\"src\":\"");
  line.append(service.name).append("\",\"dest\":\"").append(request.src);
  line.append("\",\"body\":{").append(service.kv->answer(request.src, request.body, now));
  line.append(",\"in_reply_to\":").append(request.msg_id).append("}}");
  ++traffic.service_messages;
  launch(random.draw(options.latency), flight.to, flight.from, line);
}

void Network::Parts::deliver_to_client(const Flight& flight) {
  tell("deliver", flight.line());
  const Envelope reply = reader.read(flight.line());
  const auto id = static_cast<std::uint64_t>(reply.in_reply_to);
  const auto asked = pending.find(id);
  if (asked == pending.end()) {
    const bool is_late = reply.in_reply_to > 1 && id < next_request;
    ++(is_late ? traffic.late_answers : traffic.stray);
    return;
  }
  Answer answer{
      .outcome = Outcome::ok, .type = std::string(reply.type), .body = std::string(reply.body)};
  if (answer.type == "error") {
    const auto body = json::Value::parse(reply.body);
    answer.error = body ? static_cast<int>((*body)["code"].integer().value_or(-1)) : -1;
    answer.outcome = Error(answer.error, "").is_definite() ? Outcome::failed : Outcome::unknown;
  }
  finish(id, std::move(answer));
}

void Network::Parts::give_up(std::uint64_t id) {
  tell("give up", pending.at(id).client + " " + std::to_string(id));
  finish(id, {});
}

void Network::Parts::finish(std::uint64_t id, Answer answer) {
  const auto asked = pending.extract(id);
  const Pending& request = asked.mapped();
  calls.erase(request.timeout);
  answer.invoked = request.invoked;
  answer.completed = now;
  if (request.then) request.then(answer);
}

}  // namespace narrows::testing
