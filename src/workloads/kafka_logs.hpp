// SPDX-License-Identifier: MIT
// The logs of the kafka workload, wherever they are kept.
//
// Errors: a send or a commit that may have happened, or may yet, throws an indefinite Error; all
//   else that cannot be done, a definite one.
// Threads: the dispatcher's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "narrows/node.hpp"

namespace narrows::workloads {

class Logs {
 public:
  static constexpr std::size_t kMostPolled = 128;  // messages of one log at once

  virtual ~Logs() = default;

  /// `message`: JSON. Its offset.
  virtual Task<std::uint64_t> send(std::string key, std::string message) = 0;
  /// JSON of what there is from the offset on, [[offset,message],…]; empty: nothing.
  virtual Task<std::string> poll(std::string key, std::uint64_t offset) = 0;
  /// Below what is committed: nothing happens.
  virtual Task<> commit(std::string key, std::uint64_t offset) = 0;
  virtual Task<std::optional<std::uint64_t>> committed(std::string key) = 0;
};

/// What one poll gets of a log.
class Polled {
 public:
  void add(std::uint64_t offset, const std::string& message) {
    json_.append(count_++ == 0 ? "[[" : ",[").append(std::to_string(offset));
    json_.append(",").append(message).append("]");
  }
  [[nodiscard]] bool is_enough() const { return count_ >= Logs::kMostPolled; }
  [[nodiscard]] std::string json() const { return count_ == 0 ? json_ : json_ + "]"; }

 private:
  std::string json_;
  std::size_t count_ = 0;
};

/// Kept in lin-kv, for several nodes: any of them serves all logs, and none needs another one.
/// What was acknowledged before a poll began, the poll sees.
[[nodiscard]] std::unique_ptr<Logs> make_shared_logs(Node& node);

}  // namespace narrows::workloads
