// SPDX-License-Identifier: MIT
// Wrong nodes of txn-list-append, whose transactions depend on each other in a circle: each by the
// name that Adya gave it, without and with the order of time.
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>

#include "unit/doctest.hpp"
#include "workloads/wrong_lists.hpp"

namespace narrows::workloads {
namespace {

using namespace std::chrono_literals;
using testing::Consistency;

/// How the second of two transactions depends on the first, by what each does with a key.
struct Dependency {
  bool first_reads;
  bool second_reads;
};
constexpr Dependency kWw{false, false};  // it appends after the first's
constexpr Dependency kWr{false, true};   // it reads what the first appended
constexpr Dependency kRw{true, false};   // it appends what the first did not read

/// Runs two transactions, the second in the middle of the first: after its steps on one key, before
/// those on another. They have these two in common, and each has one step on each.
template <Dependency kThere, Dependency kBack>
struct OneWithinAnother : Pairs<RightLists> {
  static const MicroOperation* only_step(const Transaction& transaction, const std::string& key) {
    const auto found = std::ranges::find(transaction, key, &MicroOperation::key);
    const bool is_one = std::ranges::count(transaction, key, &MicroOperation::key) == 1;
    return is_one ? &*found : nullptr;
  }
  static bool depends(const MicroOperation& first, const Transaction& second,
                      const Dependency& dependency) {
    const MicroOperation* const step = only_step(second, first.key);
    return step != nullptr && first.is_read == dependency.first_reads &&
           step->is_read == dependency.second_reads;
  }
  bool fit(const Transaction& first, const Transaction& second) override {
    bool is_there = false;
    late_key.clear();
    for (const MicroOperation& operation : first) {
      if (std::ranges::count(second, operation.key, &MicroOperation::key) == 0) continue;
      if (only_step(first, operation.key) == nullptr) return false;
      if (!is_there && depends(operation, second, kThere)) {
        is_there = true;
      } else if (late_key.empty() &&
                 depends(operation, second, {kBack.second_reads, kBack.first_reads})) {
        late_key = operation.key;
      } else {
        return false;
      }
    }
    return is_there && !late_key.empty();
  }
  void run_both(Transaction& first, Transaction& second) override {
    const auto run_if = [&](bool is_late) {
      for (MicroOperation& operation : first) {
        if ((operation.key == late_key) == is_late) step(operation);
      }
    };
    run_if(false);
    run_at_once(second);
    run_if(true);
  }
  std::string late_key;
};

using WriteCycle = OneWithinAnother<kWw, kWw>;
using ReadCycle = OneWithinAnother<kWr, kWr>;
using FracturedRead = OneWithinAnother<kRw, kWr>;
using WriteSkew = OneWithinAnother<kRw, kRw>;

/// What appends once, and does nothing else, comes before others of its kind that nobody has read.
struct AppendsBefore : RightLists {
  void run_at_once(Transaction& transaction) override {
    is_alone = transaction.size() == 1;
    RightLists::run_at_once(transaction);
  }
  void append(const std::string& key, List& list, const std::string& value) override {
    list.insert(is_alone ? list.begin() + settled[key] : list.end(), value);
    if (!is_alone) settle(key, list);
  }
  List read(const std::string& key, const List& list) override {
    settle(key, list);
    return list;
  }
  void settle(const std::string& key, const List& list) {
    settled[key] = static_cast<std::ptrdiff_t>(list.size());
  }
  bool is_alone = false;
  std::map<std::string, std::ptrdiff_t> settled;  // elements, by key
};

/// Now and then a read, all of its transaction, lacks what the last one appended there.
struct ReadsStale : RightLists {
  void run_at_once(Transaction& transaction) override {
    is_stale = transaction.size() == 1 && is_time();
    appended.clear();
    RightLists::run_at_once(transaction);
  }
  void append(const std::string& key, List& list, const std::string& value) override {
    if (appended.insert(key).second) before[key] = list;
    RightLists::append(key, list, value);
  }
  List read(const std::string& key, const List& list) override {
    return is_stale ? before[key] : list;
  }
  bool is_stale = false;
  std::set<std::string> appended;      // to these, by the transaction
  std::map<std::string, List> before;  // the last that appended, by key
};

/// One transaction at a time does its last step later than all others: so others come between.
struct LastStepLate : RightLists {
  virtual bool is_slow(const Transaction& transaction) = 0;

