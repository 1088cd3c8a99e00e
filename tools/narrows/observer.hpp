// SPDX-License-Identifier: MIT
// Watches a run while it goes on, asks the node for its own figures, and may end it.
//
// Threads: called by the thread that drives the node, which it must not hold up.
#pragma once

#include <cstdint>
#include <string_view>

#include "figures.hpp"
#include "replies.hpp"

namespace narrows::tools {

/// A run as it is now. Times are nanoseconds since the start of the load.
struct Sight {
  std::int64_t now_ns = 0;
  const Figures& figures;
  const Tally& tally;
  std::uint64_t waiting = 0;          // requests without a reply
  std::int64_t write_blocked_ns = 0;  // all in all
};

class Observer {
 public:
  /// The node runs; it has not been asked anything.
  virtual void started() = 0;
  /// Some ten times a second while there is load.
  virtual void look(const Sight& sight) = 0;
  /// What the node is asked now, as a `bench_stats` body without `msg_id`; empty: nothing. Not
  /// called again before it has answered.
  [[nodiscard]] virtual std::string_view question(std::int64_t now_ns) = 0;
  virtual void answered(const Answer& answer) = 0;
  /// There is no more load: the node is seen off. `stopped`: by a signal, or by has_enough().
  virtual void ending(bool stopped) = 0;
  /// The run is to end, as if a signal had asked for it.
  [[nodiscard]] virtual bool has_enough() const = 0;

 protected:
  ~Observer() = default;
};

}  // namespace narrows::tools
