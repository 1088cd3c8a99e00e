// SPDX-License-Identifier: MIT
// g-counter and pn-counter: each node's sums, brought to all by gossip.
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "narrows/decode.hpp"
#include "narrows/encode.hpp"
#include "workloads/gossip.hpp"
#include "workloads/sums.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

class Counts final : public Replica {
 public:
  void add(std::int64_t delta) { sums_[self_].add(delta, sums_.size()); }
  [[nodiscard]] std::int64_t value() const {
    std::int64_t value = 0;
    for (const Sums& sums : sums_) value += sums.value();
    return value;
  }

  void begin(std::size_t origins, std::size_t self) override {
    sums_.resize(origins);
    self_ = self;
  }
  [[nodiscard]] std::uint64_t version(std::size_t origin) const override {
    return sums_[origin].version();
  }
  std::uint64_t append_delta(std::string& to, std::size_t origin, std::uint64_t /*from*/,
                             std::size_t /*most_bytes*/) const override {
    to += encode(sums_[origin]);
    return version(origin);
  }
  void take_delta(std::size_t origin, std::uint64_t /*from*/, const Raw& delta) override {
    const auto sums = decode<Sums>(delta);
    sums.check(sums_.size());
    if (sums.version() > version(origin)) sums_[origin] = sums;
  }

 private:
  std::vector<Sums> sums_;  // by origin
  std::size_t self_ = 0;
};

void serve_counter(Node& node, bool only_grows) {
  const auto counter = std::make_shared<Gossiped<Counts>>(node);
  node.on("add", [counter, only_grows](const Request& request) -> Reply {
    const std::int64_t delta = request.integer("delta");
    if (only_grows && delta < 0) {
      return Error(ErrorCode::malformed_request, "`delta` is negative: a g-counter only grows");
    }
    counter->state.add(delta);
    if (delta != 0) counter->gossip.announce();
    return reply("add_ok");
  });
  node.on("read", [counter](const Request&) {
    return reply("read_ok").set("value", counter->state.value());
  });
}

}  // namespace

void serve_g_counter(Node& node) { serve_counter(node, true); }
void serve_pn_counter(Node& node) { serve_counter(node, false); }

}  // namespace narrows::workloads
