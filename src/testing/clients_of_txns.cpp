// SPDX-License-Identifier: MIT
// Clients of txn-list-append and txn-rw-register: transactions of one to four reads and writes, on
// a few keys at a time, so that they meet; what is written to a key is written once.
//
// Source: of the shape, Elle's generator, as Maelstrom uses it.
#include <array>
#include <utility>

#include "testing/clients.hpp"

namespace narrows::testing {
namespace {

class TxnClients final : public Clients {
 public:
  TxnClients(std::string_view write, std::size_t nodes) : write_(write), next_read_(nodes) {}

  Ask next(std::size_t /*client*/, const Draw& draw) override {
    std::string txn = "[";
    for (std::uint64_t left = 1 + draw(kLongest); left > 0; --left) {
      append(txn, draw);
      txn += left > 1 ? "," : "]";
    }
    return {"txn", "{\"txn\":" + txn + "}"};
  }

  /// Every key is read, so that a list that lost an append is found.
  std::optional<Ask> last(std::size_t node) override {
    const std::int64_t key = next_read_[node];
    if (key >= next_key_) return {};
    std::string txn = "[";
    for (std::int64_t i = key; i < key + kReadAtOnce && i < next_key_; ++i) {
      txn.append(i == key ? "" : ",").append("[\"r\",").append(std::to_string(i)).append(",null]");
    }
    return Ask{"txn", "{\"txn\":" + txn + "]}"};
  }
  void answered_last(std::size_t node, const Operation& /*operation*/) override {
    next_read_[node] += kReadAtOnce;
  }

 private:
  static constexpr std::uint64_t kLongest = 4;
  static constexpr std::size_t kKeys = 8;
  static constexpr int kWritesOfKey = 20;
  static constexpr std::int64_t kReadAtOnce = 8;

  struct Key {
    std::int64_t name;
    int writes = 0;
  };

  void append(std::string& txn, const Draw& draw) {
    Key& key = keys_[draw(kKeys)];
    if (draw(2) == 0) {
      txn.append("[\"r\",").append(std::to_string(key.name)).append(",null]");
      return;
    }
    if (key.writes == kWritesOfKey) key = {next_key_++};
    txn.append("[\"").append(write_).append("\",").append(std::to_string(key.name));
    txn.append(",").append(std::to_string(++key.writes)).append("]");
  }

  std::string_view write_;
  std::vector<std::int64_t> next_read_;  // by node: the first key that it was not asked for
  std::array<Key, kKeys> keys_{{{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}}};
  std::int64_t next_key_ = kKeys;
};

}  // namespace

std::unique_ptr<Clients> make_txn_clients(std::string_view write, std::size_t nodes) {
  return std::make_unique<TxnClients>(write, nodes);
}

}  // namespace narrows::testing
