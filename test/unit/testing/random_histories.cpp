// SPDX-License-Identifier: MIT
// Histories of correct systems with clients whose operations overlap at random are valid; the same
// with one thing changed is not, where the change is one that no system could make.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <vector>

#include "unit/testing/made_history.hpp"
#include "unit/testing/random.hpp"

namespace narrows::testing {
namespace {

constexpr int kTrials = 40;

/// Gives operations of some processes their times: each takes effect at a moment of its own, and
/// moments come in order. Some end unknown, and their process goes on under another number.
class Clients {
 public:
  explicit Clients(std::uint64_t seed) : random(seed) {}

  struct Turn {
    std::int64_t process;
    std::string node;
    Outcome outcome;
    bool takes_effect;
  };

  /// Who does something next.
  Turn next() {
    moment_ += 1 + random.below(3);
    const auto client = static_cast<std::size_t>(random.below(static_cast<int>(free_at_.size())));
    from_ = std::max(free_at_[client], moment_ - 1 - random.below(20));
    moment_ = std::max(moment_, from_);
    to_ = moment_ + random.below(20);
    free_at_[client] = to_ + 1;
    Turn turn{numbers_[client], "n" + std::to_string(client), Outcome::ok, true};
    const int fate = random.below(20);
    if (fate == 0) turn.outcome = Outcome::failed;
    if (fate == 1) turn.outcome = Outcome::unknown;
    turn.takes_effect = fate > 1 || (fate == 1 && random.one_in(2));
    if (turn.outcome == Outcome::unknown) numbers_[client] += 100;
    return turn;
  }

  void record(const Turn& turn, std::string function, std::string argument, std::string result,
              bool is_final = false) {
    if (turn.outcome != Outcome::ok) result = "{}";
    operations.push_back(
        {turn.process, turn.node, std::move(function), std::move(argument), std::move(result),
         turn.outcome, turn.outcome == Outcome::failed ? 11 : -1, std::chrono::milliseconds(from_),
         std::chrono::milliseconds(to_), is_final});
  }

  /// The end: each node is asked once more, and answers.
  std::vector<Turn> last() {
    std::vector<Turn> turns;
    from_ = moment_ + 1000;
    to_ = from_ + 1;
    for (std::size_t client = 0; client < numbers_.size(); ++client) {
      turns.push_back({numbers_[client], "n" + std::to_string(client), Outcome::ok, true});
    }
    return turns;
  }

  [[nodiscard]] History history() const {
    History history;
    for (const Operation& operation : operations) history.add(operation);
    return history;
  }

  /// One of the operations that were answered and are of this kind; the last one's place if none
  /// is.
  std::size_t pick(std::string_view function, bool is_final = false) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < operations.size(); ++i) {
      const Operation& operation = operations[i];
      if (operation.function == function && operation.outcome == Outcome::ok &&
          operation.is_final == is_final) {
        places.push_back(i);
      }
    }
    REQUIRE_FALSE(places.empty());
    return places[static_cast<std::size_t>(random.below(static_cast<int>(places.size())))];
  }

  Random random;
  std::vector<Operation> operations;

 private:
  int moment_ = 0;
  int from_ = 0;
  int to_ = 0;
  std::array<int, 4> free_at_{};
  std::array<std::int64_t, 4> numbers_{0, 1, 2, 3};
};

std::string list_text(const std::vector<int>& values) {
  std::string text = "[";
  for (const int value : values) {
    if (text.size() > 1) text += ",";
    text += std::to_string(value);
  }
  return text + "]";
}

std::string object(const std::string& name, const std::string& value) {
  return "{\"" + name + "\":" + value + "}";
}

/// Replaces `from` where it stands first.
void replace(std::string& text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
}

// Lists and registers: each transaction takes effect at once.

struct Database {
  std::map<int, std::vector<int>> lists;  // a register is its list's last
  int next_value = 1;
};

