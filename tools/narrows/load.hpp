// SPDX-License-Identifier: MIT
// What is sent to a node, how fast, and for how long.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "schedule.hpp"

namespace narrows::tools {

class Mix;

/// How the next request is timed.
enum class Pace : std::uint8_t {
  max,         // as fast as the node takes them, with a bound on how many are in flight
  rate,        // an open loop: by a schedule that never waits for the node
  concurrency  // a closed loop: so many in flight, the next one when a reply has come
};

/// A run of numbered requests.
struct Load {
  using Nanoseconds = std::chrono::nanoseconds;

  std::string type = "echo";
  std::string expect;           // the replies' type; empty: type + "_ok"
  std::size_t line_bytes = 96;  // newline included; of a mix, the longest
  std::shared_ptr<const Mix> mix;
  std::uint64_t clients = 8;
  std::uint64_t seed = 1;

  Pace pace = Pace::max;
  double rate = 0;  // a second
  Arrivals arrivals = Arrivals::constant;
  std::uint64_t concurrency = 0;

  std::uint64_t messages = kMostMessages;  // at most
  std::optional<Nanoseconds> duration;     // what is sent later than that after the warm-up, is not
  Nanoseconds warmup{0};                   // what is sent in it is checked, but not measured

  Nanoseconds patience = std::chrono::seconds(10);  // without any reply, before it gives up

  std::uint64_t id_offset = 0;  // so many ids are taken
  bool quiet = false;           // one of many runs, whose progress is shown together

  static constexpr std::uint64_t kMostMessages = 1'000'000'000;

  [[nodiscard]] std::string reply_type() const { return expect.empty() ? type + "_ok" : expect; }
  /// `msg_id` of request 0: a power of ten, so that all have equally many digits, and none is a
  /// number that `init` or `bench_stats` has.
  [[nodiscard]] std::uint64_t first_id() const;
  /// Client names are `c` and a number; these have equally many digits as well.
  [[nodiscard]] std::uint64_t first_client() const;
  /// Request `index` comes from the clients in turn.
  [[nodiscard]] std::uint64_t client_of(std::uint64_t index) const {
    return first_client() + index % clients;
  }
  /// The shortest line that there can be, without a mix.
  [[nodiscard]] std::size_t least_line_bytes() const;
  /// The payload is the digits of `msg_id` and so many times kFiller.
  [[nodiscard]] std::size_t filler_bytes() const { return line_bytes - least_line_bytes(); }

  static constexpr char kFiller = 'x';
};

}  // namespace narrows::tools
