// SPDX-License-Identifier: MIT
// What a Node is made of.
#pragma once

#include <atomic>
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
  explicit Parts(Options given) : options(std::move(given)), log(options.log_level, &clock) {}
  ~Parts();

  pipeline::Engine& started() {
    if (!engine) engine.emplace(options, types, handlers, clock, log, &runtime);
    return *engine;
  }

  /// As long as it lives, the node is at work for `what`. Throws std::logic_error when it is
  /// already: a handler, say, is what wants to feed it.
  class Work {
   public:
    Work(Parts& parts, const char* what) : parts_(parts) {
      parts.check_idle(what);
      parts.is_at_work.store(true, std::memory_order_relaxed);
    }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work() { parts_.is_at_work.store(false, std::memory_order_relaxed); }

   private:
    Parts& parts_;
  };
  void check_idle(const char* what) const;

  const Options options;
  Clock clock = Clock::system();
  pipeline::Log log;
  pipeline::Types types;
  std::vector<Handler> handlers;        // by type number
  std::atomic<bool> is_at_work{false};  // a mistake is looked for, no access is guarded
  detail::Runtime runtime{options, clock, log};
  std::optional<pipeline::Engine> engine;
};

}  // namespace narrows
