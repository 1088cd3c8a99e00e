// SPDX-License-Identifier: MIT
// How a network runs: one event after the other.
#include <algorithm>
#include <stdexcept>
#include <utility>

#include "testing/network_parts.hpp"

namespace narrows::testing {
namespace {

using std::chrono::nanoseconds;

constexpr int kMostAtOnce = 1'000'000;  // events at one moment
/// Of a node: hundreds of them in one process are to be no burden.
constexpr std::size_t kMostLineBytes = std::size_t{1} << 20;

Options node_options(const NetworkOptions& options, std::size_t number) {
  Options of_node;
  of_node.max_line_bytes = kMostLineBytes;
  of_node.pool_bytes = least_pool_bytes(kMostLineBytes);
  of_node.seed = source(options.seed, Stream::first_node, number).next() | 1U;  // 0: the machine's
  return of_node;
}

}  // namespace

Network::Parts::Parts(NetworkOptions given, const std::function<void(Node&)>& serve)
    : router(std::move(given), *this) {
  if (!serve) throw std::invalid_argument("there is no function that serves the nodes");
  const std::vector<std::string>& names = router.names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    Member& member =
        *members.emplace_back(std::make_unique<Member>(node_options(router.options(), i)));
    serve(member.node);
    member.harness.emplace(member.node, names[i], names);
  }
  dues.resize(names.size(), kNever);
  for (std::size_t i = 0; i < names.size(); ++i) wake(i, {});
}

void Network::Parts::take(std::size_t node, std::string_view line) {
  Member& member = *members[node];
  if (member.is_paused || !member.held.empty()) {
    member.held.append(line).append("\n");
    return router.tell("hold", line);
  }
  router.tell("deliver", line);
  wake(node, std::string(line).append("\n"));
}

/// The node has these lines, and does what is due; what it says is sent.
void Network::Parts::wake(std::size_t node, std::string_view lines) {
  Harness& harness = *members[node]->harness;
  output.clear();
  output.swap(harness.react(router.now(), lines));
  if (!members[node]->is_paused) dues[node] = harness.due();
  const std::size_t size = output.size();
  output.append(EnvelopeReader::kSlackBytes, '\0');
  for (std::size_t at = 0; at < size;) {
    const std::size_t end = output.find('\n', at);
    output[end] = '\0';
    router.post(node, std::string_view(output.data() + at, end - at));
    at = end + 1;
  }
}

/// After a pause: what has come meanwhile, too.
void Network::Parts::wake_due(std::size_t node) {
  router.tell("wake", router.names()[node]);
  ++router.traffic().events;
  wake(node, std::exchange(members[node]->held, {}));
}

nanoseconds Network::Parts::next() const {
  return std::min({router.next_arrival(), *std::ranges::min_element(dues), router.next_call()});
}

bool Network::Parts::step(nanoseconds until) {
  const nanoseconds at = next();
  if (at > until || at == kNever) return false;
  move_to(at);
  if (router.next_arrival() == at) {
    router.deliver_next();
  } else if (const auto due = std::ranges::find(dues, at); due != dues.end()) {
    wake_due(static_cast<std::size_t>(due - dues.begin()));
  } else {
    router.call_next();
  }
  return true;
}

void Network::Parts::move_to(nanoseconds at) {
  at_once = at > router.now() ? 0 : at_once + 1;
  if (at_once > kMostAtOnce) {
    throw std::logic_error("time stands still: something happens again and again, in no time");
  }
  router.move_to(at);
}

}  // namespace narrows::testing
