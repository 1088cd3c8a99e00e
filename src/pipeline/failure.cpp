// SPDX-License-Identifier: MIT
#include "pipeline/failure.hpp"

#include <string>

#include "narrows/error.hpp"

namespace narrows::pipeline {
namespace {

struct Words {
  std::string_view what;  // was thrown
  std::string text;       // its own
};

Words words_of(const std::exception_ptr& failure) {
  const auto kept = [](const char* text) { return std::string(text != nullptr ? text : ""); };
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return {"an exception", kept(error.what())};
  } catch (const std::string& text) {
    return {"a string", text};
  } catch (const char* text) {
    return {"a string", kept(text)};
  } catch (...) {
    return {"something that is no exception", {}};
  }
}

}  // namespace

Reply reply_to_failure(const std::exception_ptr& failure, std::string_view type, Log& log) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error;
  } catch (...) {
  }
  const Words words = words_of(failure);
  std::string line = "the handler of ";
  line.append(type).append(" threw ").append(words.what);
  if (!words.text.empty()) line.append(": ").append(words.text, 0, Log::kLineBytes);
  log.trouble(profile::Trouble::handler_error, line, {});
  if (words.text.empty()) return Error(ErrorCode::crash, "the handler failed");
  return Error(ErrorCode::crash, std::string_view(words.text));
}

void log_failure(const std::exception_ptr& failure, Log::Code code, Log& log) {
  const Words words = words_of(failure);
  log.failed(code, words.what, words.text);
}

}  // namespace narrows::pipeline