void do_transaction(Clients& clients, Database& database, bool are_lists) {
  const Clients::Turn turn = clients.next();
  std::string asked;
  std::string answered;
  auto lists = database.lists;
  const int steps = 1 + clients.random.below(4);
  for (int step = 0; step < steps; ++step) {
    const int key = clients.random.below(3);
    const std::string begin = (step == 0 ? "" : ",") + std::string("[");
    if (clients.random.one_in(2)) {
      const std::string write = begin + (are_lists ? "\"append\"," : "\"w\",") +
                                std::to_string(key) + "," + std::to_string(database.next_value) +
                                "]";
      asked += write;
      answered += write;
      lists[key].push_back(database.next_value++);
    } else {
      const auto& list = lists[key];
      const std::string read = begin + "\"r\"," + std::to_string(key) + ",";
      asked += read + "null]";
      const std::string last = list.empty() ? "null" : std::to_string(list.back());
      answered += read + (are_lists ? list_text(list) : last) + "]";
    }
  }
  if (turn.takes_effect) database.lists = lists;
  clients.record(turn, "txn", object("txn", "[" + asked + "]"),
                 object("txn", "[" + answered + "]"));
}

TEST_CASE("random: transactions that take effect at one moment are serializable") {
  for (int seed = 1; seed <= kTrials; ++seed) {
    Clients clients(static_cast<std::uint64_t>(seed));
    Database database;
    const bool are_lists = seed % 2 == 0;
    for (int i = 0; i < 200; ++i) do_transaction(clients, database, are_lists);
    CAPTURE(seed);
    CHECK_VALID(check(are_lists ? "txn-list-append" : "txn-rw-register", clients.history()));
  }
}

TEST_CASE("random: one stale read of a list is not strictly serializable") {
  for (int seed = 1; seed <= kTrials; ++seed) {
    Clients clients(static_cast<std::uint64_t>(seed));
    Database database;
    for (int i = 0; i < 200; ++i) do_transaction(clients, database, true);
    const auto ask = [&clients](const std::string& list) {
      const auto turn = clients.last().at(0);
      clients.record(turn, "txn", object("txn", R"([["r",0,null]])"),
                     object("txn", "[[\"r\",0," + list + "]]"), true);
    };
    std::vector<int> list = database.lists[0];
    ask(list_text(list));
    CAPTURE(seed);
    CHECK_VALID(check_txn_list_append(clients.history()));
    list.pop_back();
    ask(list_text(list));
    CHECK_FALSE(check_txn_list_append(clients.history()).is_valid());
    std::swap(list.at(0), list.at(1));
    clients.operations.pop_back();
    ask(list_text(list));
    CHECK_FALSE(check_txn_list_append(clients.history()).is_valid());
  }
}

// Sets and counters: nodes hear of values at random times, and of all in the end.

struct Nodes {
  std::array<std::vector<int>, 4> values;
  std::vector<int> all;

  void hear(Random& random) {
    for (auto& of_node : values) {
      const auto count = static_cast<std::size_t>(random.below(3));
      const std::size_t end = std::min(all.size(), of_node.size() + count);
      while (of_node.size() < end) of_node.push_back(all[of_node.size()]);
    }
  }
};

Clients broadcasts(int seed) {
  Clients clients(static_cast<std::uint64_t>(seed));
  Nodes nodes;
  for (int i = 0; i < 200; ++i) {
    const auto turn = clients.next();
    if (clients.random.one_in(2)) {
      if (turn.takes_effect) nodes.all.push_back(i);
      clients.record(turn, "broadcast", object("message", std::to_string(i)), "{}");
    } else {
      const auto& values = nodes.values.at(static_cast<std::size_t>(turn.node.back() - '0'));
      clients.record(turn, "read", "{}", object("messages", list_text(values)));
    }
    nodes.hear(clients.random);
  }
  for (const auto& turn : clients.last()) {
    clients.record(turn, "read", "{}", object("messages", list_text(nodes.all)), true);
  }
  return clients;
}

