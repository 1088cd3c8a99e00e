// SPDX-License-Identifier: MIT
// What a handler throws, as the reply that the client gets: the one place where that is decided.
#pragma once

#include <exception>
#include <string_view>

#include "narrows/reply.hpp"
#include "pipeline/log.hpp"

namespace narrows::pipeline {

/// An Error's own code and text; any other exception is a crash (13) with its text, and is logged.
/// `type`: of the request.
[[nodiscard]] Reply reply_to_failure(const std::exception_ptr& failure, std::string_view type,
                                     Log& log);

}  // namespace narrows::pipeline
