// SPDX-License-Identifier: MIT
#include "testing/clients.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>
#include <vector>

namespace narrows::testing {
namespace {

std::string object(std::string_view name, std::int64_t value) {
  return std::string("{\"").append(name).append("\":").append(std::to_string(value)).append("}");
}

/// Each node is asked a few things at the end, which shows that it is there again.
class ClientsWithLast : public Clients {
 public:
  ClientsWithLast(std::size_t nodes, std::vector<Ask> last)
      : last_(std::move(last)), answered_(nodes) {}

  std::optional<Ask> last(std::size_t node) final {
    return answered_[node] < last_.size() ? std::optional(last_[answered_[node]]) : std::nullopt;
  }
  void answered_last(std::size_t node, const Operation& /*operation*/) final { ++answered_[node]; }

 private:
  const std::vector<Ask> last_;
  std::vector<std::size_t> answered_;  // by node: so many of these
};

class EchoClients final : public ClientsWithLast {
 public:
  explicit EchoClients(Numbers numbers)
      : ClientsWithLast(numbers.nodes, {{"echo", R"({"echo":"Please echo the last"})"}}) {}

 private:
  Ask next(std::size_t /*client*/, const Draw& draw) override {
    return {"echo", R"({"echo":"Please echo )" + std::to_string(draw(128)) + R"("})"};
  }
};

class UniqueIdsClients final : public ClientsWithLast {
 public:
  explicit UniqueIdsClients(Numbers numbers) : ClientsWithLast(numbers.nodes, {{"generate"}}) {}

 private:
  Ask next(std::size_t /*client*/, const Draw& /*draw*/) override { return {"generate"}; }
};

/// Half of them write, half read.
class ReadAndWriteClients : public ClientsWithLast {
 public:
  explicit ReadAndWriteClients(std::size_t nodes) : ClientsWithLast(nodes, {{"read"}}) {}

  Ask next(std::size_t /*client*/, const Draw& draw) final {
    return draw(2) == 0 ? Ask{"read"} : write(draw);
  }

 private:
  virtual Ask write(const Draw& draw) = 0;
};

/// broadcast and g-set: each value once.
class SetClients final : public ReadAndWriteClients {
 public:
  SetClients(std::size_t nodes, std::string_view function, std::string_view member)
      : ReadAndWriteClients(nodes), function_(function), member_(member) {}

 private:
  Ask write(const Draw& /*draw*/) override {
    return {std::string(function_), object(member_, next_++)};
  }

  std::string_view function_;
  std::string_view member_;
  std::int64_t next_ = 0;
};

class CounterClients final : public ReadAndWriteClients {
 public:
  CounterClients(std::size_t nodes, std::int64_t least)
      : ReadAndWriteClients(nodes), least_(least) {}

 private:
  Ask write(const Draw& draw) override {
    constexpr std::int64_t kMost = 4;  // as Maelstrom's
    const auto choices = static_cast<std::uint64_t>(kMost - least_ + 1);
    return {"add", object("delta", least_ + static_cast<std::int64_t>(draw(choices)))};
  }

  std::int64_t least_;
};

/// Few keys at a time, each for a limited number of requests and of clients, so that the search for
/// an order of them stays short even where many had no answer.
class LinKvClients final : public ClientsWithLast {
  static constexpr std::size_t kFewestKeys = 5;
  static constexpr std::size_t kClientsOfKey = 8;
  static constexpr int kRequestsOfKey = 60;

 public:
  explicit LinKvClients(Numbers numbers)
      : ClientsWithLast(numbers.nodes, {{"write", R"({"key":1000000000,"value":0})"},
                                        {"read", R"({"key":1000000000})"}}) {
    for (std::size_t i = 0; i < std::max(kFewestKeys, numbers.clients / kClientsOfKey); ++i) {
      keys_.push_back({next_key_++});
    }
  }

 private:
  struct Key {
    std::int64_t name;
    int requests = 0;
  };

  Ask next(std::size_t /*client*/, const Draw& draw) override {
    Key& key = keys_[draw(keys_.size())];
    if (key.requests++ == kRequestsOfKey) key = {next_key_++, 1};
    std::string argument = "{\"key\":" + std::to_string(key.name);
    const auto value = [&] { return std::to_string(draw(5)); };
    switch (draw(3)) {
      case 0: return {"read", argument + "}"};
      case 1: return {"write", argument + ",\"value\":" + value() + "}"};
      default: break;
    }
    argument += ",\"from\":" + value();  // one after the other, by the order of draws
    return {"cas", argument + ",\"to\":" + value() + "}"};
  }

  std::vector<Key> keys_;
  std::int64_t next_key_ = 0;
};

using Make = std::unique_ptr<Clients> (*)(Numbers numbers);

template <typename T>
std::unique_ptr<Clients> made(Numbers numbers) {
  return std::make_unique<T>(numbers);
}

constexpr std::array<std::pair<std::string_view, Make>, 10> kWorkloads{{
    {"broadcast",
     [](Numbers numbers) -> std::unique_ptr<Clients> {
       return std::make_unique<SetClients>(numbers.nodes, "broadcast", "message");
     }},
    {"echo", made<EchoClients>},
    {"g-counter",
     [](Numbers numbers) -> std::unique_ptr<Clients> {
       return std::make_unique<CounterClients>(numbers.nodes, 0);
     }},
    {"g-set",
     [](Numbers numbers) -> std::unique_ptr<Clients> {
       return std::make_unique<SetClients>(numbers.nodes, "add", "element");
     }},
    {"kafka", [](Numbers numbers) { return make_kafka_clients(numbers.nodes); }},
    {"lin-kv", made<LinKvClients>},
    {"pn-counter",
     [](Numbers numbers) -> std::unique_ptr<Clients> {
       return std::make_unique<CounterClients>(numbers.nodes, -5);
     }},
    {"txn-list-append", [](Numbers numbers) { return make_txn_clients("append", numbers.nodes); }},
    {"txn-rw-register", [](Numbers numbers) { return make_txn_clients("w", numbers.nodes); }},
    {"unique-ids", made<UniqueIdsClients>},
}};

}  // namespace

std::unique_ptr<Clients> make_clients(std::string_view workload, Numbers numbers) {
  for (const auto& [name, make] : kWorkloads) {
    if (name == workload) return make(numbers);
  }
  return nullptr;
}

std::vector<std::string_view> client_workloads() {
  std::vector<std::string_view> names;
  names.reserve(kWorkloads.size());
  for (const auto& [name, make] : kWorkloads) names.push_back(name);
  return names;
}

}  // namespace narrows::testing
