// SPDX-License-Identifier: MIT
// Lists that several nodes append to, as what comes of a log in lin-kv (segments.hpp).
//
// An item of the log is a list of batches: [["n1",7,[[key,element],…]],…], each of them the
// transactions that a node has run together, by the node and its number of them. A node's batches
// count in the order of their numbers, and once: what the log has of a batch that is not behind the
// node's last one is left out. So a batch may be appended by several nodes, and several times,
// until one of them knows that it is there.
//
// Threads: the dispatcher's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "workloads/batcher.hpp"
#include "workloads/micro_operations.hpp"
#include "workloads/segments.hpp"

namespace narrows::workloads {

/// A transaction: once it has succeeded, with what it has read.
struct TransactionCall : Call {
  std::vector<MicroOperation> operations;
};
using TransactionCalls = Batcher<TransactionCall>::Calls;

/// Transactions of one node, which happen one after the other and nothing between. It succeeds with
/// them.
struct Batch : Call {
  std::string node;
  std::uint64_t number = 0;  // from 1
  TransactionCalls calls;
  int attempts = 0;
};
using BatchPtr = std::shared_ptr<Batch>;

class ListLog {
 public:
  static constexpr std::string_view kWrite = "append";

  explicit ListLog(Node& node) : node_(node), log_(node, "txn-list-append", kSegment) {}

  /// The batch, which somebody will append, succeeds when it is found in the log.
  void expect(const BatchPtr& batch) { expected_[{batch->node, batch->number}] = batch; }
  /// Appends what has not been settled yet; what others came before is left as it is, but for what
  /// has been tried too often. Errors: as those of Segments.
  Task<> append(const Batcher<Batch>::Calls& batches);
  /// Transactions that append nothing happen where the log ends, now or later.
  Task<> read(const TransactionCalls& calls);

 private:
  static constexpr std::size_t kSegment = 16;                      // items
  static constexpr std::size_t kLongItem = std::size_t{4} << 10U;  // bytes, and a batch more
  static constexpr int kAttempts = 60;
  static constexpr std::chrono::microseconds kMostPause = std::chrono::milliseconds(5);

  /// To the end of the log as it is now, or later. True if there was anything new.
  Task<bool> read_on();
  /// A segment up to the last one. True if it has anything new.
  bool take(const SegmentPtr& segment);
  void take_batch(const std::string& node, std::uint64_t number,
                  const std::vector<std::pair<Raw, Raw>>& appended);
  /// The batch, if it is expected, which it is no longer, nor are those before it.
  BatchPtr find_expected(const std::string& node, std::uint64_t number);
  static void fail_late(Batch& batch);
  void run(std::vector<MicroOperation>& transaction);
  void append(const std::string& key, std::string_view element);

  Node& node_;
  Segments log_;
  SegmentPtr end_ = empty_segment(0);          // as far as the lists go; never a full one
  std::map<std::string, std::string> lists_;   // by key; elements, as JSON without brackets
  std::map<std::string, std::uint64_t> last_;  // number of a batch, by node
  std::map<std::pair<std::string, std::uint64_t>, std::weak_ptr<Batch>> expected_;
  bool reads_first_ = false;  // others append, too
};

}  // namespace narrows::workloads
