// SPDX-License-Identifier: MIT
// What a Node is made of.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "narrows/node.hpp"
#include "pipeline/engine.hpp"
#include "pipeline/log.hpp"
#include "pipeline/types.hpp"
#include "runtime/runtime.hpp"

namespace narrows {

struct Node::Parts {
  explicit Parts(Options given) : options(std::move(given)), log(options.log_level) {}

  pipeline::Engine& started() {
    if (!engine) engine.emplace(options, types, handlers, clock, log, &runtime);
    return *engine;
  }

  const Options options;
  Clock clock = Clock::system();
  pipeline::Log log;
  pipeline::Types types;
  std::vector<Handler> handlers;  // by type number
  detail::Runtime runtime{options, clock, log};
  std::optional<pipeline::Engine> engine;
};

}  // namespace narrows
