// SPDX-License-Identifier: MIT
// What wrong nodes of transactions are made of: one node, whose clients' transactions it mixes up.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "narrows/event.hpp"
#include "narrows/node.hpp"
#include "workloads/micro_operations.hpp"
#include "workloads/wrong_trials.hpp"

namespace narrows::workloads {

using Transaction = std::vector<MicroOperation>;

/// A trial of one node, with enough clients for transactions to meet.
struct TransactionTrial : ShortTrial {
  explicit TransactionTrial(std::string_view workload) : ShortTrial(workload) {
    network.nodes = 1;
    options.rate = 300;
    options.clients = 12;
  }
};

/// One transaction after the other, step by step: that is right, whatever a step is.
class Database {
 public:
  explicit Database(const char* write) : write_(write) {}
  virtual ~Database() = default;

  void serve(Node& node) {
    node.on("txn", [this, &node](const Request& request) -> Task<Reply> {
      Transaction transaction = micro_operations(request, write_);
      co_await run(node, transaction);
      const std::string txn = to_json(transaction, write_);
      co_return reply("txn_ok").raw("txn", Raw::checked(txn));
    });
  }

 protected:
  virtual void step(MicroOperation& operation) = 0;
  /// What it throws is the answer.
  virtual void run_at_once(Transaction& transaction) {
    for (MicroOperation& operation : transaction) step(operation);
  }
  /// The same, if it takes no time.
  virtual Task<> run(Node& /*node*/, Transaction& transaction) {
    run_at_once(transaction);
    co_return;
  }

 private:
  const char* write_;
};

/// Has a transaction wait for one that fits, and runs the two in a way of its own; what waits in
/// vain runs alone.
template <typename Base>
class Pairs : public Base {
 protected:
  virtual bool may_wait(const Transaction& /*transaction*/) { return true; }
  virtual bool fit(const Transaction& first, const Transaction& second) = 0;
  virtual void run_both(Transaction& first, Transaction& second) = 0;

  Task<> run(Node& node, Transaction& transaction) override {
    if (waiting_ != nullptr && fit(waiting_->transaction, transaction)) {
      end([&] { run_both(waiting_->transaction, transaction); });
    } else if (waiting_ == nullptr && may_wait(transaction)) {
      const auto place = std::make_shared<Place>(transaction);
      waiting_ = place;
      node.after(kPatience, [this, place] {
        if (waiting_ == place) end([&] { this->run_at_once(place->transaction); });
      });
      co_await place->done;
    } else {
      this->run_at_once(transaction);
    }
  }

 private:
  static constexpr std::chrono::milliseconds kPatience{50};

  struct Place {
    explicit Place(Transaction& of) : transaction(of) {}
    Transaction& transaction;  // its coroutine has it
    Event done;
  };

  template <typename F>
  void end(F run) {
    run();
    std::exchange(waiting_, nullptr)->done.set();
  }

  std::shared_ptr<Place> waiting_;
};

}  // namespace narrows::workloads
