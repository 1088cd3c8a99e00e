// SPDX-License-Identifier: MIT
// Maelstrom's key-value services: lin-kv (linearizable), seq-kv (sequential), lww-kv (last write
// wins).
//
//   narrows::SeqKv kv{node};
//   const std::int64_t total =
//       co_await kv.update<std::int64_t>("total", 0, [&](auto old) { return old + delta; });
//
// Keys are strings or integers, values whatever narrows/encode.hpp knows.
// Errors: those of Rpc; key_does_not_exist and precondition_failed come from the service. A timeout
//   leaves open whether a write has happened.
// Source: https://github.com/jepsen-io/maelstrom/blob/main/doc/workloads.md, "services".
// Threads: the dispatcher's. A Kv must outlive the Tasks that it gave.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "narrows/node.hpp"

namespace narrows {

/// A service's key.
class KvKey {
 public:
  // NOLINTBEGIN(google-explicit-constructor): keys are written as they are
  KvKey(std::string text) : key_(std::move(text)) {}
  KvKey(std::string_view text) : key_(std::string(text)) {}
  KvKey(const char* text) : key_(std::string(text)) {}
  template <std::integral T>
  KvKey(T number) : key_(static_cast<std::int64_t>(number)) {}
  // NOLINTEND(google-explicit-constructor)

  /// A message about it.
  [[nodiscard]] Reply in(Reply message) const {
    std::visit([&](const auto& key) { message.set("key", key); }, key_);
    return message;
  }

 private:
  std::variant<std::string, std::int64_t> key_;
};

namespace detail {
/// How a value is kept until it is sent: a text that is written as it is, as a string.
template <typename T>
using KvValue = std::conditional_t<std::is_convertible_v<T, std::string_view>, std::string,
                                   std::remove_cvref_t<T>>;
}  // namespace detail

class Kv {
 public:
  /// `timeout`: of each request to the service.
  Kv(Node& node, std::string service, std::chrono::nanoseconds timeout = kRpcTimeout)
      : node_(node), service_(std::move(service)), timeout_(timeout) {}

  /// Throws Error (key_does_not_exist) where there is none.
  template <Decodable T>
  Task<T> read(KvKey key) {
    const Response response = co_await ask(key.in(message("read")));
    co_return response.get<T>("value");
  }
  /// The same, or `fallback` where there is none.
  template <Decodable T, typename Fallback = T>
  [[nodiscard]] auto read_or(KvKey key, Fallback&& fallback) {
    return Named<Task<T>, Fallback>(
        read_or_kept<T>(std::move(key), T(std::forward<Fallback>(fallback))));
  }
  template <typename T>
  [[nodiscard]] auto write(KvKey key, T&& value) {
    return Named<Task<>, T>(write_kept(std::move(key), detail::KvValue<T>(std::forward<T>(value))));
  }
  /// Writes `to` if the value is `from` (or, asked for, if there is none); else throws Error
  /// (precondition_failed, or key_does_not_exist).
  template <typename From, typename To>
  [[nodiscard]] auto compare_and_set(KvKey key, From&& from, To&& to,
                                     bool create_if_not_exists = false) {
    return Named<Task<>, From, To>(
        compare_and_set_kept(std::move(key), detail::KvValue<From>(std::forward<From>(from)),
                             detail::KvValue<To>(std::forward<To>(to)), create_if_not_exists));
  }
  /// Replaces the value by `change(value)`, whoever else changes it meanwhile: reads, then compares
  /// and sets, until nobody came between. `change` may be called several times. A read without an
  /// answer is tried again; an error that is indefinite is that of a write. The new value.
  template <typename T, typename Initial = T, typename Change>
  requires Decodable<T> && Encodable<T>
  [[nodiscard]] auto update(KvKey key, Initial&& initial, Change&& change) {
    constexpr bool kIsFragile = detail::kIsFragile<Initial> || detail::kIsFragileFunction<Change>;
    return detail::MaybeNamedFirst<kIsFragile, Task<T>>(update_kept<T, std::decay_t<Change>>(
        std::move(key), T(std::forward<Initial>(initial)), std::forward<Change>(change)));
  }

 private:
  /// A Task, which has to be named where one of these was a temporary.
  template <typename Awaitable, typename... Values>
  using Named = detail::MaybeNamedFirst<(detail::kIsFragile<Values> || ...), Awaitable>;

  template <typename T>
  Task<T> read_or_kept(KvKey key, T fallback) {
    const std::optional<Response> response = co_await find(std::move(key), {.attempts = 1});
    if (!response) co_return fallback;
    co_return response->get<T>("value");
  }
  template <Encodable T>
  Task<> write_kept(KvKey key, T value) {
    const Reply request = key.in(message("write")).set("value", value);
    co_await ask(request);
  }
  template <Encodable From, Encodable To>
  Task<> compare_and_set_kept(KvKey key, From from, To to, bool create_if_not_exists) {
    Reply request = key.in(message("cas")).set("from", from).set("to", to);
    if (create_if_not_exists) request.set("create_if_not_exists", true);
    co_await ask(request);
  }
  template <typename T, typename Change>
  Task<T> update_kept(KvKey key, T initial, Change change) {
    for (;;) {
      const std::optional<Response> current = co_await find(key, Retry());
      T next = change(current ? current->template get<T>("value") : initial);
      Reply request = key.in(message("cas"));
      if (current) {
        request.raw("from", current->raw("value"));  // as it is written there
      } else {
        request.set("from", initial);
      }
      request.set("to", next).set("create_if_not_exists", true);
      try {
        co_await ask(request);
        co_return next;
      } catch (const Error& error) {
        if (error.code() != static_cast<int>(ErrorCode::precondition_failed)) throw;
      }
      co_await pause();
    }
  }

  [[nodiscard]] Rpc ask(const Reply& request) { return node_.rpc(service_, request, timeout_); }
  /// What is read; nothing where there is no such key.
  Task<std::optional<Response>> find(KvKey key, Retry policy) {
    const auto read = [&] { return ask(key.in(message("read"))); };
    try {
      co_return std::optional<Response>(co_await retry(policy, read));
    } catch (const Error& error) {
      if (error.code() != static_cast<int>(ErrorCode::key_does_not_exist)) throw;
    }
    co_return std::nullopt;
  }
  /// So that those who came into each other's way do not do so again.
  static Task<> pause() {
    const Retry policy{.first = std::chrono::milliseconds(4), .jitter = 1};
    co_await sleep(policy.pause(1, co_await detail::RandomOfNode{}));
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
