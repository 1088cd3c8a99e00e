// SPDX-License-Identifier: MIT
#include "pipeline/failure.hpp"

#include "narrows/error.hpp"

namespace narrows::pipeline {

Reply reply_to_failure(const std::exception_ptr& failure, std::string_view type, Log& log) {
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    log.trouble(profile::Trouble::handler_error, "a handler threw an exception", type);
    return Error(ErrorCode::crash, std::string_view(error.what()));
  } catch (...) {
    log.trouble(profile::Trouble::handler_error, "a handler threw something that is no exception",
                type);
    return Error(ErrorCode::crash, "the handler failed");
  }
}

}  // namespace narrows::pipeline
