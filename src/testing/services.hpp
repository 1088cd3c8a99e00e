// SPDX-License-Identifier: MIT
// Maelstrom's key-value services: read, write and cas of any JSON values, which are compared as
// JSON.
//
// What each may answer is as free as what it promises allows, and the random source decides: lin-kv
// is linearizable; seq-kv may answer each client from an older state, but never goes back for it;
// lww-kv has replicas whose clocks differ: a write may be lost to an earlier one, a read be old.
//
// Threads: a service belongs to one thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "json/value.hpp"
#include "testing/random_source.hpp"
#include "testing/values.hpp"

namespace narrows::testing {

/// What a request asks of a store.
struct KvRequest {
  enum class Kind : std::uint8_t { read, write, cas };
  Kind kind;
  std::string_view client;
  Values::Id key;
  const json::Value& body;
  std::chrono::nanoseconds now;
};

class KvService {
 public:
  virtual ~KvService() = default;

  /// The members of the answer's body, without in_reply_to.
  [[nodiscard]] std::string answer(std::string_view client, std::string_view body,
                                   std::chrono::nanoseconds now);

 protected:
  /// What a request comes to in one state of its key.
  struct Step {
    std::string answer;
    const json::Value* written = nullptr;  // null: nothing changes
  };
  /// `current`: null where there is no such key.
  [[nodiscard]] static Step step(const KvRequest& request, const json::Value* current);

 private:
  virtual std::string answer(const KvRequest& request) = 0;

  Values keys_;
};

[[nodiscard]] std::unique_ptr<KvService> make_lin_kv();
[[nodiscard]] std::unique_ptr<KvService> make_seq_kv(RandomSource random);
[[nodiscard]] std::unique_ptr<KvService> make_lww_kv(RandomSource random);

}  // namespace narrows::testing
