// SPDX-License-Identifier: MIT
// What the clients of a workload ask, and what they make of the answers.
//
// Threads: one thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "narrows/testing/history.hpp"

namespace narrows::testing {

/// A request: its type, and the rest of its body as a JSON object.
struct Ask {
  std::string function;
  std::string argument = "{}";
};

/// A number of 0 to below its argument.
using Draw = std::function<std::uint64_t(std::uint64_t bound)>;

class Clients {
 public:
  virtual ~Clients() = default;

  /// The next request of a client, by its number from 0.
  virtual Ask next(std::size_t client, const Draw& draw) = 0;
  /// What is asked of a node, by its number, at the very end; nothing: no more. Asked again until
  /// it was answered, or nearly so.
  virtual std::optional<Ask> last(std::size_t /*node*/) { return {}; }
  /// A client's request has ended: so it did for a client, or for whoever asks last.
  virtual void answered(std::size_t /*client*/, const Operation& /*operation*/) {}
  virtual void answered_last(std::size_t /*node*/, const Operation& /*operation*/) {}
};

struct Numbers {
  std::size_t nodes;
  std::size_t clients;
};
/// Null where the workload has none.
[[nodiscard]] std::unique_ptr<Clients> make_clients(std::string_view workload, Numbers numbers);
[[nodiscard]] std::vector<std::string_view> client_workloads();

// By files of their own.
[[nodiscard]] std::unique_ptr<Clients> make_kafka_clients(std::size_t nodes);
/// `write`: the name of a micro-operation that writes, "w" or "append".
[[nodiscard]] std::unique_ptr<Clients> make_txn_clients(std::string_view write, std::size_t nodes);

}  // namespace narrows::testing
