// SPDX-License-Identifier: MIT
// txn-list-append: strict serializability on lin-kv. What was ever appended is a log in lin-kv;
// each node keeps the lists that come of it (list_log.hpp).
//
// 1. Transactions that append, and come while others are under way, become one batch, and its
//    appends a part of one item of the log. They happen where that stands, with what they read.
// 2. Those that only read happen where the log ends, which is read after they came.
// 3. Nodes that append at the same time come in each other's way. So one of them, the sequencer,
//    appends for all: this is for speed alone. A node whose batch it does not answer appends it
//    itself, and so all others until the sequencer answers again; a batch counts once, whoever
//    appends it.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "workloads/list_log.hpp"
#include "workloads/workloads.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kWrite = ListLog::kWrite;

class ListDatabase {
 public:
  explicit ListDatabase(Node& node)
      : node_(node),
        log_(node),
        reads_(node, kMostTogether, [this](const auto& calls) { return log_.read(calls); }),
        writes_(node, kMostTogether, [this](const auto& calls) { return write(calls); }),
        appends_(node, kMostTogether,
                 [this](const auto& batches) { return log_.append(batches); }) {}

  void join() {
    sequencer_ = node_.id();
    for (const std::string& name : node_.node_ids()) sequencer_ = std::min(sequencer_, name);
    is_answered_ = sequencer_ != node_.id();
  }

  Task<Reply> run(const Request& request) {
    const auto call = std::make_shared<TransactionCall>();
    call->operations = micro_operations(request, kWrite);
    const bool is_read_only = std::ranges::all_of(call->operations, &MicroOperation::is_read);
    co_await (is_read_only ? reads_ : writes_).serve(call);
    const std::string txn = to_json(call->operations, kWrite);
    co_return reply("txn_ok").raw("txn", Raw::checked(txn));
  }

  /// At the sequencer: another node's batch, which is answered with what it has read. Asked again,
  /// it gives the same answer.
  Task<Reply> sequence(const Request& request) {
    auto asked = std::make_shared<Batch>();
    asked->node = request.src();
    asked->number = request.get<std::uint64_t>("number");
    for (const Raw& txn : request.get<std::vector<Raw>>("txns")) {
      asked->calls.push_back(std::make_shared<TransactionCall>());
      asked->calls.back()->operations = micro_operations(txn, kWrite);
    }
    BatchPtr& last = last_asked_[asked->node];
    if (last != nullptr && asked->number < last->number) co_return Reply::none();
    const bool is_new = last == nullptr || asked->number > last->number;
    if (is_new) last = asked;
    const BatchPtr batch = last;
    if (is_new) co_await append(batch);
    co_await batch->settled;
    if (batch->failure) throw Error(*batch->failure);
    // Without the transactions: it has happened, and the node is to look into the log.
    std::string txns = txns_of(batch->calls);
    if (txns.size() > kLongReply) txns = "[]";
    co_return reply("sequence_ok").raw("txns", Raw::checked(txns));
  }

 private:
  static constexpr std::size_t kMostTogether = 1000;
  static constexpr std::size_t kLongBatch = std::size_t{2} << 10U;  // bytes, and a transaction more
  static constexpr std::size_t kLongReply = std::size_t{256} << 10U;  // bytes
  static constexpr std::chrono::nanoseconds kPatience = 500ms;
  static constexpr Retry kAgain{.attempts = 2, .first = 20ms};

  static std::string txns_of(const TransactionCalls& calls) {
    std::string txns = "[";
    for (const auto& call : calls) {
      if (txns.size() > 1) txns += ',';
      txns += to_json(call->operations, kWrite);
    }
    return txns += ']';
  }

  Task<> append(BatchPtr batch) {
    if (batch->calls.empty()) {
      batch->succeed();
      co_return;
    }
    log_.expect(batch);
    co_await appends_.serve(batch);
  }

  /// The first of them, as many as one batch may have.
  Task<> write(const TransactionCalls& calls) {
    const auto batch = std::make_shared<Batch>();
    batch->node = node_.id();
    batch->number = ++last_number_;
    std::size_t bytes = 0;
    for (auto call = calls.begin(); call != calls.end() && bytes < kLongBatch; ++call) {
      bytes += written_bytes((*call)->operations);
      batch->calls.push_back(*call);
    }
    const bool is_forwarded = is_answered_;
    if (is_forwarded) {
      log_.expect(batch);
      co_await forward(*batch);
      if (batch->settled.is_set()) co_return;
    }
    std::optional<Error> failure;
    try {
      co_await append(batch);
    } catch (const Cancelled&) {
      throw;
    } catch (const Error& error) {
      failure = error;
      // What was forwarded may yet happen.
      if (is_forwarded) failure = Error(ErrorCode::timeout, error.text());
    }
    for (const auto& call : batch->calls) {
      if (failure && !call->settled.is_set()) call->fail(*failure);
    }
  }

  Task<> forward(Batch& batch) {
    try {
      const Response response = co_await ask_sequencer(batch.number, txns_of(batch.calls));
      const auto txns = response.get<std::vector<Raw>>("txns");
      if (batch.settled.is_set() || txns.size() != batch.calls.size()) co_return;
      for (std::size_t i = 0; i < txns.size(); ++i) {
        batch.calls[i]->operations = micro_operations(txns[i], kWrite);
        batch.calls[i]->succeed();
      }
      batch.succeed();
    } catch (const Cancelled&) {
      throw;
    } catch (const Error&) {
      if (is_answered_) node_.spawn(wait_for_sequencer());
    }
  }

  Task<Response> ask_sequencer(std::uint64_t number, std::string txns) {
    const Reply request = message("sequence").set("number", number).raw("txns", Raw::checked(txns));
    const auto ask = [&] { return node_.rpc(sequencer_, request, kPatience); };
    co_return co_await retry(kAgain, ask);
  }

  /// Asks it again and again for a batch of nothing.
  Task<> wait_for_sequencer() {
    for (is_answered_ = false; !is_answered_;) {
      try {
        co_await ask_sequencer(++last_number_, "[]");
        is_answered_ = true;
      } catch (const Cancelled&) {
        throw;
      } catch (const Error&) {
        // Not yet.
      }
    }
  }

  Node& node_;
  ListLog log_;
  std::string sequencer_;
  bool is_answered_ = false;  // by the sequencer, as far as is known; never where it is this node
  std::uint64_t last_number_ = 0;
  std::map<std::string, BatchPtr> last_asked_;  // at the sequencer, by node
  Batcher<TransactionCall> reads_;
  Batcher<TransactionCall> writes_;
  Batcher<Batch> appends_;
};

}  // namespace

void serve_txn_list_append(Node& node) {
  const auto database = std::make_shared<ListDatabase>(node);
  node.after_init([database] { database->join(); });
  node.on("txn", [database](const Request& request) { return database->run(request); });
  node.on("sequence", [database](const Request& request) { return database->sequence(request); });
}

}  // namespace narrows::workloads
