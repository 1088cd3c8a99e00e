// SPDX-License-Identifier: MIT
#include "workloads/gossip.hpp"

#include <algorithm>
#include <utility>

namespace narrows::workloads {
namespace {

Raw raw_of(const std::string& json) { return Raw::checked(json); }

}  // namespace

Gossip::Gossip(Node& node, Replica& replica) : node_(node), replica_(replica) {
  node.after_init([this] { begin(); });
  node.on_topology([](const Topology&) {});  // everybody reaches everybody, or is got round
  node.on("relay",
          [this](const Relay& relay, const Request& request) { on_relay(relay, request.src()); });
  node.on("news",
          [this](const News& news, const Request& request) { on_news(news, request.src()); });
  node.on("compare", [this](const Compare& compare, const Request& request) {
    on_compare(compare, request.src());
  });
  node.on("repair", [this](const Repair& repair, const Request& request) {
    on_repair(repair, request.src());
  });
}

void Gossip::begin() {
  std::vector<std::string> names(node_.node_ids().begin(), node_.node_ids().end());
  std::ranges::sort(names);
  for (const std::string& name : names) {
    if (name == node_.id()) self_ = peers_.size();
    peers_.push_back({name});
  }
  spread_.resize(peers_.size());
  replica_.begin(peers_.size(), self_);
  if (peers_.size() > 1) compare_after(jittered(round_));
}

// Who is there.

std::size_t Gossip::hub() const {
  std::size_t first = 0;
  while (first != self_ && peers_[first].is_suspected) ++first;
  return first;
}

/// Who it is. Throws Error (malformed_request) unless it is another node.
std::size_t Gossip::hear(std::string_view src) {
  const auto found = std::ranges::lower_bound(peers_, src, {}, &Peer::name);
  if (found == peers_.end() || found->name != src || src == node_.id()) {
    throw Error(ErrorCode::malformed_request, "`src` is no other node of this cluster");
  }
  found->is_suspected = false;
  found->heard = ++hearings_;
  return static_cast<std::size_t>(found - peers_.begin());
}

// What is there.

void Gossip::check(const Digest& have) const {
  if (have.size() == peers_.size()) return;
  throw Error(ErrorCode::malformed_request, "`have` has a number for each node");
}

Digest Gossip::digest() const {
  Digest have(peers_.size());
  for (std::size_t origin = 0; origin < have.size(); ++origin) {
    have[origin] = replica_.version(origin);
  }
  return have;
}

bool Gossip::lacks_any_of(const Digest& have) const {
  for (std::size_t origin = 0; origin < have.size(); ++origin) {
    if (replica_.version(origin) < have[origin]) return true;
  }
  return false;
}

/// What one lacks who has this.
Gossip::Deltas Gossip::lacking(const Digest& have) const {
  Deltas deltas{.json = "[", .upto = have};
  for (std::size_t origin = 0; origin < have.size(); ++origin) {
    const std::uint64_t version = replica_.version(origin);
    if (have[origin] >= version) continue;
    if (deltas.json.size() > kMostBytes) {
      deltas.is_whole = false;
      break;
    }
    deltas.json.append(deltas.is_empty ? "[" : ",[");
    deltas.json.append(std::to_string(origin)).append(",");
    deltas.json.append(std::to_string(have[origin])).append(",");
    deltas.upto[origin] = replica_.append_delta(deltas.json, origin, have[origin], kMostBytes);
    deltas.json.append("]");
    deltas.is_empty = false;
    deltas.is_whole = deltas.is_whole && deltas.upto[origin] == version;
  }
  deltas.json.append("]");
  return deltas;
}

/// True if something was new.
bool Gossip::take(const std::vector<Delta>& deltas) {
  bool is_any_new = false;
  for (const auto& [origin, from, delta] : deltas) {
    if (origin >= peers_.size()) {
      throw Error(ErrorCode::malformed_request, "`deltas` have an origin that is no node");
    }
    const std::uint64_t before = replica_.version(origin);
    replica_.take_delta(origin, from, delta);
    is_any_new = is_any_new || replica_.version(origin) > before;
  }
  return is_any_new;
}

// News.

void Gossip::announce() {
  quicken();
  pass_on();
}

void Gossip::pass_on() {
  if (hub() == self_) {
    spread();
  } else {
    relay();
  }
}

/// Sends the hub what is new of this node's own: at once, or when the last relay is old enough.
void Gossip::relay() {
  const std::uint64_t from = std::max(relayed_, spread_[self_]);
  if (is_relay_resting_ || from >= replica_.version(self_)) return;
  Digest have = digest();
  have[self_] = from;
  const Deltas deltas = lacking(have);
  relayed_ = deltas.upto[self_];
  node_.send(peers_[hub()].name, message("relay").raw("deltas", raw_of(deltas.json)));
  await_hub();
  is_relay_resting_ = true;
  node_.after(kRelay, [this] {
    is_relay_resting_ = false;
    pass_on();
  });
}

/// What was relayed is to come back, or to be in the hub's digest.
void Gossip::await_hub() {
  ++awaited_;
  node_.after(kPatience, [this, upto = relayed_, since = hearings_] {
    --awaited_;
    if (spread_[self_] < upto) give_up(since);
  });
}

/// It did not: this node does without a hub, and suspects who was silent.
void Gossip::give_up(std::uint64_t since) {
  for (Peer& peer : peers_) peer.is_suspected = peer.is_suspected || peer.heard <= since;
  spread();
  ++awaited_;
  node_.after(kPatience, [this] { --awaited_; });
}

void Gossip::on_relay(const Relay& relay, std::string_view src) {
  hear(src);
  if (take(relay.deltas)) quicken();
  spread();
}

/// Sends everybody what they were not sent yet: at once, or when the last batch is old enough.
void Gossip::spread() {
  if (is_spread_resting_) return;
  const Deltas deltas = lacking(spread_);
  if (deltas.is_empty) return;
  spread_ = deltas.upto;
  Digest have = digest();
  std::ranges::transform(have, spread_, have.begin(), std::ranges::min);
  const Reply news = message("news").set("have", have).raw("deltas", raw_of(deltas.json));
  for (std::size_t peer = 0; peer < peers_.size(); ++peer) {
    if (peer != self_) node_.send(peers_[peer].name, news);
  }
  is_spread_resting_ = true;
  node_.after(kBatch, [this] {
    is_spread_resting_ = false;
    spread();
  });
}

void Gossip::on_news(const News& news, std::string_view src) {
  check(news.have);
  const std::size_t peer = hear(src);
  if (take(news.deltas)) quicken();
  std::ranges::transform(spread_, news.have, spread_.begin(), std::ranges::max);
  if (peer == hub() && awaited_ == 0 && news.have[self_] < replica_.version(self_)) {
    relayed_ = spread_[self_] = news.have[self_];  // it was lost
    relay();
  }
  Digest mine = digest();
  mine[self_] = news.have[self_];  // the rest is on its way
  if (lacks_any_of(news.have)) {
    meet({peer, news.have}, kSoon);
  } else if (mine == news.have) {
    meeting_.reset();
    compare_after(jittered(round_));
  }
}

// Repair.

void Gossip::compare_after(std::chrono::nanoseconds delay) {
  node_.cancel(comparison_);
  comparison_ = node_.after(delay, [this] { compare(); });
}

/// What is lacking may be on its way: the comparison comes soon, not at once.
void Gossip::meet(Meeting meeting, std::chrono::nanoseconds delay) {
  if (meeting_) return;
  meeting_ = std::move(meeting);
  compare_after(delay);
}

void Gossip::compare() {
  compare_after(jittered(round_));
  if (const auto meeting = std::exchange(meeting_, std::nullopt)) {
    if (!meeting->to_get || lacks_any_of(*meeting->to_get)) compare_with(meeting->peer);
    return;
  }
  round_ = std::min<std::chrono::nanoseconds>(2 * round_, kLongestRound);
  const std::size_t other = node_.random(peers_.size() - 1);
  compare_with(other < self_ ? other : other + 1);
}

void Gossip::compare_with(std::size_t peer) {
  node_.send(peers_[peer].name, message("compare").set("have", digest()));
  node_.after(kPatience, [this, peer, since = hearings_] {
    if (peers_[peer].answered > since) return;
    peers_[peer].is_suspected = peers_[peer].is_suspected || peers_[peer].heard <= since;
    round_ = kRound;  // there may be much to tell once it is back
    if (!meeting_) compare();
  });
}

void Gossip::on_compare(const Compare& compare, std::string_view src) {
  check(compare.have);
  const std::size_t peer = hear(src);
  const Deltas deltas = lacking(compare.have);
  node_.send(peers_[peer].name,
             message("repair").set("have", digest()).raw("deltas", raw_of(deltas.json)));
  const bool is_lacking = lacks_any_of(compare.have);
  if (!deltas.is_empty || is_lacking) quicken();
  if (is_lacking) meet({peer, compare.have}, kAnswer);
}

void Gossip::on_repair(const Repair& repair, std::string_view src) {
  if (repair.have) check(*repair.have);
  const std::size_t peer = hear(src);
  if (repair.have) peers_[peer].answered = hearings_;
  const Digest before = digest();
  const bool is_any_new = take(repair.deltas);
  if (is_any_new) {
    quicken();
    if (hub() == self_) {
      // What the hub lacked others may lack as well, whoever sent it to them.
      for (std::size_t origin = 0; origin < before.size(); ++origin) {
        if (before[origin] < replica_.version(origin)) {
          spread_[origin] = std::min(spread_[origin], before[origin]);
        }
      }
      spread();
    } else if (peer != hub()) {
      meet({hub(), std::nullopt}, kSoon);
    }
  }
  if (!repair.have) return;
  const Deltas deltas = lacking(*repair.have);
  if (!deltas.is_empty) {
    quicken();
    node_.send(peers_[peer].name, message("repair").raw("deltas", raw_of(deltas.json)));
  }
  // There is more than a message may have.
  if (!deltas.is_whole || (is_any_new && lacks_any_of(*repair.have))) compare_with(peer);
}

/// Something happens: comparisons become frequent again.
void Gossip::quicken() {
  if (std::exchange(round_, kRound) > kRound && !meeting_) compare_after(jittered(round_));
}

std::chrono::nanoseconds Gossip::jittered(std::chrono::nanoseconds period) {
  constexpr std::uint64_t kSteps = 1024;
  return period * (kSteps * 3 / 4 + node_.random(kSteps / 2)) / kSteps;
}

}  // namespace narrows::workloads
