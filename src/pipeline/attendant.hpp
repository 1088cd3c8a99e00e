// SPDX-License-Identifier: MIT
// What happens on the dispatcher's thread beside answering a row on the spot: handlers that wait,
// replies to this node's own requests, timers, work that other threads hand over.
//
// The dispatcher calls the Attendant; that sends and answers by way of the Outbox.
// Threads: the dispatcher's, but for Attendant::wake_by() and who calls what it was given.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "narrows/reply.hpp"
#include "narrows/request.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/kept_message.hpp"

namespace narrows::pipeline {

/// When a request came and was looked at: t0 to t3.
struct Arrival {
  Ticks t0;
  Ticks t1;
  Ticks t2;
  Ticks t3;
};

/// Takes messages that leave, in order.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// A message of the node's own; its msg_id if it has one. Throws std::logic_error before init,
  /// std::length_error when it is too large.
  virtual std::uint64_t send(std::string_view dest, const Reply& message, bool wants_reply) = 0;
  /// The end of a request whose handler has waited, for so long.
  virtual void answer(const KeptMessage& request, const Arrival& arrival, Ticks awaited,
                      const Reply& reply, profile::Trouble trouble) = 0;
  /// What was done until now was others' work: no part of the row at hand.
  virtual void spent(Ticks until) = 0;
  /// The end of such a request without a reply.
  virtual void close(const KeptMessage& request, const Arrival& arrival, Ticks awaited,
                     profile::Trouble trouble) = 0;
};

/// A moment that does not come.
inline constexpr std::uint64_t kNeverDue = std::numeric_limits<std::uint64_t>::max();

class Attendant {
 public:
  virtual ~Attendant() = default;

  /// The dispatcher's thread is, from now on, that of the caller.
  virtual void serve_on_this_thread() = 0;
  /// Where messages go from now on.
  virtual void attach(Outbox& outbox) = 0;
  /// `wake()` makes the dispatcher look for work that was handed over. From any thread.
  virtual void wake_by(std::function<void()> wake) = 0;

  /// `init` was answered.
  virtual void initialised() = 0;
  /// A request for a handler that may wait. Its reply, good until the next call; null if it waits.
  virtual const Reply* start(const char* base, const InRow& row, const json::Member* members,
                             const Arrival& arrival) = 0;
  /// A reply came. False: nobody waits for it.
  virtual bool take_reply(const char* base, const InRow& row, const json::Member* members) = 0;

  /// When run() is wanted at the latest, by Clock::time_ns(); 0: now.
  [[nodiscard]] virtual std::uint64_t due() const = 0;
  /// Timers that are due, and what other threads have handed over.
  virtual void run() = 0;
  /// There is no more input: everything that waits comes to its end. False: not all of it has, so
  /// send what there is, and call again.
  [[nodiscard]] virtual bool end() = 0;
};

}  // namespace narrows::pipeline
