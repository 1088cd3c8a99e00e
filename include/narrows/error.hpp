// SPDX-License-Identifier: MIT
// Maelstrom's protocol errors, thrown by a handler or returned in place of a reply.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "narrows/name.hpp"

namespace narrows {

/// https://github.com/jepsen-io/maelstrom/blob/main/doc/protocol.md#errors
enum class ErrorCode : int {
  timeout = 0,
  node_not_found = 1,
  not_supported = 10,
  temporarily_unavailable = 11,
  malformed_request = 12,
  crash = 13,
  abort = 14,
  key_does_not_exist = 20,
  key_already_exists = 21,
  precondition_failed = 22,
  txn_conflict = 30,
};

/// An error that the client is answered with. A literal text costs no allocation.
class Error : public std::exception {
 public:
  Error(ErrorCode code, Name text) : Error(static_cast<int>(code), text) {}
  /// Any code of the user's own.
  Error(int code, Name text) : code_(code) {
    if (text.is_literal()) {
      literal_ = text.text();
    } else {
      copy_ = text.text();
    }
  }

  [[nodiscard]] int code() const { return code_; }
  /// The operation has certainly not happened, and never will; else it may have.
  [[nodiscard]] bool is_definite() const {
    switch (static_cast<ErrorCode>(code_)) {
      case ErrorCode::node_not_found:
      case ErrorCode::not_supported:
      case ErrorCode::temporarily_unavailable:
      case ErrorCode::malformed_request:
      case ErrorCode::abort:
      case ErrorCode::key_does_not_exist:
      case ErrorCode::key_already_exists:
      case ErrorCode::precondition_failed:
      case ErrorCode::txn_conflict: return true;
      case ErrorCode::timeout:
      case ErrorCode::crash: break;
    }
    return false;
  }
  [[nodiscard]] std::string_view text() const { return literal_.empty() ? copy_ : literal_; }
  [[nodiscard]] bool has_literal_text() const { return !literal_.empty(); }
  [[nodiscard]] const char* what() const noexcept override {
    return literal_.empty() ? copy_.c_str() : literal_.data();  // literals end with a NUL
  }

 private:
  int code_;
  std::string_view literal_;
  std::string copy_;
};

}  // namespace narrows
