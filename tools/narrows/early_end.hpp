// SPDX-License-Identifier: MIT
// What ends a command before it begins: a question for help, or a command line that makes no sense.
#pragma once

#include <exception>
#include <string>
#include <utility>

namespace narrows::tools {

class EarlyEnd : public std::exception {
 public:
  EarlyEnd(int status, std::string text) : status_(status), text_(std::move(text)) {}

  /// 0: the text is help, for stdout. 2: it is a complaint, one line without a newline, for stderr.
  [[nodiscard]] int status() const { return status_; }
  [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

 private:
  int status_;
  std::string text_;
};

}  // namespace narrows::tools
