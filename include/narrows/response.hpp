// SPDX-License-Identifier: MIT
// What an RPC was answered with.
//
// Ownership: a Response owns its text; views and Raws taken from it end with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "narrows/error.hpp"
#include "narrows/request.hpp"

namespace narrows {

namespace pipeline {
class KeptMessage;
}

/// A reply of another node, or of a service: read like a request.
class Response {
 public:
  explicit Response(std::unique_ptr<pipeline::KeptMessage> message);
  Response(Response&& other) noexcept;
  Response& operator=(Response&& other) noexcept;
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;
  ~Response();

  [[nodiscard]] const Request& view() const;
  [[nodiscard]] std::string_view src() const { return view().src(); }
  [[nodiscard]] std::string_view type() const { return view().type(); }
  [[nodiscard]] std::string_view body() const { return view().body(); }
  [[nodiscard]] std::optional<Raw> find(std::string_view name) const { return view().find(name); }
  /// Each throws Error (crash: it is no fault of who asked this node), naming who answered so and
  /// the member, when it is missing or no such value.
  [[nodiscard]] Raw raw(std::string_view name) const {
    return read([&] { return view().raw(name); });
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    return read([&] { return view().text(name); });
  }
  [[nodiscard]] std::int64_t integer(std::string_view name) const {
    return read([&] { return view().integer(name); });
  }
  [[nodiscard]] double number(std::string_view name) const {
    return read([&] { return view().number(name); });
  }
  [[nodiscard]] bool boolean(std::string_view name) const {
    return read([&] { return view().boolean(name); });
  }
  /// As a Request has them.
  template <Decodable T>
  [[nodiscard]] T as() const {
    return read([&] { return view().as<T>(); });
  }
  template <Decodable T>
  [[nodiscard]] T get(std::string_view name) const {
    return read([&] { return view().get<T>(name); });
  }
  template <Decodable T>
  [[nodiscard]] T get_or(std::string_view name, T fallback) const {
    return read([&] { return view().get_or<T>(name, std::move(fallback)); });
  }

 private:
  template <typename Read>
  std::invoke_result_t<Read> read(const Read& reading) const {
    try {
      return reading();
    } catch (const Error& error) {
      throw bad_answer(error);
    }
  }
  [[nodiscard]] Error bad_answer(const Error& error) const;

  std::unique_ptr<pipeline::KeptMessage> message_;
};

/// A Response, or the Error that came in its place: from the other node, or as none came in time.
class RpcResult {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): either becomes a result
  RpcResult(Response response) : outcome_(std::move(response)) {}
  // NOLINTNEXTLINE(google-explicit-constructor)
  RpcResult(Error error) : outcome_(std::move(error)) {}

  [[nodiscard]] bool is_error() const { return outcome_.index() == 1; }
  /// Precondition: is_error().
  [[nodiscard]] const Error& error() const { return std::get<Error>(outcome_); }
  /// Throws the error if it is one.
  [[nodiscard]] const Response& response() const& {
    if (is_error()) throw Error(error());
    return std::get<Response>(outcome_);
  }
  [[nodiscard]] Response response() && {
    if (is_error()) throw Error(error());
    return std::get<Response>(std::move(outcome_));
  }

 private:
  std::variant<Response, Error> outcome_;
};

}  // namespace narrows