  Task<> run(Node& /*node*/, Transaction& transaction) override {
    if (is_busy || !is_slow(transaction)) {
      run_at_once(transaction);
      co_return;
    }
    is_busy = true;
    for (MicroOperation& operation : transaction) {
      if (&operation == &transaction.back()) co_await narrows::sleep(20ms);
      step(operation);
    }
    is_busy = false;
  }
  bool is_busy = false;
};

/// Two appends: what reads the first may end before what the second comes after began.
struct AppendsHalf : LastStepLate {
  bool is_slow(const Transaction& transaction) override {
    return transaction.size() == 2 && !transaction[0].is_read && !transaction[1].is_read &&
           transaction[0].key != transaction[1].key;
  }
};

/// A read, then an append elsewhere: as if it had happened when it began, or when it ended.
struct AppendsOnOldReads : LastStepLate {
  bool is_slow(const Transaction& transaction) override {
    return transaction.size() == 2 && transaction[0].is_read && !transaction[1].is_read &&
           transaction[0].key != transaction[1].key;
  }
};

constexpr WrongNodes kWriteCycle = {"write in two orders", nodes_of<WriteCycle>,
                                    "G0: * wrote *; * wrote *"};
constexpr WrongNodes kReadCycle = {"have two read each other's", nodes_of<ReadCycle>,
                                   "G1c: * read * from *; * read * from"};
constexpr WrongNodes kFracturedRead = {"read a half", nodes_of<FracturedRead>,
                                       "G-single: * read before * wrote"};
constexpr WrongNodes kWriteSkew = {"write on old reads", nodes_of<WriteSkew>,
                                   "G2: * read before * wrote *; * read before * wrote"};
constexpr WrongNodes kInTime[] = {
    {"append before what was appended earlier", nodes_of<AppendsBefore>,
     "G0-realtime: * ended before"},
    {"append a half", nodes_of<AppendsHalf>, "G1c-realtime: "},
    {"read what was", nodes_of<ReadsStale>, "G-single-realtime: "},
    {"append late on old reads", nodes_of<AppendsOnOldReads>, "G2-realtime: "},
};

TransactionTrial trial_of(Consistency consistency) {
  TransactionTrial trial("txn-list-append");
  trial.options.consistency = consistency;
  return trial;
}

TEST_CASE("wrong nodes of txn-list-append: read committed forbids G0 and G1c, and allows G2") {
  const TransactionTrial trial = trial_of(Consistency::read_committed);
  try_wrong(trial, kWriteCycle);
  try_wrong(trial, kReadCycle);
  try_right(trial, kFracturedRead.make);
  try_right(trial, kWriteSkew.make);
}

TEST_CASE(
    "wrong nodes of txn-list-append: a serial order forbids G-single and G2, not to be late") {
  const TransactionTrial trial = trial_of(Consistency::serializable);
  for (const WrongNodes& nodes : {kWriteCycle, kReadCycle, kFracturedRead, kWriteSkew}) {
    try_wrong(trial, nodes);
  }
  try_right(trial, nodes_of<ReadsStale>);
}

TEST_CASE("wrong nodes of txn-list-append: with the order of time each cycle is found") {
  const TransactionTrial trial = trial_of(Consistency::strict_serializable);
  for (const WrongNodes& nodes : {kWriteCycle, kReadCycle, kFracturedRead, kWriteSkew}) {
    try_wrong(trial, nodes);
  }
  try_wrong(trial, kInTime);
}

}  // namespace
}  // namespace narrows::workloads
