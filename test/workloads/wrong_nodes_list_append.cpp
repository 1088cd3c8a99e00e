// SPDX-License-Identifier: MIT
// Wrong nodes of txn-list-append, whose reads alone show what is wrong: whatever transactions are
// held to, it is found.
#include <map>
#include <set>
#include <string>
#include <utility>

#include "unit/doctest.hpp"
#include "workloads/wrong_lists.hpp"

namespace narrows::workloads {
namespace {

using testing::Consistency;

struct ReadsInOtherOrder : RightLists {
  List read(const std::string& /*key*/, const List& list) override {
    List other = list;
    if (other.size() > 1 && is_time()) std::swap(other[0], other[1]);
    return other;
  }
};

struct AppendsTwice : RightLists {
  void append(const std::string& key, List& list, const std::string& value) override {
    RightLists::append(key, list, value);
    if (is_time()) RightLists::append(key, list, value);
  }
};

struct InventsElements : RightLists {
  void append(const std::string& key, List& list, const std::string& value) override {
    RightLists::append(key, list, value);
    if (is_time()) RightLists::append(key, list, "-" + value);
  }
};

/// What is appended to a key counts up, so that it is known what comes next.
struct Clairvoyant : RightLists {
  List read(const std::string& /*key*/, const List& list) override {
    List next = list;
    if (!next.empty() && is_time()) next.push_back(std::to_string(std::stoi(next.back()) + 1));
    return next;
  }
};

struct AppendsWhatFails : RightLists {
  void run_at_once(Transaction& transaction) override {
    RightLists::run_at_once(transaction);
    if (is_time()) throw Error(ErrorCode::txn_conflict, "it did not happen");
  }
};

/// Of a transaction's appends to one key the last is lacked by one read.
struct ShowsIntermediate : RightLists {
  void run_at_once(Transaction& transaction) override {
    appended.clear();
    RightLists::run_at_once(transaction);
  }
  void append(const std::string& key, List& list, const std::string& value) override {
    RightLists::append(key, list, value);
    if (!appended.insert(key).second) is_hidden[key] = true;
  }
  List read(const std::string& key, const List& list) override {
    List shown = list;
    if (!appended.contains(key) && is_hidden[key]) {
      is_hidden[key] = false;
      shown.pop_back();
    }
    return shown;
  }
  std::set<std::string> appended;         // to these, by the transaction
  std::map<std::string, bool> is_hidden;  // by key: its last element
};

struct AppendsFirst : RightLists {
  void run_at_once(Transaction& transaction) override {
    for (const bool is_read : {false, true}) {
      for (MicroOperation& operation : transaction) {
        if (operation.is_read == is_read) step(operation);
      }
    }
  }
};

struct ReadsFirst : RightLists {
  void run_at_once(Transaction& transaction) override {
    for (const bool is_read : {true, false}) {
      for (MicroOperation& operation : transaction) {
        if (operation.is_read == is_read) step(operation);
      }
    }
  }
};

struct LosesAppends : RightLists {
  void append(const std::string& key, List& list, const std::string& value) override {
    if (!is_time()) RightLists::append(key, list, value);
  }
};

struct AnswersOther : RightLists {
  void run_at_once(Transaction& transaction) override {
    RightLists::run_at_once(transaction);
    if (is_time()) transaction.pop_back();
  }
};

constexpr WrongNodes kWrong[] = {
    {"read in another order", nodes_of<ReadsInOtherOrder>,
     "and * read lists of one key of which neither is the other's beginning"},
    {"append twice", nodes_of<AppendsTwice>, "read * of key * twice: duplicate"},
    {"invent an element", nodes_of<InventsElements>, "read -* of key *, which nobody wrote"},
    {"show what is appended later", nodes_of<Clairvoyant>, "read * of key * before * wrote it"},
    {"append what fails", nodes_of<AppendsWhatFails>, "read * of key *, though * failed: G1a"},
    {"show half of a transaction's appends", nodes_of<ShowsIntermediate>,
     "read up to * of key *, after which * appended more: G1b"},
    {"append before they read", nodes_of<AppendsFirst>, "before its own append of it: future read"},
    {"read before they append", nodes_of<ReadsFirst>,
     "read what contradicts its own earlier steps: internal"},
    {"lose appends", nodes_of<LosesAppends>, "lacks * of key *, which * had appended: lost append"},
    {"answer another transaction", nodes_of<AnswersOther>, "which has no \"txn\" that answers it"},
};

TEST_CASE("wrong nodes of txn-list-append: what reads show is found at each consistency") {
  TransactionTrial trial("txn-list-append");
  try_right(trial, nodes_of<RightLists>);
  for (const Consistency consistency :
       {Consistency::read_committed, Consistency::serializable, Consistency::strict_serializable}) {
    CAPTURE(static_cast<int>(consistency));
    trial.options.consistency = consistency;
    try_wrong(trial, kWrong);
  }
}

}  // namespace
}  // namespace narrows::workloads
