// SPDX-License-Identifier: MIT
// What a handler throws, as the reply that the client gets: the one place where that is decided;
// and what other code of the user's throws, as a line of the log.
#pragma once

#include <exception>
#include <string_view>

#include "narrows/reply.hpp"
#include "pipeline/log.hpp"

namespace narrows::pipeline {

/// An Error's own code and text; any other exception is a crash (13) with its text, and is logged
/// (rate-limited, under handler_error); a string that is thrown is its own text. `type`: of the
/// request.
[[nodiscard]] Reply reply_to_failure(const std::exception_ptr& failure, std::string_view type,
                                     Log& log);

/// For code that answers nobody.
void log_failure(const std::exception_ptr& failure, Log::Code code, Log& log);

}  // namespace narrows::pipeline