TEST_CASE("random: a broadcast that reaches all in the end is valid, without one value it is not") {
  for (int seed = 1; seed <= kTrials; ++seed) {
    Clients clients = broadcasts(seed);
    CAPTURE(seed);
    CHECK_VALID(check_broadcast(clients.history()));
    const std::size_t sent = clients.pick("broadcast");
    const std::string value = clients.operations[sent].argument.substr(11);  // {"message":7}
    Operation& read = clients.operations[clients.pick("read", true)];
    replace(read.result, "[", "[,");
    replace(read.result, "]", ",]");
    replace(read.result, "," + value.substr(0, value.size() - 1) + ",", ",");
    replace(read.result, "[,", "[");
    replace(read.result, ",]", "]");
    CHECK_FALSE(check_broadcast(clients.history()).is_valid());
  }
}

TEST_CASE("random: a counter is valid as long as its last reads are exact") {
  for (int seed = 1; seed <= kTrials; ++seed) {
    Clients clients(static_cast<std::uint64_t>(seed));
    int sum = 0;
    int bound = 0;  // what unknown adds can make of it
    for (int i = 0; i < 100; ++i) {
      const auto turn = clients.next();
      const int delta = clients.random.below(11) - 5;
      if (turn.takes_effect) sum += delta;
      if (turn.outcome == Outcome::unknown) bound += std::abs(delta);
      clients.record(turn, "add", object("delta", std::to_string(delta)), "{}");
    }
    for (const auto& turn : clients.last()) {
      clients.record(turn, "read", "{}", object("value", std::to_string(sum)), true);
    }
    CAPTURE(seed);
    CHECK_VALID(check_pn_counter(clients.history()));
    clients.operations.back().result = object("value", std::to_string(sum + bound + 1));
    CHECK_FALSE(check_pn_counter(clients.history()).is_valid());
  }
}

// A log: offsets are given out in order, with gaps.

Clients logs(int seed) {
  Clients clients(static_cast<std::uint64_t>(seed));
  std::vector<std::pair<int, int>> log;
  int offset = 0;
  const auto pairs_from = [&log](int from, std::size_t most) {
    std::string text;
    for (const auto& [at, message] : log) {
      if (at < from || most == 0) continue;
      --most;
      text +=
          (text.empty() ? "[" : ",[") + std::to_string(at) + "," + std::to_string(message) + "]";
    }
    return object("msgs", object("k", "[" + text + "]"));
  };
  const auto from_text = [](int from) {
    return object("offsets", object("k", std::to_string(from)));
  };
  for (int i = 0; i < 200; ++i) {
    const auto turn = clients.next();
    if (clients.random.one_in(2)) {
      offset += 1 + clients.random.below(2);
      if (turn.takes_effect) log.emplace_back(offset, i);
      clients.record(turn, "send", "{\"key\":\"k\",\"msg\":" + std::to_string(i) + "}",
                     object("offset", std::to_string(offset)));
    } else {
      const int from = clients.random.below(offset + 2);
      clients.record(turn, "poll", from_text(from),
                     pairs_from(from, static_cast<std::size_t>(clients.random.below(5))));
    }
  }
  for (const auto& turn : clients.last()) {
    clients.record(turn, "poll", from_text(0), pairs_from(0, log.size()), true);
  }
  return clients;
}

TEST_CASE("random: a log is valid, with one message moved or gone it is not") {
  for (int seed = 1; seed <= kTrials; ++seed) {
    const Clients clients = logs(seed);
    CAPTURE(seed);
    CHECK_VALID(check_kafka(clients.history()));

    Clients moved = clients;
    Operation& send = moved.operations[moved.pick("send")];
    send.result = object("offset", "100000");
    CHECK_FALSE(check_kafka(moved.history()).is_valid());

    Clients gone = clients;
    Operation& poll = gone.operations[gone.pick("poll", true)];
    const std::size_t first = poll.result.find("[[") + 1;
    poll.result.erase(first, poll.result.find("],", first) + 2 - first);
    CHECK_FALSE(check_kafka(gone.history()).is_valid());
  }
}

}  // namespace
}  // namespace narrows::testing
