// SPDX-License-Identifier: MIT
// Whether what was done to one register can be put in an order: each operation at a moment between
// its invocation and its completion, each answer as the order has it.
//
// This is the search of Wing and Gong ("Testing and verifying concurrent objects", 1993) with
// Lowe's memory of the states it has been in ("Testing for linearizability", 2017), and four cuts
// that a register allows, at register_search.cpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "testing/values.hpp"

namespace narrows::testing {

/// What one operation asks of a register, or tells of it.
struct RegisterStep {
  enum class Kind : std::uint8_t {
    read,     // it was `from`
    write,    // it becomes `to`
    cas,      // it was `from`, or absent where the operation creates; it becomes `to`
    differs,  // it was not `from`
  };

  Kind kind = Kind::read;
  bool creates = false;
  bool is_unknown = false;  // it happens at any time after its invocation, or never
  Values::Id from = 0;
  Values::Id to = 0;
  std::int64_t process = 0;
  std::size_t operation = 0;  // for whoever asks: its place in the history
  std::chrono::nanoseconds invoked{};
  std::chrono::nanoseconds completed{};
};

struct RegisterVerdict {
  enum class Kind : std::uint8_t { linearizable, not_linearizable, undecided };

  Kind kind = Kind::linearizable;
  /// Of a register that is not: the first operation, by completion, that fits no order of those
  /// before it, and what the register may have been by then.
  std::size_t stuck_operation = 0;
  std::vector<Values::Id> possible;  // ascending
};

/// The register is `absent` at first. Steps of one process are in its order. Gives up after so many
/// states. Cost: about linear in steps times how many overlap, unless many writes do.
[[nodiscard]] RegisterVerdict search_order(const std::vector<RegisterStep>& steps,
                                           Values::Id absent, std::size_t most_states);

}  // namespace narrows::testing
