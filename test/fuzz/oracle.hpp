// SPDX-License-Identifier: MIT
// What two other readers of JSON say of a text: nlohmann::json, and simdjson where it is.
//
// Threads: one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "json/decode.hpp"

namespace narrows::fuzz {

/// Ours: one JSON value, by the decoder of lines.
[[nodiscard]] bool is_value(const std::string& text);

/// nlohmann::json takes a NUL for the end and skips a byte-order mark, which this does not.
[[nodiscard]] bool nlohmann_takes(const std::string& text);

/// The same with numbers that everybody can compute: exponents of two digits at most, and no more
/// than 100 digits in a row. What is JSON stays JSON, what is none stays none, and an integer of 64
/// bits stays as it is.
[[nodiscard]] std::string tamed(std::string_view text);

/// Has a number that the oracles refuse, as they compute it: such a text is no case for them.
[[nodiscard]] bool is_beyond_doubles(const std::string& text);

/// False only of what is surely no JSON: simdjson wants whole numbers to fit 64 bits, so a text
/// with a longer one is let pass, and where there is no simdjson, all are. It lets pass lone
/// surrogates.
[[nodiscard]] bool simdjson_may_take(const std::string& text);

/// What nlohmann::json finds in a line of the protocol.
struct Facts {
  enum class Type : std::uint8_t { none, null, boolean, number, string, array, object };
  /// A member that the protocol knows; of one that is there more than once, the last.
  struct Field {
    std::size_t count = 0;
    Type type = Type::none;
    std::string text;         // of a string, decoded
    bool is_natural = false;  // an integer of 0 to 2^63-1, written as one
    std::uint64_t natural = 0;

    [[nodiscard]] bool is_name() const { return type == Type::string && !text.empty(); }
  };

  bool is_json = false;
  bool is_beyond = false;  // it has a number out of range: nothing else here counts. See tamed().
  bool is_object = false;
  std::size_t depth = 0;  // of arrays and objects
  Field src, dest, body, type, msg_id, in_reply_to;

  /// As docs/PROTOCOL.md has it.
  [[nodiscard]] json::LineKind kind(std::size_t max_depth) const;
};
[[nodiscard]] Facts facts_of(const std::string& line);

/// In a sentence what does not agree between the decoder of lines, whose limit of depth is given,
/// and the other readers; empty if all does.
[[nodiscard]] std::string disagreement(const std::string& line, std::uint32_t max_depth);

}  // namespace narrows::fuzz
