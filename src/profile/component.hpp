// SPDX-License-Identifier: MIT
// The parts that a message's latency consists of, by the names that every table, key and thread
// uses.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"

namespace narrows::profile {

/// When what happened to one message. A later stamp is never less than an earlier one.
struct Stamps {
  Ticks t0;  // received: `read` returned the bytes that complete the line
  Ticks t1;  // parsing starts
  Ticks t2;  // parsing ends
  Ticks t3;  // dispatch starts
  Ticks t4;  // dispatch ends
  Ticks t5;  // serializing starts
  Ticks t6;  // serializing ends
  Ticks t7;  // written: `write` returned for the last byte
};

/// The differences of neighbouring stamps: they partition t7 - t0 exactly. Of t4 - t3 the time in
/// which the handler was suspended is taken off, if it was.
enum class Component : std::uint8_t {
  input,
  parse,
  dispatch_queue,
  dispatch,
  serialize_queue,
  serialize,
  output
};

inline constexpr std::size_t kComponents = 7;
inline constexpr std::size_t kStages = 3;

inline constexpr std::array<std::string_view, kComponents> kComponentNames{
    "input", "parse", "dispatch_queue", "dispatch", "serialize_queue", "serialize", "output"};
inline constexpr std::array<std::string_view, kStages> kStageNames{"parse", "dispatch",
                                                                   "serialize"};

/// An eighth one, of the messages whose handlers waited alone, is kept apart (see Awaits): its
/// place is before this one, and `dispatch` is then the sum of the handler's running slices.
inline constexpr std::string_view kAwaitName = "await";
inline constexpr std::size_t kAfterAwait = 4;

/// A component at an odd place is a stage's service, the others are waits.
[[nodiscard]] constexpr bool is_service(std::size_t component) { return component % 2 == 1; }
[[nodiscard]] constexpr std::size_t stage_of(std::size_t component) { return component / 2; }

}  // namespace narrows::profile
