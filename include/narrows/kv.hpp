// SPDX-License-Identifier: MIT
// Maelstrom's key-value services: lin-kv (linearizable), seq-kv (sequential), lww-kv (last write
// wins).
//
//   narrows::SeqKv kv{node};
//   const std::int64_t total =
//       co_await kv.update<std::int64_t>("total", 0, [&](std::int64_t old) { return old + delta; });
//
// Keys are strings or integers, values whatever narrows/encode.hpp knows.
// Errors: those of Rpc; key_does_not_exist and precondition_failed come from the service. A timeout
//   leaves open whether a write has happened.
// Source: https://github.com/jepsen-io/maelstrom/blob/main/doc/workloads.md, "services".
// Threads: the dispatcher's. A Kv must outlive the Tasks that it gave.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "narrows/node.hpp"

namespace narrows {

class Kv {
 public:
  /// `timeout`: of each request to the service.
  Kv(Node& node, std::string service, std::chrono::nanoseconds timeout = kRpcTimeout)
      : node_(node), service_(std::move(service)), timeout_(timeout) {}

  /// Throws Error (key_does_not_exist) where there is none.
  template <Decodable T, Encodable Key>
  Task<T> read(Key key) {
    const Response response = co_await node_.rpc(service_, message("read").set("key", key), timeout_);
    co_return response.get<T>("value");
  }
  /// The same, or `fallback` where there is none.
  template <Decodable T, Encodable Key>
  Task<T> read_or(Key key, T fallback) {
    try {
      co_return co_await read<T>(std::move(key));
    } catch (const Error& error) {
      if (error.code() != static_cast<int>(ErrorCode::key_does_not_exist)) throw;
    }
    co_return std::move(fallback);
  }
  template <Encodable Key, Encodable T>
  Task<> write(Key key, T value) {
    co_await node_.rpc(service_, message("write").set("key", key).set("value", value), timeout_);
  }
  /// Writes `to` if the value is `from` (or, asked for, if there is none); else throws Error
  /// (precondition_failed, or key_does_not_exist).
  template <Encodable Key, Encodable From, Encodable To>
  Task<> compare_and_set(Key key, From from, To to, bool create_if_not_exists = false) {
    Reply request = message("cas").set("key", key).set("from", from).set("to", to);
    if (create_if_not_exists) request.set("create_if_not_exists", true);
    co_await node_.rpc(service_, request, timeout_);
  }
  /// Replaces the value by `change(value)`, whoever else changes it meanwhile: reads, then compares
  /// and sets, until nobody came between. `change` may be called several times. The new value.
  template <typename T, Encodable Key, typename Change>
  requires Decodable<T> && Encodable<T> Task<T> update(Key key, T initial, Change change) {
    for (;; co_await pause()) {
      std::optional<Response> current;
      try {
        current.emplace(
            co_await node_.rpc(service_, message("read").set("key", key), timeout_));
      } catch (const Error& error) {
        if (error.code() != static_cast<int>(ErrorCode::key_does_not_exist)) throw;
      }
      T next = change(current ? current->get<T>("value") : initial);
      Reply request = message("cas").set("key", key);
      if (current) {
        request.raw("from", current->raw("value"));  // as it is written there
      } else {
        request.set("from", initial);
      }
      request.set("to", next).set("create_if_not_exists", true);
      try {
        co_await node_.rpc(service_, request, timeout_);
        co_return next;
      } catch (const Error& error) {
        if (error.code() != static_cast<int>(ErrorCode::precondition_failed)) throw;
      }
    }
  }

 private:
  /// So that those who came into each other's way do not do so again.
  static Task<> pause() {
    co_await sleep(Retry{.first = std::chrono::milliseconds(4), .jitter = 1}.pause(
        1, co_await detail::RandomOfNode{}));
  }

  Node& node_;
  const std::string service_;
  const std::chrono::nanoseconds timeout_;
};

class LinKv : public Kv {
 public:
  explicit LinKv(Node& node, std::chrono::nanoseconds timeout = kRpcTimeout)
      : Kv(node, "lin-kv", timeout) {}
};

class SeqKv : public Kv {
 public:
  explicit SeqKv(Node& node, std::chrono::nanoseconds timeout = kRpcTimeout)
      : Kv(node, "seq-kv", timeout) {}
};

class LwwKv : public Kv {
 public:
  explicit LwwKv(Node& node, std::chrono::nanoseconds timeout = kRpcTimeout)
      : Kv(node, "lww-kv", timeout) {}
};

}  // namespace narrows
