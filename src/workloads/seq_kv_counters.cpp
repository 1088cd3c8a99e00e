// SPDX-License-Identifier: MIT
// g-counter-seq-kv and pn-counter-seq-kv: the same counters, kept in seq-kv alone.
//
// Each node has a key of its own there, with its sums, and is the only one to write it, by compare
// and set: sums never come back to what they were, so a request that is carried out late, or twice,
// fails. seq-kv may answer a node from the past, but not from before what that node wrote last:
// a read writes something first.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "narrows/gather.hpp"
#include "narrows/kv.hpp"
#include "narrows/retry.hpp"
#include "narrows/sleep.hpp"
#include "workloads/sums.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

class KeptCounter {
 public:
  explicit KeptCounter(Node& node) : node_(node), kv_(node) {}

  /// Comes back when it is kept.
  Task<> add(std::int64_t delta) {
    told_.add(delta, node_.node_ids().size());
    const std::uint64_t version = told_.version();
    while (kept_.version() < version) co_await store();
  }

  Task<std::int64_t> value() {
    const std::string own = "read by " + node_.id();
    const std::uint64_t count = ++reads_;
    co_await retry(Retry(), [&] { return kv_.write(own, count); });
    std::vector<Task<Sums>> reads;
    for (const std::string& id : node_.node_ids()) reads.push_back(read(id));
    const std::vector<Sums> all_sums = co_await all(std::move(reads));
    std::int64_t value = 0;
    for (const Sums& sums : all_sums) value += sums.value();
    co_return value;
  }

 private:
  static std::string key(const std::string& id) { return "count of " + id; }

  Task<Sums> read(std::string id) {
    const Sums nothing;
    co_return co_await retry(Retry(), [&] { return kv_.read_or<Sums>(key(id), nothing); });
  }

  /// Once. What was told is no longer to be failed: it may be kept by a later attempt.
  Task<> store() {
    const Sums from = kept_;
    const Sums to = told_;
    bool is_behind = false;
    try {
      co_await kv_.compare_and_set(key(node_.id()), from, to, true);
      confirm(to);
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      is_behind = error.code() == static_cast<int>(ErrorCode::precondition_failed);
    }
    if (is_behind) {  // an attempt that had no answer did happen, or one at the same time
      confirm(co_await read(node_.id()));
    } else if (kept_.version() < to.version()) {
      co_await sleep(kPause);
    }
  }
  void confirm(const Sums& sums) {
    if (sums.version() > kept_.version()) kept_ = sums;
  }

  static constexpr std::chrono::milliseconds kPause{50};

  Node& node_;
  SeqKv kv_;
  Sums told_;  // this node's
  Sums kept_;  // of those, what seq-kv is known to have
  std::uint64_t reads_ = 0;
};

void serve_kept_counter(Node& node, bool only_grows) {
  const auto counter = std::make_shared<KeptCounter>(node);
  node.on("add", [counter, only_grows](const Request& request) -> Task<Reply> {
    const std::int64_t delta = request.integer("delta");
    if (only_grows && delta < 0) {
      throw Error(ErrorCode::malformed_request, "`delta` is negative: a g-counter only grows");
    }
    co_await counter->add(delta);
    co_return reply("add_ok");
  });
  node.on("read", [counter](const Request&) -> Task<Reply> {
    const std::int64_t value = co_await counter->value();
    co_return reply("read_ok").set("value", value);
  });
}

}  // namespace

void serve_g_counter_seq_kv(Node& node) { serve_kept_counter(node, true); }
void serve_pn_counter_seq_kv(Node& node) { serve_kept_counter(node, false); }

}  // namespace narrows::workloads
