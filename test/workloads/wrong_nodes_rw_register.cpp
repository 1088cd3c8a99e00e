// SPDX-License-Identifier: MIT
// Wrong nodes of txn-rw-register: each reads what read committed forbids.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "unit/doctest.hpp"
#include "workloads/wrong_transactions.hpp"

namespace narrows::workloads {
namespace {

struct RightRegisters : Database {
  RightRegisters() : Database("w") {}

  void step(MicroOperation& operation) override {
    if (operation.is_read) {
      const auto found = registers.find(operation.key);
      operation.value = found == registers.end() ? "null" : read(operation.key);
    } else {
      write(operation.key, operation.value);
    }
  }
  virtual std::string read(const std::string& key) { return registers[key]; }
  virtual void write(const std::string& key, const std::string& value) { registers[key] = value; }

  std::map<std::string, std::string> registers;
  Every is_time{10};
};

struct WritesWhatFails : RightRegisters {
  void run_at_once(Transaction& transaction) override {
    RightRegisters::run_at_once(transaction);
    if (is_time()) throw Error(ErrorCode::txn_conflict, "it did not happen");
  }
};

/// What a transaction overwrites itself is read once.
struct ShowsIntermediate : RightRegisters {
  void run_at_once(Transaction& transaction) override {
    written.clear();
    for (MicroOperation& operation : transaction) {
      if (!operation.is_read && written.contains(operation.key)) {
        intermediate[operation.key] = written[operation.key];
      }
      step(operation);
      if (!operation.is_read) written[operation.key] = operation.value;
    }
  }
  std::string read(const std::string& key) override {
    const auto shown = written.contains(key) ? intermediate.end() : intermediate.find(key);
    if (shown == intermediate.end()) return RightRegisters::read(key);
    std::string value = shown->second;
    intermediate.erase(shown);
    return value;
  }
  std::map<std::string, std::string> written;       // by the transaction, by key
  std::map<std::string, std::string> intermediate;  // by key
};

struct InventsValues : RightRegisters {
  std::string read(const std::string& key) override {
    return is_time() ? "-1" : RightRegisters::read(key);
  }
};

struct MixesUpKeys : RightRegisters {
  std::string read(const std::string& key) override {
    return is_time() ? "[" + registers[key] + "]" : RightRegisters::read(key);
  }
};

/// What is written to a key counts up, so that it is known what comes next.
struct Clairvoyant : RightRegisters {
  std::string read(const std::string& key) override {
    return is_time() ? std::to_string(std::stoi(registers[key]) + 1) : RightRegisters::read(key);
  }
};

struct AnswersOther : RightRegisters {
  void run_at_once(Transaction& transaction) override {
    RightRegisters::run_at_once(transaction);
    if (is_time()) transaction.pop_back();
  }
};

/// Each of two transactions reads what the other is writing; they fit if both read, then write, one
/// key: so each overwrites the other's.
struct ReadEachOther : Pairs<RightRegisters> {
  static const MicroOperation* write_of(const Transaction& transaction, const std::string& key) {
    const auto found = std::ranges::find_if(transaction, [&](const MicroOperation& operation) {
      return !operation.is_read && operation.key == key;
    });
    return found == transaction.end() ? nullptr : &*found;
  }
  void run_both(Transaction& first, Transaction& second) override {
    run_at_once(first);
    run_at_once(second);
    for (auto [reader, writer] : {std::pair(&first, &second), std::pair(&second, &first)}) {
      for (MicroOperation& operation : *reader) {
        const auto* const write = write_of(*writer, operation.key);
        if (operation.is_read && write != nullptr) operation.value = write->value;
      }
    }
  }
};

struct OverwriteEachOther : ReadEachOther {
  static bool updates(const Transaction& transaction, const std::string& key) {
    const auto first = std::ranges::find(transaction, key, &MicroOperation::key);
    return first != transaction.end() && first->is_read && write_of(transaction, key) != nullptr;
  }
  bool may_wait(const Transaction& transaction) override { return fit(transaction, transaction); }
  bool fit(const Transaction& first, const Transaction& second) override {
    return std::ranges::any_of(first, [&](const MicroOperation& operation) {
      return updates(first, operation.key) && updates(second, operation.key);
    });
  }
};

/// They fit if neither writes what it reads, nor what the other writes.
struct ReadInACircle : ReadEachOther {
  static bool reads_of(const Transaction& reader, const Transaction& writer) {
    return std::ranges::any_of(reader, [&](const MicroOperation& operation) {
      return operation.is_read && write_of(writer, operation.key) != nullptr;
    });
  }
  static bool writes_apart(const Transaction& first, const Transaction& second) {
    return std::ranges::none_of(first, [&](const MicroOperation& operation) {
      return write_of(first, operation.key) != nullptr &&
             (operation.is_read || write_of(second, operation.key) != nullptr);
    });
  }
  bool fit(const Transaction& first, const Transaction& second) override {
    return reads_of(first, second) && reads_of(second, first) && writes_apart(first, second) &&
           writes_apart(second, first);
  }
};

constexpr WrongNodes kWrong[] = {
    {"write what fails", nodes_of<WritesWhatFails>, "read * of key *, though * failed: G1a"},
    {"show what is overwritten", nodes_of<ShowsIntermediate>,
     "read * of key *, which * overwrote itself: G1b"},
    {"invent a value", nodes_of<InventsValues>, "read -1 of key *, which nobody wrote"},
    {"write a value otherwise", nodes_of<MixesUpKeys>, "read [*] of key *, which nobody wrote"},
    {"show what is written later", nodes_of<Clairvoyant>, "read * of key * before * wrote it"},
    {"answer another transaction", nodes_of<AnswersOther>, "which has no \"txn\" that answers it"},
    {"have two overwrite each other's", nodes_of<OverwriteEachOther>, "G0: * wrote *; * wrote *"},
    {"have two read each other's", nodes_of<ReadInACircle>, "G1c: * read * from *; * read * from"},
};

TEST_CASE("wrong nodes of txn-rw-register: each fault is found, right nodes have none") {
  const TransactionTrial trial("txn-rw-register");
  try_right(trial, nodes_of<RightRegisters>);
  try_wrong(trial, kWrong);
}

}  // namespace
}  // namespace narrows::workloads
